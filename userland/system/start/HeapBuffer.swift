// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// Zeroed memory for callers who can go on without it: making one fails where an array would end
/// the program.
///
/// Memory is paid for when it is touched, and a touch that cannot be paid for ends the program. So
/// a buffer beyond the heap's small blocks is paid for before it is handed out; a small one comes
/// from pages that the heap shares, nearly always touched already.
@safe
public struct HeapBuffer: ~Copyable, Sendable {
  private let address: UInt
  /// In bytes.
  public let count: Int
  /// In a mapping of its own, of whole pages, and not in the heap.
  private let isMapped: Bool

  /// - Parameter alignment: a power of two, at most 4,096.
  /// - Returns: `nil` if there is no memory for `count` bytes.
  @export(interface)
  public init?(count: Int, alignment: Int = 16) {
    guard count >= 0, count <= 1 << 40, alignment > 0, alignment <= 4096,
      alignment & (alignment &- 1) == 0
    else { return nil }
    let isMapped = count > SizeClasses.largest
    guard let memory = isMapped ? Self.map(count) : Self.takeBlock(count, alignment) else {
      return nil
    }
    self.isMapped = isMapped
    self.count = count
    address = memory
  }

  /// Wired memory, because its pages are paid for at once or not at all.
  private static func map(_ count: Int) -> UInt? {
    do throws(SystemError) {
      let object = try MemoryObject(byteCount: (count &+ 4095) & ~4095, .wired)
      return try object.map(byteCount: count).release().address
    } catch { return nil }
  }

  private static func takeBlock(_ count: Int, _ alignment: Int) -> UInt? {
    guard let block = allocate(count, alignment: max(alignment, 16)),
      let memory = unsafe UnsafeMutableRawPointer(bitPattern: block)
    else { return nil }
    // SAFETY: a block of at least `count` bytes, the caller's alone.
    _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    return block
  }

  deinit {
    if isMapped {
      performIgnoringErrors(
        Unmap {
          $0.address = address
          $0.length = (UInt(count) &+ 4095) & ~4095
        })
    } else {
      deallocate(address)
    }
  }

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
