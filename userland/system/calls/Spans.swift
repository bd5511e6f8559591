// SPDX-License-Identifier: MIT
import ABI

// Bytes of this program as the kernel is told of them: an address and a count. The kernel checks
// such claims, so a wrong one is an error of the call and harms nobody else; but a call that writes
// may only be given bytes that the caller may change, which is why these functions take spans.

extension Span where Element == UInt8 {
  /// Runs `body` with the claim for these bytes, which holds while `body` runs.
  @inline(__always)
  public func withClaim<Result: ~Copyable>(
    _ body: (UserSpan) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    // SAFETY: the address is only given to the kernel, which reads at most `count` bytes there
    // before the call returns; the span is borrowed for as long.
    try unsafe withUnsafeBufferPointer { (bytes) throws(SystemError) in
      try body(
        UserSpan(address: UInt(bitPattern: bytes.baseAddress), count: UInt(bytes.count)))
    }
  }
}

extension MutableSpan where Element == UInt8 {
  /// Runs `body` with the claim for these bytes, which a call may read and write while `body` runs.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func withClaim<Result: ~Copyable>(
    _ body: (UserSpan) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    // SAFETY: the address is only given to the kernel, which touches at most `count` bytes there
    // before the call returns; the span is borrowed for as long, and any bytes are valid as
    // `UInt8`.
    try unsafe withUnsafeMutableBufferPointer { (bytes) throws(SystemError) in
      try body(
        UserSpan(address: UInt(bitPattern: bytes.baseAddress), count: UInt(bytes.count)))
    }
  }
}

/// Has a call fill in `record`, and tells how many bytes it wrote.
@inline(__always)
func fill<Record: BitwiseCopyable>(
  _ record: inout Record, _ body: (UserSpan) throws(SystemError) -> UInt
) throws(SystemError) -> UInt {
  // SAFETY: the kernel writes at most the record's size, whole words of a record whose every bit
  // pattern is valid (ABI records hold integers only).
  try unsafe withUnsafeMutableBytes(of: &record) { (bytes) throws(SystemError) in
    try body(
      UserSpan(address: UInt(bitPattern: bytes.baseAddress), count: UInt(bytes.count)))
  }
}

/// Shows a record to a call.
@inline(__always)
func show<Record: BitwiseCopyable, Result>(
  _ record: Record, _ body: (UserSpan) throws(SystemError) -> Result
) throws(SystemError) -> Result {
  // SAFETY: the kernel only reads, within the record, before the call returns.
  try unsafe withUnsafeBytes(of: record) { (bytes) throws(SystemError) in
    try body(
      UserSpan(address: UInt(bitPattern: bytes.baseAddress), count: UInt(bytes.count)))
  }
}
