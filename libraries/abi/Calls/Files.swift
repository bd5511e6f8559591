// SPDX-License-Identifier: MIT

// Operations on files of any scheme.

/// Reads into `buffer`.
///
/// - Parameters: `offset` in bytes, or `UInt64.max` for the handle's own offset, which then advances;
///   reads and writes with the handle's own offset happen one after another.
/// - Returns: bytes read; zero at the end of the file. At most 128 KiB a call (32 pages).
/// - Throws: `badHandle`, `accessDenied`, `badAddress`, `wouldBlock`, `interrupted`, `inputOutput` when
///   the server was given up, and what the scheme answers.
/// - Blocking: until the scheme answers.
public struct Read: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .read }

  public var handle = Handle()
  public var buffer = UserSpan()
  public var offset: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
    try coder.word("offset", &offset)
  }
}

/// Writes from `buffer`; the counterpart of `Read`.
///
/// - Returns: bytes written, which may be fewer than asked.
/// - Throws: as `Read`, and `brokenPipe`, `noSpace`, `fileTooLarge`.
public struct Write: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .write }

  public var handle = Handle()
  public var buffer = UserSpan()
  public var offset: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
    try coder.word("offset", &offset)
  }
}

/// Moves the handle's own offset. `whence`: 0 from the start, 1 from here, 2 from the end.
///
/// - Returns: the new offset in bytes.
/// - Throws: `notSeekable`, `invalidArgument` when it would become negative.
/// - Blocking: only with `whence` 2, which asks the scheme for the size.
public struct Seek: SystemCall {
  public typealias Reply = UInt64
  @inline(__always) public static var number: CallNumber { .seek }

  public var handle = Handle()
  public var offset: Int = 0
  public var whence: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("offset", &offset)
    try coder.word("whence", &whence)
  }
}

/// Writes a `FileStatus` record about the file to `buffer`.
///
/// - Returns: bytes written.
/// - Throws: `badHandle`, `badAddress`, and what the scheme answers.
/// - Blocking: until the scheme answers.
public struct Status: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .status }

  public var handle = Handle()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
  }
}

/// Writes a `FileStatus` record to `buffer` about what `path` leads to below `parent`, without opening
/// it. `parent` may be `Handle.none`: then the path begins with a scheme's name, as in `Open`.
///
/// - Parameters: `flags` may hold `noFollow`, which asks about a link itself if the path ends in one,
///   and `directory`, which refuses all else.
/// - Returns: bytes written.
/// - Throws: `nameTooLong`, `notFound`, `notDirectory`, `accessDenied`, `tooManySymbolicLinks`,
///   `crossDevice` for a path that leaves its scheme, `invalidArgument` for other flags,
///   `badAddress`; `notSupported` by schemes whose files have to be opened before they can be asked.
/// - Blocking: until the scheme answers.
public struct StatusAt: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .statusAt }

  public var parent = Handle()
  public var path = UserSpan()
  public var flags = OpenFlags()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("parent", &parent)
    try coder.span("path", &path)
    try coder.word("flags", &flags)
    try coder.span("buffer", &buffer)
  }
}

/// Writes a `FileSystemStatusRecord` about the volume of the file to `buffer`.
///
/// - Returns: bytes written.
/// - Throws: `badHandle`, `badAddress`, and what the scheme answers.
/// - Blocking: until the scheme answers.
public struct FileSystemStatus: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .fileSystemStatus }

  public var handle = Handle()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
  }
}

/// Writes the path under which the file was opened, with its scheme, to `buffer`.
///
/// - Returns: bytes written.
/// - Throws: `badHandle`, `badAddress`, and what the scheme answers.
/// - Blocking: until the scheme answers.
public struct PathOf: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .pathOf }

  public var handle = Handle()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
  }
}

/// Writes `DirectoryEntry` records to `buffer`, starting after `cookie` (zero at first; then the
/// last record's own).
///
/// - Returns: bytes written; zero after the last entry. An entry present throughout is listed once,
///   whatever happens to others meanwhile.
/// - Throws: `notDirectory`, `invalidArgument` if not even one entry fits.
public struct ReadDirectory: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .readDirectory }

  public var handle = Handle()
  public var buffer = UserSpan()
  public var cookie: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("buffer", &buffer)
    try coder.word("cookie", &cookie)
  }
}

/// Makes the file `length` bytes long; what is new reads as zeros.
///
/// - Throws: `accessDenied`, `noSpace`, `fileTooLarge`, and what the scheme answers.
public struct Truncate: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .truncate }

  public var handle = Handle()
  public var length: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("length", &length)
  }
}

/// Returns when all that was written to the file is on the medium.
public struct Synchronise: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .synchronise }

  public var handle = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
  }
}

/// Applies a `FileAttributes` record: mode, owner, times, each if its bit is set.
public struct SetAttributes: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setAttributes }

  public var handle = Handle()
  public var record = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.span("record", &record)
  }
}

/// Removes the name `path` below `parent`. `flags` may hold `directory`, which removes an empty
/// directory and nothing else.
///
/// - Throws: `notFound`, `directoryNotEmpty`, `isDirectory`, `notDirectory`.
public struct Unlink: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .unlink }

  public var parent = Handle()
  public var path = UserSpan()
  public var flags = OpenFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("parent", &parent)
    try coder.span("path", &path)
    try coder.word("flags", &flags)
  }
}

/// Gives the open file another name, `path` below `parent`, of the same scheme.
///
/// - Throws: `crossDevice`, `alreadyExists`, `tooManyLinks`.
public struct LinkFile: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .linkFile }

  public var file = Handle()
  public var parent = Handle()
  public var path = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("file", &file)
    try coder.word("parent", &parent)
    try coder.span("path", &path)
  }
}

/// Moves the name `path` below `parent` to `newPath` below `newParent`, of the same scheme, replacing
/// what is there. Each parent may be `Handle.none`: then its path begins with a scheme's name, as in
/// `Open`.
///
/// - Throws: `nameTooLong`, `crossDevice`, `notFound`, `directoryNotEmpty`, `invalidArgument` for a directory moved
///   into itself.
public struct Rename: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .rename }

  public var parent = Handle()
  public var path = UserSpan()
  public var newParent = Handle()
  public var newPath = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("parent", &parent)
    try coder.span("path", &path)
    try coder.word("newParent", &newParent)
    try coder.span("newPath", &newPath)
  }
}

/// Sends a request of the scheme's own: up to `UInt32.max` as `operation`, `input` to the server, and
/// its answer to `output`.
///
/// - Returns: the server's result word.
/// - Throws: `noSystemCall` if the scheme does not know the operation.
/// - Blocking: until the scheme answers.
public struct CallScheme: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .callScheme }

  public var handle = Handle()
  public var operation: UInt32 = 0
  public var input = UserSpan()
  public var output = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("operation", &operation)
    try coder.span("input", &input)
    try coder.span("output", &output)
  }
}

/// Passes `sent` to the server behind `handle`, which keeps or forwards it.
///
/// - Throws: `accessDenied` without the transfer right on `sent`.
public struct SendHandle: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .sendHandle }

  public var handle = Handle()
  public var sent = Handle()
  public var operation: UInt32 = 0
  public var word: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("sent", &sent)
    try coder.word("operation", &operation)
    try coder.word("word", &word)
  }
}

/// Asks the server behind `handle` for a handle.
///
/// - Returns: the new handle.
public struct ReceiveHandle: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .receiveHandle }

  public var handle = Handle()
  public var operation: UInt32 = 0
  public var word: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("operation", &operation)
    try coder.word("word", &word)
  }
}
