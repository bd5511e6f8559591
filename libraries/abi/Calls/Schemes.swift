// SPDX-License-Identifier: MIT

// What a scheme server calls.

/// Makes a scheme: a queue of requests and the open descriptions of its clients, both of which outlive
/// the servers that attach to it.
///
/// - Returns: a management handle. When it and all roots close, the scheme ends.
public struct CreateScheme: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createScheme }

  public var flags = SchemeFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("flags", &flags)
  }
}

/// Makes a handle whose opens go to the scheme with the server word `word`.
///
/// - Parameters: `scheme` is a management handle.
public struct CreateRoot: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createRoot }

  public var scheme = Handle()
  public var word: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("scheme", &scheme)
    try coder.word("word", &word)
  }
}

/// Makes the caller a server of the scheme, with `area` (a wired memory object of at least 4,096 bytes)
/// mapped by the kernel for its messages. Several threads may wait on one server handle; each uses an
/// area of its own and attaches for it.
///
/// - Returns: a server handle; when the process ends, unanswered requests go back to the queue.
/// - Throws: `busy` if another process serves the scheme.
public struct AttachScheme: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .attachScheme }

  public var scheme = Handle()
  public var area = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("scheme", &scheme)
    try coder.word("area", &area)
  }
}

/// Answers one request and waits for the next, which is written as a `SchemeRequest` record to the
/// start of the server's message area, with its data behind it.
///
/// - Parameters: `tag` is the request to answer, or zero; `result` its reply word or negated error;
///   `data` lies in the caller's memory and is copied to the client at once; `flags` say whether to
///   wait, and whether `result` is a handle to pass, or where one is kept. The answer to a `map` passes a memory object;
///   `data` then says where in it the file begins, a multiple of 4,096, and how long it is (zero: to
///   the end).
/// - Returns: the tag of the next request (never zero), or zero with `doNotWait` if there is none.
/// - Throws: `gone` if the answered request no longer exists (the answer is dropped, nothing is
///   received), `outOfRange` if `result` says that a read or a write moved more bytes than were
///   asked for (the request can be answered again), `interrupted`.
public struct NextRequest: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .nextRequest }

  public var server = Handle()
  public var tag: UInt = 0
  public var result: UInt = 0
  public var data = UserSpan()
  public var flags = AnswerFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("tag", &tag)
    try coder.word("result", &result)
    try coder.span("data", &data)
    try coder.word("flags", &flags)
  }
}

/// Moves more bytes between a taken request's client and the server: `offset` into the client's buffer.
///
/// - Returns: bytes moved.
/// - Throws: `gone`.
public struct TransferData: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .transferData }

  public var server = Handle()
  public var tag: UInt = 0
  public var offset: UInt = 0
  public var data = UserSpan()
  public var direction = TransferDirection()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("tag", &tag)
    try coder.word("offset", &offset)
    try coder.span("data", &data)
    try coder.word("direction", &direction)
  }
}

/// Tells event queues that watch descriptions with the server word `word` what is now possible.
public struct SignalEvents: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .signalEvents }

  public var server = Handle()
  public var word: UInt64 = 0
  public var events = EventSet()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("word", &word)
    try coder.word("events", &events)
  }
}

/// Makes all descriptions with the server word `word` stale: their operations answer `gone`.
///
/// - Returns: how many there were.
public struct RevokeDescriptions: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .revokeDescriptions }

  public var server = Handle()
  public var word: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("word", &word)
  }
}

/// Writes `SchemeDescriptionRecord`s of the scheme's open descriptions to `buffer`, for a successor
/// that wants to check what its capsule says.
///
/// - Parameters: `cookie` is zero to begin, then one more than the last record's `description`.
/// - Returns: the number of records written; zero at the end.
/// - Throws: `gone` if the last record's description has been closed meanwhile: begin again.
public struct ListDescriptions: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .listDescriptions }

  public var server = Handle()
  public var cookie: UInt64 = 0
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("cookie", &cookie)
    try coder.span("buffer", &buffer)
  }
}

/// Moves `handle` to the scheme's own table, at `place`, where it outlives the server: for handles on
/// their way from one client to another, and for memory that a service shares out. What was kept there
/// is closed. `Handle.none` empties the place.
///
/// - Parameters: `place` is a number of the server's choosing, below 4,096.
/// - Throws: `outOfRange`, `badHandle`, `accessDenied` without the transfer right, `invalidArgument`
///   for a scheme's management handle or a server's session, `quotaExceeded` and `outOfMemory` for
///   the scheme's account.
public struct KeepHandle: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .keepHandle }

  public var server = Handle()
  public var handle = Handle()
  public var place: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("handle", &handle)
    try coder.word("place", &place)
  }
}

/// Gives the caller a handle for what is kept at `place`, in the runtime's range.
///
/// - Throws: `notFound` if nothing is, `tooManyHandles`, `quotaExceeded`.
public struct CopyKeptHandle: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .copyKeptHandle }

  public var server = Handle()
  public var place: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("place", &place)
  }
}

/// Answers every waiting and later request with `error`, until a server attaches again.
public struct GiveUpScheme: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .giveUpScheme }

  public var scheme = Handle()
  public var error: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("scheme", &scheme)
    try coder.word("error", &error)
  }
}
