// SPDX-License-Identifier: MIT

/// Memory in which bytes are put together before they are sent, the same each time.
@safe
public struct ScratchBytes: ~Copyable {
  private let start: UnsafeMutablePointer<UInt8>
  public let capacity: Int
  private var filled = 0

  public init(capacity: Int) {
    self.capacity = capacity
    unsafe start = .allocate(capacity: capacity)
    unsafe start.initialize(repeating: 0, count: capacity)
  }

  deinit { unsafe start.deallocate() }

  /// The bytes that were put together last.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: all of it is initialised, and lent no longer than this value is.
      let span = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(start), count: filled)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Has `body` put bytes together, at most `limit`.
  public mutating func fill<Result, Failure: Error>(
    upTo limit: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let room = max(min(limit, capacity), 0)
    // SAFETY: the memory is this value's own, and its bytes need no deinitialising.
    let buffer = unsafe UnsafeMutableBufferPointer<UInt8>(start: start, count: room)
    var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
    filled = 0
    let result = try body(&output)
    filled = unsafe output.finalize(for: buffer)
    return result
  }

  /// Has `body` write to the first `count` bytes, at most `capacity`.
  /// - Parameter body: returns how many count.
  public mutating func overwrite<Failure: Error>(
    _ count: Int, _ body: (consuming MutableSpan<UInt8>) throws(Failure) -> Int
  ) throws(Failure) {
    let room = max(min(count, capacity), 0)
    filled = 0
    // SAFETY: as above.
    let span = unsafe MutableSpan<UInt8>(_unsafeStart: start, count: room)
    filled = min(try body(span), room)
  }
}
