// SPDX-License-Identifier: MIT
import Memory

/// The memory that a volume lies in. Stores happen in the order in which they are made, also as
/// seen by the successor of a server that died between two of them.
public protocol VolumeStore {
  /// In bytes, whole pages.
  var byteCount: Int { get }
  /// The word with this number, eight bytes each.
  func word(_ index: Int) -> UInt64
  func setWord(_ index: Int, _ value: UInt64)
  func byte(at offset: Int) -> UInt8
  /// Copies `bytes` to `offset`.
  func put(_ bytes: Span<UInt8>, at offset: Int)
  /// Makes the bytes zero.
  func clear(_ range: Range<Int>)
  /// Whether there is memory for this page, which nobody may have touched yet. Touching it without
  /// would be the end of the server.
  func hasMemory(forPage page: Int) -> Bool
}

extension VolumeStore {
  public func hasMemory(forPage page: Int) -> Bool { true }
}

/// The capsule of a server that runs.
public struct CapsuleStore: VolumeStore {
  public let bytes: SharedBytes
  /// Asks the kernel to bring the page at an address in.
  private let bringIn: (UInt) -> Bool

  public init(_ bytes: SharedBytes, bringIn: @escaping (UInt) -> Bool) {
    self.bytes = bytes
    self.bringIn = bringIn
  }

  public var byteCount: Int { bytes.count & ~(Limits.pageBytes &- 1) }
  @inline(__always)
  public func word(_ index: Int) -> UInt64 { bytes.loadAcquiring64(at: index &* 8) }
  @inline(__always)
  public func setWord(_ index: Int, _ value: UInt64) {
    // Releasing, so that the compiler keeps the order.
    bytes.storeReleasing64(value, at: index &* 8)
  }
  @inline(__always)
  public func byte(at offset: Int) -> UInt8 { bytes.load(at: offset, as: UInt8.self) }
  public func put(_ bytes: Span<UInt8>, at offset: Int) { self.bytes.copy(bytes, to: offset) }
  public func clear(_ range: Range<Int>) { bytes.clear(range) }
  public func hasMemory(forPage page: Int) -> Bool {
    bringIn(bytes.address &+ UInt(page &* Limits.pageBytes))
  }
}
