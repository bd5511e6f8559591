// SPDX-License-Identifier: MIT
public import Core

/// A process's name for something it may use. Small numbers are the POSIX range, given lowest
/// first; numbers from `runtimeBase` up belong to the runtime and are left out by fork and exec.
public struct Handle: WordCodable, Equatable, BitwiseCopyable, Sendable {
  public var rawValue: UInt32

  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inline(__always) public init() { rawValue = 0xFFFF_FFFF }
  @inline(__always) public init(word: UInt) throws(SystemError) {
    rawValue = UInt32(truncatingIfNeeded: word)
  }
  @inline(__always) public var word: UInt { UInt(rawValue) }

  /// Stands for "no handle"; in `Open` for the caller's namespace, in process calls for the caller.
  public static let none = Handle(rawValue: 0xFFFF_FFFF)
  public static let runtimeBase: UInt32 = 0x4000_0000
  public static let standardInput = Handle(rawValue: 0)
  public static let standardOutput = Handle(rawValue: 1)
  public static let standardError = Handle(rawValue: 2)
}

/// A claim that bytes of the caller's memory exist; only the kernel's address space turns it
/// into bytes.
public struct UserSpan: Equatable, BitwiseCopyable, Sendable {
  public var address: UInt
  public var count: UInt

  @inline(__always) public init() { address = 0; count = 0 }
  @inline(__always) public init(address: UInt, count: UInt) {
    self.address = address
    self.count = count
  }
}

extension UInt: WordCodable {
  @inline(__always) public init(word: UInt) throws(SystemError) { self = word }
  @inline(__always) public var word: UInt { self }
}

extension UInt64: WordCodable {
  @inline(__always) public init(word: UInt) throws(SystemError) { self = UInt64(word) }
  @inline(__always) public var word: UInt { UInt(truncatingIfNeeded: self) }
}

extension Int: WordCodable {
  @inline(__always) public init(word: UInt) throws(SystemError) { self = Int(bitPattern: word) }
  @inline(__always) public var word: UInt { UInt(bitPattern: self) }
}

extension UInt32: WordCodable {
  @inline(__always) public init(word: UInt) throws(SystemError) {
    self = UInt32(truncatingIfNeeded: word)
  }
  @inline(__always) public var word: UInt { UInt(self) }
}

/// The reply of a call that has nothing to say but that it worked: always zero.
public struct NoReply: WordCodable {
  @inline(__always) public init() {}
  @inline(__always) public init(word: UInt) throws(SystemError) {}
  @inline(__always) public var word: UInt { 0 }
}

/// A moment: nanoseconds on the monotonic clock. `never` waits without end, `immediately` does not
/// wait at all.
public struct Deadline: WordCodable, Comparable, BitwiseCopyable, Sendable {
  public var nanoseconds: UInt64

  @inline(__always) public init() { nanoseconds = UInt64.max }
  @inline(__always) public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  @inline(__always) public init(word: UInt) throws(SystemError) { nanoseconds = UInt64(word) }
  @inline(__always) public var word: UInt { UInt(truncatingIfNeeded: nanoseconds) }

  public static let never = Deadline()
  public static let immediately = Deadline(nanoseconds: 0)
  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// A set of flags that travels in one word; bits without a meaning are refused.
public protocol FlagWord: FlagSet, WordCodable where RawValue == UInt32 {
  static var all: UInt32 { get }
}

extension FlagWord {
  @inline(__always)
  public init(word: UInt) throws(SystemError) {
    guard word & ~UInt(Self.all) == 0 else { throw .invalidArgument }
    self.init(rawValue: UInt32(truncatingIfNeeded: word))
  }
  @inline(__always) public var word: UInt { UInt(rawValue) }
}

/// What a handle allows. A duplicate may have fewer, never more.
public struct Rights: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 0xFF
  public static let read = Rights(rawValue: 1)
  public static let write = Rights(rawValue: 2)
  /// Map as executable memory.
  public static let execute = Rights(rawValue: 4)
  /// Duplicate, and pass in messages.
  public static let transfer = Rights(rawValue: 8)
  /// Change what the handle stands for: limits, credentials, attachments, seals.
  public static let manage = Rights(rawValue: 16)
  /// Wait for events on it.
  public static let wait = Rights(rawValue: 32)
  /// Open names below it.
  public static let traverse = Rights(rawValue: 64)
  /// Map as memory.
  public static let map = Rights(rawValue: 128)
  public static let everything = Rights(rawValue: all)
}

