// SPDX-License-Identifier: MIT

// Enumerations and flag words that calls take as arguments.

/// An enumeration that travels in one word; other values are `invalidArgument`.
public protocol WordEnum: RawRepresentable, WordCodable, BitwiseCopyable, Sendable
where RawValue == UInt32 {}

extension WordEnum {
  @inline(__always)
  public init(word: UInt) throws(SystemError) {
    guard let raw = UInt32(exactly: word), let value = Self(rawValue: raw) else {
      throw .invalidArgument
    }
    self = value
  }
  @inline(__always) public var word: UInt { UInt(rawValue) }
}

/// What `ControlHandle` reads or changes.
public enum HandleProperty: UInt32, WordEnum {
  /// Close-on-exec of this handle: 0 or 1.
  case closeOnExec = 0
  case setCloseOnExec = 1
  /// `append` and `nonBlocking` of the open description, as `OpenFlags`.
  case openFlags = 2
  case setOpenFlags = 3
  case rights = 4
  /// A number that two handles of the same open description share.
  case identity = 5
  /// Bytes that can be read from a pipe now.
  case available = 6
  public init() { self = .closeOnExec }
}

/// What `LockFile` does with its range.
public enum LockOperation: UInt32, WordEnum {
  case unlock = 0
  /// Has it together with others who lock it so; waits for who has it exclusively.
  case shared = 1
  /// Has it alone; waits for all who have any of it.
  case exclusive = 2
  /// As those, but answers `wouldBlock` in place of waiting.
  case tryShared = 3
  case tryExclusive = 4
  /// Only asks which lock of others is in the way of such a lock.
  case findShared = 5
  case findExclusive = 6
  public init() { self = .unlock }
}

/// What `AllocateFile` does to its range.
public struct AllocationFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 7
  /// The file's size stays, also where the range ends behind it.
  public static let keepSize = AllocationFlags(rawValue: 1)
  /// Gives the space back: the range reads as zeros. The size stays.
  public static let punchHole = AllocationFlags(rawValue: 2)
  /// The range reads as zeros, and has its space as after a call without flags.
  public static let zeroRange = AllocationFlags(rawValue: 4)
}

/// How `CreateMemory` makes an object.
public struct MemoryFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 7
  /// Pages are there from the start and stay: for message areas, rings and devices.
  public static let wired = MemoryFlags(rawValue: 1)
  /// Wired, and physically one piece; at most 4 MiB.
  public static let contiguous = MemoryFlags(rawValue: 2)
  /// Below 4 GiB, for devices with 32-bit addresses.
  public static let low = MemoryFlags(rawValue: 4)
}

/// What `SealMemory` forbids for ever.
public struct MemorySeals: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 7
  public static let grow = MemorySeals(rawValue: 1)
  public static let shrink = MemorySeals(rawValue: 2)
  public static let write = MemorySeals(rawValue: 4)
}

/// How `CreateThread` starts a thread.
public struct ThreadFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 1
  /// The thread does not run until `ControlThread` resumes it.
  public static let suspended = ThreadFlags(rawValue: 1)
}

/// What `WaitChild` reports, and whether it waits; the values are those of POSIX on Redox.
public struct WaitOptions: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 15
  public static let noHang = WaitOptions(rawValue: 1)
  /// Also report children that stopped.
  public static let stopped = WaitOptions(rawValue: 2)
  /// Also report children that continued.
  public static let continued = WaitOptions(rawValue: 4)
  /// Leave the child to be waited for again.
  public static let keep = WaitOptions(rawValue: 8)
}

