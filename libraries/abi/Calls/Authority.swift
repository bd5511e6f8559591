// SPDX-License-Identifier: MIT

// Namespaces, accounts, devices.

/// Makes a namespace with the names of `source` (`Handle.none`: no names).
public struct CreateNamespace: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createNamespace }

  public var source = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("source", &source)
  }
}

/// Binds a scheme name to a root handle, or removes it with `Handle.none`.
///
/// - Parameters: `name` takes 1 to 63 bytes without `/` and `:`.
public struct BindName: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .bindName }

  public var namespace = Handle()
  public var name = UserSpan()
  public var root = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("namespace", &namespace)
    try coder.span("name", &name)
    try coder.word("root", &root)
  }
}

/// Makes an account below `parent` (`Handle.none`: the caller's own), without limits of its own.
public struct CreateAccount: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createAccount }

  public var parent = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("parent", &parent)
  }
}

/// Sets how much of a resource an account and those below it may use, and how much is kept for it.
///
/// - Throws: `outOfMemory` if the minimum cannot be promised.
public struct SetAccountLimit: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setAccountLimit }

  public var account = Handle()
  public var resource = AccountResource()
  public var minimum: UInt64 = 0
  public var maximum: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("account", &account)
    try coder.word("resource", &resource)
    try coder.word("minimum", &minimum)
    try coder.word("maximum", &maximum)
  }
}

/// Writes an `AccountStatusRecord` to `buffer`. `Handle.none` is the caller's own account.
public struct AccountStatus: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .accountStatus }

  public var account = Handle()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("account", &account)
    try coder.span("buffer", &buffer)
  }
}

/// Reads or writes a device port on machines that have them.
///
/// - Parameters: `authority` is a handle of `/scheme/irq/ports` or a range of it.
public struct AccessPort: SystemCall {
  public typealias Reply = UInt32
  @inline(__always) public static var number: CallNumber { .accessPort }

  public var authority = Handle()
  public var port: UInt32 = 0
  public var width: UInt32 = 0
  public var value: UInt32 = 0
  public var direction = TransferDirection()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("authority", &authority)
    try coder.word("port", &port)
    try coder.word("width", &width)
    try coder.word("value", &value)
    try coder.word("direction", &direction)
  }
}

/// Adds a record to the kernel's trace ring (`/scheme/sys/trace`).
public struct WriteTrace: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .writeTrace }

  public var event: UInt32 = 0
  public var first: UInt = 0
  public var second: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("event", &event)
    try coder.word("first", &first)
    try coder.word("second", &second)
  }
}
