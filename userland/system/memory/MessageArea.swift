// SPDX-License-Identifier: MIT
import ABI

/// The memory through which a scheme's requests come: a record, the client's data behind it, and
/// beside it the memory where answers are put together.
///
/// The kernel writes the area while the server asks for its next request, and at no other time.
@safe
public struct MessageArea: BitwiseCopyable, Sendable {
  private let address: UInt
  private let byteCount: Int
  private let answerAddress: UInt
  private let answerBytes: Int

  /// - Safety: both are mapped for reading and writing, and nobody else's, for as long as this
  ///   value or a copy of it is used; the request memory is the session's message area.
  @unsafe
  @inline(__always)
  public init(requests: SharedBytes, answers: SharedBytes) {
    address = requests.address
    byteCount = requests.count
    answerAddress = answers.address
    answerBytes = answers.count
  }

  /// The request that was taken last.
  @inline(__always)
  public var record: SchemeRequest {
    // SAFETY: by the initialiser's contract. The kernel writes whole records.
    unsafe UnsafePointer<SchemeRequest>(bitPattern: address).unsafelyUnwrapped.pointee
  }

  /// Its operation, or `nil` for one that this version does not know.
  @inline(__always)
  public var operation: SchemeOperation? {
    SchemeOperation(rawValue: record.operation)
  }

  /// What the client sent, as much of it as fits the area; valid until the next request is taken.
  @inline(__always)
  public func withInput<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = min(record.inputCount, UInt64(byteCount &- SchemeRequest.byteCount))
    let first = address &+ UInt(SchemeRequest.byteCount)
    // SAFETY: `count` bytes behind the record lie within the area and were written by the kernel.
    let input = unsafe Span<UInt8>(
      _unsafeStart: UnsafePointer<UInt8>(bitPattern: first).unsafelyUnwrapped,
      count: Self.count(count))
    return try body(input)
  }

  /// A count that is known to be small, in such a way that the compiler knows that it is no negative
  /// number, and looks no more.
  @inline(__always)
  private static func count(_ value: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: value)) }

  /// Room for the answer: at most what the client can take and the memory holds.
  ///
  /// - Returns: how many bytes `body` wrote.
  @inline(__always)
  public func withOutput<Failure: Error>(
    _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    let room = Self.count(min(record.outputCount, UInt64(answerBytes)))
    // SAFETY: by the initialiser's contract; nobody else looks at the answer memory.
    let buffer = unsafe UnsafeMutableBufferPointer<UInt8>(
      start: UnsafeMutablePointer(bitPattern: answerAddress), count: room)
    var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
    try body(&output)
    return unsafe output.finalize(for: buffer)
  }

  /// Where the answer lies, for the call that sends it.
  @inline(__always)
  public func answer(_ count: Int) -> UserSpan {
    UserSpan(address: answerAddress, count: UInt(count))
  }

  /// Puts a record where the answer is put together, as much of it as the client can take.
  @inline(__always)
  public func writeAnswer<Record: BitwiseCopyable>(_ value: Record) -> Int {
    // SAFETY: the answer memory is larger than any ABI record.
    unsafe UnsafeMutableRawPointer(bitPattern: answerAddress).unsafelyUnwrapped
      .storeBytes(of: value, as: Record.self)
    let size = MemoryLayout<Record>.size
    return Int(truncatingIfNeeded: min(record.outputCount, UInt64(size)))
  }

  /// What the client sent as a record.
  /// - Returns: `nil` if it sent fewer bytes.
  @inline(__always)
  public func readInput<Record: BitwiseCopyable>(as _: Record.Type) -> Record? {
    guard record.inputCount >= UInt64(MemoryLayout<Record>.size) else { return nil }
    let first = address &+ UInt(SchemeRequest.byteCount)
    // SAFETY: ABI records hold integers, and are smaller than the area.
    return unsafe UnsafeRawPointer(bitPattern: first).unsafelyUnwrapped
      .loadUnaligned(as: Record.self)
  }
}
