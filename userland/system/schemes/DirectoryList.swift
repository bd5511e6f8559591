// SPDX-License-Identifier: MIT
import ABI
import Core

/// What kind of file a directory entry names; the raw values are `FileMode`'s type bits, shifted.
public enum EntryKind: UInt32, Sendable {
  case unknown = 0
  case fifo = 1
  case characterDevice = 2
  case directory = 4
  case blockDevice = 6
  case regular = 8
  case symbolicLink = 10
  case socket = 12
}

/// Takes the entries of a directory that is being listed, as long as the client has room.
public struct DirectoryList: ~Copyable, ~Escapable {
  private var output: OutputSpan<UInt8>
  private(set) var isFull = false

  @inline(__always)
  @_lifetime(copy output)
  init(_ output: consuming OutputSpan<UInt8>) { self.output = output }

  /// Adds an entry.
  ///
  /// - Parameter cookie: where to go on after this entry; not zero.
  /// - Returns: false if there was no room: stop.
  @_lifetime(self: copy self)
  public mutating func add(
    _ name: Span<UInt8>, _ kind: EntryKind, inode: UInt64, cookie: UInt64
  ) -> Bool {
    let byteCount = (24 &+ name.count &+ 7) & ~7
    guard !isFull, name.count <= 255, output.freeCapacity >= byteCount else {
      isFull = true
      return false
    }
    append(cookie, 8)
    append(inode, 8)
    append(UInt64(byteCount), 2)
    append(UInt64(name.count), 2)
    append(UInt64(kind.rawValue), 4)
    for index in name.indices { output.append(name[index]) }
    for _ in (24 &+ name.count)..<byteCount { output.append(0) }
    return true
  }

  /// Adds an entry with a literal name.
  @_lifetime(self: copy self)
  public mutating func add(
    _ name: StaticString, _ kind: EntryKind, inode: UInt64, cookie: UInt64
  ) -> Bool { add(name.bytes, kind, inode: inode, cookie: cookie) }

  @_lifetime(self: copy self)
  private mutating func append(_ word: UInt64, _ byteCount: Int) {
    for index in 0..<byteCount {
      output.append(UInt8(truncatingIfNeeded: word >> UInt64(index &* 8)))
    }
  }

  /// The bytes, back to whoever sends them.
  @_lifetime(copy self)
  consuming func finish() -> OutputSpan<UInt8> { output }
}
