// SPDX-License-Identifier: MIT
import ABI
import Memory

// Looking at what is mapped.

extension Mapping {
  /// The bytes, lent: for memory that nobody else changes meanwhile, such as a private mapping, a
  /// sealed object, or a file that is not being written.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: mapped for as long as this value lives. A page that cannot be supplied faults.
      let span = unsafe Span<UInt8>(
        _unsafeStart: UnsafePointer(bitPattern: address).unsafelyUnwrapped, count: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, lent for changing: for a mapping that is writable and nobody else's meanwhile.
  public var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(&self)
    mutating get {
      // SAFETY: as for `bytes`; a read-only mapping faults.
      let span = unsafe MutableSpan<UInt8>(
        _unsafeStart: UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped,
        count: byteCount)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// A view for memory that others change at the same time. The mapping then stays for as long as
  /// the program runs.
  public consuming func shared() -> SharedBytes {
    let (address, byteCount) = release()
    // SAFETY: never unmapped, since the value that would do it is gone.
    return unsafe SharedBytes(address: address, count: byteCount)
  }
}

extension MessageArea {
  /// An area and room for answers in mappings that stay for as long as the program runs.
  init(requests: consuming Mapping, answers: consuming Mapping) {
    // SAFETY: both are this program's, mapped for ever, and used by one session.
    unsafe self.init(requests: requests.shared(), answers: answers.shared())
  }
}