/// What `GetProcess` and `SetProcess` name.
public enum ProcessProperty: UInt32, WordEnum {
  case processNumber = 0
  case parent = 1
  case group = 2
  case session = 3
  /// Real, effective and saved user and group: each pair needs an authority handle to change.
  case realUser = 4
  case effectiveUser = 5
  case savedUser = 6
  case realGroup = 7
  case effectiveGroup = 8
  case savedGroup = 9
  /// -20 ... 19, biased by 20.
  case nice = 10
  /// A namespace handle; only for processes without a thread, or to a handle the caller made.
  case namespace = 11
  /// An account handle.
  case account = 12
  /// A handle that receives exception messages, the writing end of a pipe; plus 1 << 32 if unknown
  /// calls are exceptions too and wait for an answer, for who emulates another system.
  case exceptionHandle = 13
  /// The most handles the process may have.
  case handleLimit = 14
  /// Makes the caller leader of a new session; the value is ignored.
  case newSession = 15
  case generation = 16
  case threadCount = 17
  /// The calling thread's number within its process.
  case threadNumber = 18
  /// Pages of memory resident for the process.
  case residentPages = 19
  /// Address of up to 32 bytes that name the process in listings.
  case name = 20
  public init() { self = .processNumber }
}

/// What `ControlThread` reads or changes.
public enum ThreadOperation: UInt32, WordEnum {
  case suspend = 0
  case resume = 1
  /// 0 for the fair class, 1 ... 63 for real time; needs the account to allow it.
  case priority = 2
  /// Bit mask of processors.
  case affinity = 3
  case number = 4
  /// Nanoseconds of processor time used.
  case processorTime = 5
  case isSuspended = 6
  public init() { self = .number }
}

/// What `DebugThread` and `AccessMemory` do.
public enum DebugOperation: UInt32, WordEnum {
  case read = 0
  case write = 1
  /// Run one instruction, then stop again.
  case step = 2
  public init() { self = .read }
}

/// How `AnswerException` ends the wait of a thread that reported an exception.
public enum ExceptionAction: UInt32, WordEnum {
  /// Run the faulting instruction again.
  case retry = 0
  case endProcess = 1
  public init() { self = .retry }
}

/// The clocks of `ReadClock`, by the numbers of POSIX on Redox.
public enum ClockKind: UInt32, WordEnum {
  /// CLOCK_REALTIME
  case realTime = 1
  /// CPU time of the calling process.
  case processTime = 2
  /// CPU time of the calling thread.
  case threadTime = 3
  /// CLOCK_MONOTONIC
  case monotonic = 4
  public init() { self = .monotonic }
}

/// How a futex is found and woken.
public struct FutexFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 3
  /// The word is only used inside this process: cheaper.
  public static let processPrivate = FutexFlags(rawValue: 1)
  /// Reserved for priority inheritance: refused with `notSupported`.
  public static let inheritPriority = FutexFlags(rawValue: 2)
}

/// How `CreateScheme` makes a scheme.
public struct SchemeFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 1
  /// Requests wait for a successor when the server dies; without it they fail.
  public static let persistent = SchemeFlags(rawValue: 1)
}

/// What `NextRequest` answers with, and whether it waits.
public struct AnswerFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 63
  /// Return zero instead of waiting.
  public static let doNotWait = AnswerFlags(rawValue: 1)
  /// `result` is a handle of the server; the client gets a copy, and the server's is closed.
  public static let passHandle = AnswerFlags(rawValue: 2)
  /// The answer to an open: `result` is the server word of the new description.
  public static let opened = AnswerFlags(rawValue: 4)
  /// Only answer; do not ask for the next request.
  public static let answerOnly = AnswerFlags(rawValue: 8)
  /// With `opened`: the description has no offset (a stream).
  public static let stream = AnswerFlags(rawValue: 16)
  /// `result` is a place of `KeepHandle`; the client gets what is kept there, and the place is empty
  /// afterwards, also if the client is gone.
  public static let passKept = AnswerFlags(rawValue: 32)
}

/// Which way data moves.
public enum TransferDirection: UInt32, WordEnum {
  /// From the client (or device) to the caller.
  case read = 0
  case write = 1
  public init() { self = .read }
}

/// What an account counts and limits.
public enum AccountResource: UInt32, WordEnum {
  case frames = 0
  case processes = 1
  case threads = 2
  /// Handles, open descriptions and queued requests.
  case handles = 3
  /// CPU weight; only the maximum counts: 1,024 is one fair share.
  case processorShare = 4
  /// Highest real-time priority its threads may ask for.
  case priority = 5
  public init() { self = .frames }
}
