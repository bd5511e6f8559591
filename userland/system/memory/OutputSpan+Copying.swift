// SPDX-License-Identifier: MIT

extension OutputSpan where Element == UInt8 {
  /// Adds as many of `bytes` as there is room for, all at once.
  /// - Returns: how many.
  @inline(__always)
  @discardableResult
  @_lifetime(self: copy self)
  public mutating func append(copying bytes: Span<UInt8>) -> Int {
    let count = min(bytes.count, freeCapacity)
    // SAFETY: both hold at least `count` bytes, the target behind what is initialised already, and
    // the two cannot overlap, since this span has its memory to itself.
    // (`initialize` of typed pointers may go byte by byte under -Osize.)
    unsafe withUnsafeMutableBufferPointer { target, initialised in
      unsafe bytes.withUnsafeBytes { source in
        if count > 0, let to = target.baseAddress, let from = source.baseAddress {
          unsafe UnsafeMutableRawPointer(to + initialised).copyMemory(
            from: from, byteCount: count)
        }
      }
      initialised += count
    }
    return count
  }

  /// Adds bytes of memory that others may be changing, as many as there is room for.
  /// - Returns: how many.
  @inline(__always)
  @discardableResult
  @_lifetime(self: copy self)
  public mutating func append(copying bytes: SharedBytes) -> Int {
    let count = min(bytes.count, freeCapacity)
    // SAFETY: as above.
    unsafe withUnsafeMutableBufferPointer { target, initialised in
      if count > 0, let to = target.baseAddress,
        let from = unsafe UnsafeRawPointer(bitPattern: bytes.address)
      {
        unsafe UnsafeMutableRawPointer(to + initialised).copyMemory(from: from, byteCount: count)
      }
      initialised += count
    }
    return count
  }
}
