// SPDX-License-Identifier: MIT
import Memory

/// Zeroed memory for callers who can go on without it: making one fails where an array would end
/// the program.
@safe
public struct HeapBuffer: ~Copyable, Sendable {
  private let address: UInt
  /// In bytes.
  public let count: Int

  /// - Parameter alignment: a power of two.
  /// - Returns: `nil` if there is no memory for `count` bytes.
  @export(interface)
  public init?(count: Int, alignment: Int = 16) {
    guard count >= 0, alignment > 0, alignment & (alignment &- 1) == 0,
      let address = allocate(count, alignment: max(alignment, 16)),
      let memory = unsafe UnsafeMutableRawPointer(bitPattern: address)
    else { return nil }
    // SAFETY: a block of at least `count` bytes, this value's alone.
    _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    self.address = address
    self.count = count
  }

  deinit { deallocate(address) }

  /// The bytes, lent.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: `count` initialised bytes lie at `address` for as long as this value lives.
      let span = unsafe Span<UInt8>(
        _unsafeStart: UnsafePointer(bitPattern: address).unsafelyUnwrapped, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, lent for changing.
  public var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(&self)
    mutating get {
      // SAFETY: as for `bytes`, and nobody else can reach them meanwhile.
      let span = unsafe MutableSpan<UInt8>(
        _unsafeStart: UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped, count: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }
}
