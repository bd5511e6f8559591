// SPDX-License-Identifier: MIT
import ABI
import Core
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

extension Mapping {
  /// The registers of a device, from byte `offset` of what is mapped on. The mapping then stays for as
  /// long as the program runs.
  ///
  /// - Throws: `invalidArgument` unless that is a multiple of 8 within what is mapped.
  public consuming func registers(
    from offset: Int = 0, byteCount: Int? = nil
  ) throws(SystemError) -> DeviceMemory {
    let (address, length) = release()
    let count = byteCount ?? length &- offset
    guard offset >= 0, offset & 7 == 0, offset <= length, count >= 0, count <= length &- offset
    else { throw .invalidArgument }
    // SAFETY: never unmapped, since the value that would do it is gone, and nobody else's.
    return unsafe DeviceMemory(mappedAt: address &+ UInt(offset), byteCount: count)
  }
}

extension Mapping {
  /// The registers of a device that is mapped here, lent.
  public borrowing func withRegisters<Result, Failure: Error>(
    _ body: (borrowing DeviceMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: mapped for as long as `body` runs.
    let memory = unsafe DeviceMemory(mappedAt: address, byteCount: byteCount)
    return try body(memory)
  }
}

extension MessageArea {
  /// An area and room for answers in mappings that stay for as long as the program runs.
  init(requests: consuming Mapping, answers: consuming Mapping) {
    // SAFETY: both are this program's, mapped for ever, and used by one session.
    unsafe self.init(requests: requests.shared(), answers: answers.shared())
  }
}
