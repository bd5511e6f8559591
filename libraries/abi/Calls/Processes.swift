// SPDX-License-Identifier: MIT

// Processes, threads, signals, debugging.

/// Makes an empty process: no memory, no handles, no thread, the caller's namespace, credentials,
/// group and session, charged to `account`.
///
/// - Parameters: `account` is an account handle, or `Handle.none` for the caller's own.
/// - Returns: a process handle with all rights; when it closes, or the caller's process ends, before
///   a thread started, the process ends.
/// - Throws: `quotaExceeded`.
public struct CreateProcess: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createProcess }

  public var account = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("account", &account)
  }
}

/// Starts a thread at `entry` in `process` (`Handle.none` for the caller's).
///
/// - Parameters: `stack` is the initial stack pointer, `argument` arrives in the first argument
///   register, `threadPointer` in the thread pointer register.
/// - Returns: a thread handle.
/// - Throws: `quotaExceeded`, `badAddress`.
public struct CreateThread: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createThread }

  public var process = Handle()
  public var entry: UInt = 0
  public var stack: UInt = 0
  public var argument: UInt = 0
  public var threadPointer: UInt = 0
  public var flags = ThreadFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("entry", &entry)
    try coder.word("stack", &stack)
    try coder.word("argument", &argument)
    try coder.word("threadPointer", &threadPointer)
    try coder.word("flags", &flags)
  }
}

/// Makes a copy of the calling process with this thread alone; memory is shared until written.
///
/// - Returns: the child's process number in the parent, zero in the child.
/// - Throws: `quotaExceeded`, `outOfMemory`.
public struct Fork: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .fork }

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {}
}

/// Gives the caller the memory that was built in `source`, a process without a thread, ends its other
/// threads, closes handles marked close-on-exec, and continues at `entry`.
///
/// - Blocking: until the other threads are gone. Does not return.
public struct ReplaceProgram: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .replaceProgram }

  public var source = Handle()
  public var entry: UInt = 0
  public var stack: UInt = 0
  public var argument: UInt = 0
  public var threadPointer: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("source", &source)
    try coder.word("entry", &entry)
    try coder.word("stack", &stack)
    try coder.word("argument", &argument)
    try coder.word("threadPointer", &threadPointer)
  }
}

/// Puts a copy of `handle` into `process` (which has no thread yet, or is the caller's child) at
/// `target`, with `rights`.
public struct TransferHandle: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .transferHandle }

  public var process = Handle()
  public var handle = Handle()
  public var target = Handle()
  public var rights = Rights()
  public var flags = OpenFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("handle", &handle)
    try coder.word("target", &target)
    try coder.word("rights", &rights)
    try coder.word("flags", &flags)
  }
}

/// Ends the process and all its threads. Does not return.
public struct ExitProcess: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .exitProcess }

  public var status: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("status", &status)
  }
}

/// Ends the calling thread; the last one ends the process with status zero.
///
/// - Parameters: if `release` is not zero, the word there is set to zero and its waiters are woken when
///   the thread no longer uses its stack.
public struct ExitThread: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .exitThread }

  public var release: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("release", &release)
  }
}

/// Waits until a child changes state and writes a `WaitRecord` to `buffer`.
///
/// - Parameters: `selector` > 0 one process, 0 the caller's group, -1 any child, < -1 that group.
/// - Returns: the child's process number, or zero with `noHang` if none changed.
/// - Throws: `noChild`, `interrupted`, `timedOut`.
public struct WaitChild: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .waitChild }

  public var selector: Int = 0
  public var options = WaitOptions()
  public var buffer = UserSpan()
  public var deadline = Deadline()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("selector", &selector)
    try coder.word("options", &options)
    try coder.span("buffer", &buffer)
    try coder.word("deadline", &deadline)
  }
}

/// Sends `signal` (1 ... 64, or 0 to only check) with a value.
///
/// - Parameters: `selector` as POSIX `kill`: > 0 a process, 0 the caller's group, -1 all it may signal,
///   < -1 a group. With a `process` handle the selector is ignored and authority comes from the handle.
/// - Throws: `noProcess`, `notPermitted`.
public struct Signal: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .signal }

  public var process = Handle()
  public var selector: Int = 0
  public var signal: UInt32 = 0
  public var value: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("selector", &selector)
    try coder.word("signal", &signal)
    try coder.word("value", &value)
  }
}

/// Sends `signal` to one thread of the caller's process.
public struct SignalThread: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .signalThread }

  public var thread: UInt32 = 0
  public var signal: UInt32 = 0
  public var value: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("thread", &thread)
    try coder.word("signal", &signal)
    try coder.word("value", &value)
  }
}

/// Registers where the calling thread's signal words lie and where signals are to be handled.
///
/// - Parameters: `control` is the address of a `SignalControl` record in wired memory of the object
///   `page`; `trampoline` is where delivery resumes the thread.
public struct SetSignalControl: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setSignalControl }

  public var process: UInt = 0
  public var thread: UInt = 0
  public var trampoline: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("thread", &thread)
    try coder.word("trampoline", &trampoline)
  }
}

/// Reads a property of a process (`Handle.none`: the caller).
public struct GetProcess: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .getProcess }

  public var process = Handle()
  public var property = ProcessProperty()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("property", &property)
  }
}

/// Changes a property of a process.
///
/// - Throws: `notPermitted` without the authority handle that the property names.
public struct SetProcess: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .setProcess }

  public var process = Handle()
  public var property = ProcessProperty()
  public var value: UInt = 0
  public var authority = Handle()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("property", &property)
    try coder.word("value", &value)
    try coder.word("authority", &authority)
  }
}

/// Suspends, resumes, prioritises, pins or names a thread (`Handle.none`: the caller).
public struct ControlThread: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .controlThread }

  public var thread = Handle()
  public var operation = ThreadOperation()
  public var value: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("thread", &thread)
    try coder.word("operation", &operation)
    try coder.word("value", &value)
  }
}

/// Reads or writes the registers of a stopped thread: `DebugRegisters` at `buffer`.
public struct DebugThread: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .debugThread }

  public var thread = Handle()
  public var operation = DebugOperation()
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("thread", &thread)
    try coder.word("operation", &operation)
    try coder.span("buffer", &buffer)
  }
}

/// Reads or writes another process's memory for a debugger.
///
/// - Parameters: `process` needs the manage right.
/// - Returns: bytes moved, up to the first inaccessible page.
/// - Throws: `badAddress` if not even the first page is accessible; `wouldBlock` if a scheme would
///   have to supply it: whoever looks at a process does not wait for servers of that one's choice.
public struct AccessMemory: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .accessMemory }

  public var process = Handle()
  public var address: UInt = 0
  public var buffer = UserSpan()
  public var operation = DebugOperation()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("process", &process)
    try coder.word("address", &address)
    try coder.span("buffer", &buffer)
    try coder.word("operation", &operation)
  }
}

/// Lets a thread that reported an exception go on, or ends its process.
public struct AnswerException: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .answerException }

  public var thread: UInt32 = 0
  public var action = ExceptionAction()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("thread", &thread)
    try coder.word("action", &action)
  }
}