/// How a file is opened. The low two bits say what for; the values of the rest are Redox's.
public struct OpenFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 0xFFFF_0003
  public static let read = OpenFlags(rawValue: 0x0001_0000)
  public static let write = OpenFlags(rawValue: 0x0002_0000)
  public static let readWrite = OpenFlags(rawValue: 0x0003_0000)
  public static let nonBlocking = OpenFlags(rawValue: 0x0004_0000)
  public static let append = OpenFlags(rawValue: 0x0008_0000)
  public static let sharedLock = OpenFlags(rawValue: 0x0010_0000)
  public static let exclusiveLock = OpenFlags(rawValue: 0x0020_0000)
  public static let asynchronous = OpenFlags(rawValue: 0x0040_0000)
  public static let synchronous = OpenFlags(rawValue: 0x0080_0000)
  public static let closeOnExec = OpenFlags(rawValue: 0x0100_0000)
  public static let create = OpenFlags(rawValue: 0x0200_0000)
  public static let truncate = OpenFlags(rawValue: 0x0400_0000)
  public static let exclusive = OpenFlags(rawValue: 0x0800_0000)
  public static let directory = OpenFlags(rawValue: 0x1000_0000)
  public static let statOnly = OpenFlags(rawValue: 0x2000_0000)
  public static let symbolicLink = OpenFlags(rawValue: 0x4000_0000)
  public static let noFollow = OpenFlags(rawValue: 0x8000_0000)
  /// Put the handle in the runtime range.
  public static let runtimeHandle = OpenFlags(rawValue: 1)
}

/// What may happen on a handle, for event queues.
public struct EventSet: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 0x3F
  /// For a process or a thread: it has ended.
  public static let readable = EventSet(rawValue: 1)
  public static let writable = EventSet(rawValue: 2)
  /// The other end is gone, or the server has been given up.
  public static let hangUp = EventSet(rawValue: 4)
  public static let error = EventSet(rawValue: 8)
  /// The server behind the handle was replaced; state it told about may be old.
  public static let restarted = EventSet(rawValue: 16)
  /// Report each change once, until the condition goes away and comes back.
  public static let edge = EventSet(rawValue: 32)
}

/// Page protections and the nature of a mapping.
public struct MapFlags: FlagWord, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let all: UInt32 = 0x1FF
  public static let read = MapFlags(rawValue: 1)
  public static let write = MapFlags(rawValue: 2)
  public static let execute = MapFlags(rawValue: 4)
  /// Writes are seen by everyone who maps the object; without it they are copied on write.
  public static let shared = MapFlags(rawValue: 8)
  /// Exactly at `address`; replaces nothing: `alreadyExists` if any of it is mapped.
  public static let fixed = MapFlags(rawValue: 16)
  /// With `fixed`: replaces what is mapped there.
  public static let replace = MapFlags(rawValue: 32)
  /// Bring all pages in now.
  public static let populate = MapFlags(rawValue: 64)
  /// Fork does not give it to the child.
  public static let dontFork = MapFlags(rawValue: 128)
  /// Reserve the range; every access faults (a guard).
  public static let guardRange = MapFlags(rawValue: 256)
}

/// Who is asking, as a scheme server sees it. Data, not authority.
public struct CallerIdentity: BitwiseCopyable, Equatable, Sendable {
  public var process: UInt32 = 0
  /// Grows each time the process number is used again.
  public var generation: UInt32 = 0
  public var processGroup: UInt32 = 0
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  /// Identifies the account that pays for what the server keeps for this client.
  public var account: UInt32 = 0
  public var session: UInt32 = 0
  public var reserved: UInt32 = 0
  public init() {}
}
