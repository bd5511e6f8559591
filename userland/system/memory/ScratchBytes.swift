// SPDX-License-Identifier: MIT

/// Memory in which bytes are put together before they are sent, the same each time.
@safe
public struct ScratchBytes: ~Copyable {
  /// Made when it is first needed.
  private var start: UnsafeMutablePointer<UInt8>?
  public let capacity: Int
  private var filled = 0

  public init(capacity: Int) {
    self.capacity = max(capacity, 1)
    unsafe start = nil
  }

  deinit { unsafe start?.deallocate() }

  private mutating func memory() -> UnsafeMutablePointer<UInt8> {
    if let start = unsafe start { return unsafe start }
    let made = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe made.initialize(repeating: 0, count: capacity)
    unsafe start = made
    return unsafe made
  }

  /// The bytes that were put together last.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      guard let start = unsafe start else { return Span() }
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
    let buffer = unsafe UnsafeMutableBufferPointer<UInt8>(start: memory(), count: room)
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
    let span = unsafe MutableSpan<UInt8>(_unsafeStart: memory(), count: room)
    filled = min(try body(span), room)
  }
}
