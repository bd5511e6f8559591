// SPDX-License-Identifier: MIT

// Handles: opening, closing, duplicating.

/// Does nothing: the cheapest way into the kernel and back, for measurements.
///
/// - Returns: nothing.
public struct Null: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .null }

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {}
}

/// Opens `path` below `parent`.
///
/// With `Handle.none` as parent the first component of `path` is looked up in the caller's namespace
/// and the rest is sent to that scheme; an empty path is the namespace itself, a directory to be
/// listed. Otherwise the whole path is sent to the parent's scheme, which also is how a scheme derives
/// a handle from another (`dup` with a name).
///
/// - Returns: a new handle with the rights that `flags` ask for.
/// - Throws: `notFound`, `accessDenied`, `nameTooLong` (paths take at most 4,096 bytes),
///   `tooManyHandles`, `quotaExceeded`, and what the scheme answers.
/// - Blocking: until the scheme answers.
public struct Open: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .open }

  public var parent = Handle()
  public var path = UserSpan()
  public var flags = OpenFlags()
  public var mode: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("parent", &parent)
    try coder.span("path", &path)
    try coder.word("flags", &flags)
    try coder.word("mode", &mode)
  }
}

/// Gives a handle up. What it stood for ends when no handle, mapping or message holds it.
///
/// - Throws: `badHandle`.
/// - Blocking: never; the scheme hears of it later, in order.
public struct Close: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .close }

  public var handle = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
  }
}

/// Makes another handle for the same thing, with `rights` or fewer.
///
/// - Parameters: `target` is the number wanted (what it held is closed first), or `Handle.none` for the
///   lowest free one not below `minimum`.
/// - Returns: the new handle.
/// - Throws: `badHandle`, `accessDenied` without the transfer right, `tooManyHandles`.
public struct Duplicate: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .duplicate }

  public var handle = Handle()
  public var rights = Rights()
  public var target = Handle()
  public var minimum: UInt32 = 0
  public var flags = OpenFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("rights", &rights)
    try coder.word("target", &target)
    try coder.word("minimum", &minimum)
    try coder.word("flags", &flags)
  }
}

/// Reads or changes a property of a handle or of what it stands for.
///
/// - Returns: the property's value, before a change.
/// - Throws: `badHandle`, `invalidArgument` for a property the handle does not have.
public struct ControlHandle: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .controlHandle }

  public var handle = Handle()
  public var property = HandleProperty()
  public var value: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("property", &property)
    try coder.word("value", &value)
  }
}
