// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Memory
import Schemes
import Storage

/// Pages through which the data of requests on files goes, lent a run at a time.
public struct TransferMemory: ~Copyable {
  private let memory: SharedBytes
  /// The addresses by which the device knows the pages.
  private let addresses: [UInt64]
  private var used: [Bool]

  public static var pageBytes: Int { 4096 }

  /// - Parameter addresses: one for each page of `memory`.
  public init(_ memory: SharedBytes, addresses: [UInt64]) {
    self.memory = memory
    self.addresses = addresses
    used = [Bool](repeating: false, count: min(addresses.count, memory.count / Self.pageBytes))
  }

  public var pageCount: Int { used.count }

  /// Lends `count` pages side by side.
  /// - Returns: the first, or `nil` while there are none.
  public mutating func take(_ count: Int) -> Int? {
    var start = 0
    var length = 0
    for page in used.indices {
      if used[page] {
        (start, length) = (page + 1, 0)
      } else {
        length += 1
      }
      guard length == count else { continue }
      for taken in start..<start + count { used[taken] = true }
      return start
    }
    return nil
  }

  public mutating func giveBack(_ first: Int, _ count: Int) {
    for page in first..<first + count { used[page] = false }
  }

  /// `byteCount` bytes from the start of page `first` on, for a request.
  public func run(_ first: Int, byteCount: Int) -> DataRun {
    let pages = (byteCount + Self.pageBytes - 1) / Self.pageBytes
    return DataRun(
      bytes(first, 0..<byteCount), pages: addresses[first..<first + pages], offset: 0)
  }

  /// Bytes of what begins at page `first`, from a multiple of 8.
  public func bytes(_ first: Int, _ range: Range<Int>) -> SharedBytes {
    let start = first * Self.pageBytes
    return memory.extracting(start + range.lowerBound..<start + range.upperBound)
  }
}
