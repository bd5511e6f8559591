// SPDX-License-Identifier: MIT

// Time, waiting and waking.

/// Lets other threads of the same priority run first.
public struct Yield: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .yield }

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {}
}

/// Waits until `deadline`.
///
/// - Throws: `interrupted`.
public struct Sleep: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .sleep }

  public var deadline = Deadline()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("deadline", &deadline)
  }
}

/// Reads a clock in nanoseconds. Programs use the shared clock page instead where there is one.
public struct ReadClock: SystemCall {
  public typealias Reply = UInt64
  @inline(__always) public static var number: CallNumber { .readClock }

  public var clock = ClockKind()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("clock", &clock)
  }
}

/// Waits for a wake-up at `address` if its 32-bit word holds `expected`.
///
/// - Throws: `wouldBlock` if the word differs, `timedOut`, `interrupted`, `badAddress`.
public struct FutexWait: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .futexWait }

  public var address: UInt = 0
  public var expected: UInt32 = 0
  public var deadline = Deadline()
  public var flags = FutexFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("address", &address)
    try coder.word("expected", &expected)
    try coder.word("deadline", &deadline)
    try coder.word("flags", &flags)
  }
}

/// Wakes at most `count` waiters of `address`, longest waiting first.
///
/// - Returns: how many were woken.
public struct FutexWake: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .futexWake }

  public var address: UInt = 0
  public var count: UInt = 0
  public var flags = FutexFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("address", &address)
    try coder.word("count", &count)
    try coder.word("flags", &flags)
  }
}

/// If the word at `address` holds `expected`, wakes `wake` waiters and moves up to `move` more to
/// `target`.
///
/// - Returns: woken plus moved.
/// - Throws: `wouldBlock` if the word differs.
public struct FutexRequeue: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .futexRequeue }

  public var address: UInt = 0
  public var expected: UInt32 = 0
  public var wake: UInt32 = 0
  public var target: UInt = 0
  public var move: UInt32 = 0
  public var flags = FutexFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("address", &address)
    try coder.word("expected", &expected)
    try coder.word("wake", &wake)
    try coder.word("target", &target)
    try coder.word("move", &move)
    try coder.word("flags", &flags)
  }
}

/// Waits for events of a queue opened at `/scheme/event` and writes `EventRecord`s to `buffer`.
///
/// - Returns: the number of records, at least one.
/// - Throws: `timedOut`, `interrupted`.
public struct WaitEvents: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .waitEvents }

  public var queue = Handle()
  public var buffer = UserSpan()
  public var deadline = Deadline()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("queue", &queue)
    try coder.span("buffer", &buffer)
    try coder.word("deadline", &deadline)
  }
}

/// Sets the calling thread's thread pointer (TLS base).
public struct SetThreadPointer: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setThreadPointer }

  public var value: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("value", &value)
  }
}
