// SPDX-License-Identifier: MIT

/// Up to 4,096 bytes in the order in which they came. Positions count from the first byte that ever
/// came; what has been taken stays in its place until others need it.
///
/// Methods that only look are `mutating` too: a value of this size is not to be copied for them.
public struct ByteQueue: BitwiseCopyable, Sendable {
  public static let capacity = 4096

  private var bytes = InlineArray<4096, UInt8>(repeating: 0)
  /// The first byte that has not been taken, and the place of the next that comes.
  public private(set) var start: UInt64 = 0
  public private(set) var end: UInt64 = 0

  public init() {}

  @inline(__always) public var count: Int { Int(truncatingIfNeeded: end &- start) }
  @inline(__always) public var room: Int { Self.capacity &- count }
  @inline(__always) public var isEmpty: Bool { end == start }

  @inline(__always)
  private static func place(_ position: UInt64) -> Int {
    Int(truncatingIfNeeded: position) & (capacity &- 1)
  }

  /// The byte at a position from which no other has taken its place.
  @inline(__always)
  public mutating func byte(at position: UInt64) -> UInt8 { bytes[Self.place(position)] }

  /// Adds a byte.
  /// - Returns: false if there is no room.
  @inline(__always)
  @discardableResult
  public mutating func append(_ byte: UInt8) -> Bool {
    guard count < Self.capacity else { return false }
    bytes[Self.place(end)] = byte
    end &+= 1
    return true
  }

  /// Takes the first bytes.
  /// - Returns: the position of the first of them.
  @inline(__always)
  @discardableResult
  public mutating func take(_ taken: Int) -> UInt64 {
    let first = start
    start &+= UInt64(min(max(taken, 0), count))
    return first
  }

  /// Takes bytes back from the end, down to a position that is not behind it.
  @inline(__always)
  public mutating func cut(to position: UInt64) {
    if position >= start, position <= end { end = position }
  }

  /// Takes everything.
  @inline(__always)
  public mutating func clear() { start = end }

  /// Copies bytes from a position on, as many as there is room for.
  public mutating func copy(
    from position: UInt64, count: Int, into output: inout OutputSpan<UInt8>
  ) {
    for index in 0..<max(min(count, output.freeCapacity), 0) {
      output.append(bytes[Self.place(position &+ UInt64(index))])
    }
  }
}
