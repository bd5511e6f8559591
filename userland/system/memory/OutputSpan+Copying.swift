// SPDX-License-Identifier: MIT

extension OutputSpan where Element == UInt8 {
  /// Adds bytes of memory that others may be changing, as many as there is room for.
  /// - Returns: how many.
  @inline(__always)
  @discardableResult
  @_lifetime(self: copy self)
  public mutating func append(copying bytes: SharedBytes) -> Int {
    let count = min(bytes.count, freeCapacity)
    // SAFETY: both hold at least `count` bytes, the target behind what is initialised already.
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
