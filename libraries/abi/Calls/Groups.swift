// SPDX-License-Identifier: MIT

// The groups that a process is in beside its own: data for servers, as users and groups are.

/// Says which groups a process is in beside its own. Children and new programs inherit them.
///
/// - Parameters: `process` needs the manage right, `Handle.none` is the caller; `groups` are up to 32
///   numbers of four bytes; `authority` is the handle that `SetProcess` wants for users and groups, of
///   no need where the list stays as it is.
/// - Throws: `notPermitted`, `badAddress`, `invalidArgument` for more than 32 or for part of a
///   number, `noProcess`.
public struct SetGroups: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setGroups }
  /// Groups of a process, beside its own.
  @inline(__always) public static var limit: Int { 32 }

  public var process = Handle()
  public var groups = UserSpan()
  public var authority = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.span("groups", &groups)
    try coder.word("authority", &authority)
  }
}

/// Writes the groups that a process is in beside its own to `buffer`, as many as it has room for.
///
/// - Returns: how many groups there are.
/// - Throws: `badHandle`, `accessDenied` without the read right, `badAddress`.
public struct GetGroups: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .getGroups }

  public var process = Handle()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.span("buffer", &buffer)
  }
}

/// The same, of the client of a request that the caller serves and has not answered: for servers whose
/// rules the user and group in the request do not decide.
///
/// - Returns: how many groups there are.
/// - Throws: `gone` if the request is, or had no client; `badHandle`, `badAddress`.
public struct CallerGroups: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .callerGroups }

  public var server = Handle()
  public var tag: UInt = 0
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("tag", &tag)
    try coder.span("buffer", &buffer)
  }
}
