// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// Names a request until it is answered: for answers that come later than the operation's return.
public struct RequestTag: Equatable, Hashable, BitwiseCopyable, Sendable {
  public let rawValue: UInt
  @inline(__always) public init(rawValue: UInt) { self.rawValue = rawValue }
}

/// One request while its operation runs: who asks, what the kernel says of it, and whether the
/// answer comes later.
public struct Request: ~Copyable {
  @usableFromInline let area: MessageArea
  /// Where the bytes of the answer lie, if the operation named memory of its own.
  @usableFromInline var lent: UserSpan?
  @usableFromInline var isPostponed = false
  @usableFromInline var isStream = false

  @inline(__always)
  init(_ area: MessageArea) { self.area = area }

  /// Who is asking. Data, not authority.
  @inline(__always) public var caller: CallerIdentity { area.record.caller }
  /// The name of this request, until it is answered.
  @inline(__always) public var tag: RequestTag { RequestTag(rawValue: area.record.tag) }
  /// A predecessor took this request and died before it answered.
  @inline(__always) public var isRepeated: Bool { area.record.flags & SchemeRequest.again != 0 }
  /// Grows by one with each request on the same description; repeated requests keep their number.
  @inline(__always) public var sequence: UInt64 { area.record.sequence }
  /// Identifies the open description within the scheme, across restarts.
  @inline(__always) public var description: UInt64 { area.record.description }
  /// How many bytes the client sends; the first of them are the operation's input.
  @inline(__always) public var inputCount: Int { Int(truncatingIfNeeded: area.record.inputCount) }
  /// How many bytes the client can take.
  @inline(__always) public var outputCount: Int {
    Int(truncatingIfNeeded: area.record.outputCount)
  }
  /// How the file is being opened; for `open` alone.
  @inline(__always) public var openFlags: OpenFlags {
    OpenFlags(rawValue: UInt32(truncatingIfNeeded: area.record.first))
  }
  /// Permission bits for what `open` creates, the creator's mask already taken off.
  @inline(__always) public var mode: UInt32 {
    UInt32(truncatingIfNeeded: area.record.second)
  }
  /// How the stream that is read was opened; for `read` without an offset alone.
  @inline(__always)
  public var readFlags: OpenFlags {
    OpenFlags(rawValue: UInt32(truncatingIfNeeded: area.record.second))
  }
  /// How the file that is written was opened; for `write` alone.
  @inline(__always) public var writeFlags: OpenFlags {
    OpenFlags(rawValue: UInt32(truncatingIfNeeded: area.record.second))
  }

  /// Leaves the request unanswered when the operation returns; what it returns counts for nothing.
  /// Somebody answers later by the tag.
  @inline(__always)
  public mutating func postpone() -> RequestTag {
    isPostponed = true
    return tag
  }

  /// Answers with bytes where they lie, without copying them first: for a `read` whose data the
  /// server keeps mapped. What the operation writes to its buffer counts for nothing.
  @inline(__always)
  public mutating func answer(with bytes: SharedBytes) {
    lent = UserSpan(address: bytes.address, count: min(UInt(bytes.count), UInt(outputCount)))
  }

  @inline(__always)
  mutating func lend(_ bytes: UserSpan) {
    lent = UserSpan(address: bytes.address, count: min(bytes.count, UInt(outputCount)))
  }

  /// The memory object that answers a `map` holds the file from byte `start` on, a multiple of
  /// 4,096, for `byteCount` bytes. Without it, the file is the whole object.
  @inline(__always)
  public mutating func mapsPart(from start: UInt64, byteCount: UInt64) {
    lent = UserSpan(
      address: UInt(truncatingIfNeeded: start), count: UInt(truncatingIfNeeded: byteCount))
  }

  /// The file that is being opened has no offset.
  @inline(__always)
  public mutating func opensStream() { isStream = true }
}

/// The path of a request, as the client sent it.
///
/// Comparing it with a literal is the usual way to read it; `next` takes it apart.
public struct RequestPath: ~Escapable {
  public let bytes: Span<UInt8>
  private var position = 0

  @inline(__always)
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  @inline(__always) public var isEmpty: Bool { bytes.isEmpty }

  @inline(__always)
  public static func == (path: borrowing RequestPath, text: StaticString) -> Bool {
    path.bytes.equals(text)
  }

  /// The next component, neither empty nor `.`; `nil` at the end.
  /// - Throws: `invalidArgument` for `..`, which the runtime takes out before it asks, and for a
  ///   zero byte; `nameTooLong` beyond 255 bytes.
  @_lifetime(copy self)
  public mutating func next() throws(SystemError) -> Span<UInt8>? {
    while position < bytes.count {
      let end = bytes.firstIndex(of: UInt8(ascii: "/"), from: position) ?? bytes.count
      let component = bytes.extracting(position..<end)
      position = end &+ 1
      if component.isEmpty || component.equals(".") { continue }
      guard !component.equals(".."), component.firstIndex(of: 0) == nil else {
        throw .invalidArgument
      }
      guard component.count <= 255 else { throw .nameTooLong }
      return component
    }
    return nil
  }

  /// What `next` has not given yet.
  public var rest: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(min(position, bytes.count)..<bytes.count) }
  }
}
