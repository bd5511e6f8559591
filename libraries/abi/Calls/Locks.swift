// SPDX-License-Identifier: MIT

// Locks that programs agree to heed, and the space that a file has.

/// Locks a range of a file, gives it up, or asks who has it. Locks are for those who ask for them:
/// they keep no read or write away.
///
/// A lock belongs to the open description: to all duplicates of the handle, in whatever process they
/// are. What one description has locked is never in its own way; locking a part again changes how
/// that part is locked. Locks end with `unlock` and when the last handle closes, and outlive their
/// server. These are the locks of POSIX.1-2024 whose owner is an open file description, and, over the
/// whole file, those of `flock`. Locks that belong to a process are a C library's to make of them.
///
/// Who waits keeps what the description had. Waits in a circle are not noticed.
///
/// - Parameters: `start` in bytes; `length` in bytes, or zero for everything from `start` on;
///   `record` for the two that ask, which write a `FileLockRecord` about the first lock in the way.
/// - Returns: bytes written to `record`: zero if nothing is in the way, and for all but those two.
/// - Throws: `wouldBlock` when a lock that is only tried for is not to be had, `invalidArgument` for a
///   range that ends past 2⁶³ - 1, `noLocks` if the server keeps no more, `accessDenied` without the
///   read and the write right, `notSupported` by schemes without locks, `interrupted`; then nothing
///   has changed.
/// - Blocking: `shared` and `exclusive` until the range is to be had.
public struct LockFile: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .lockFile }

  public var handle = Handle()
  public var operation = LockOperation()
  public var start: UInt64 = 0
  public var length: UInt64 = 0
  public var record = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("operation", &operation)
    try coder.word("start", &start)
    try coder.word("length", &length)
    try coder.span("record", &record)
  }
}

/// Sees to space for `length` bytes from `offset` on, or gives it back.
///
/// Without flags, what is allocated reads as before, or as zeros where nothing was; a file that ends before
/// the end of the range grows. Schemes that write in place (tmpfs) keep the space: writing there does not
/// fail for want of it. Those that write elsewhere (redoxfs) can keep none: there was enough when the call
/// was made, and others may take it before it is used.
///
/// - Throws: `noSpace`, `fileTooLarge`, and then nothing has changed; `invalidArgument` for an empty
///   range and for flags that contradict each other; `isDirectory`, `noDevice` for what is no regular file;
///   `accessDenied` without the write right; `notSupported` by schemes without files that have space.
/// - Blocking: until the scheme answers.
public struct AllocateFile: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .allocateFile }

  public var handle = Handle()
  public var offset: UInt64 = 0
  public var length: UInt64 = 0
  public var flags = AllocationFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("handle", &handle)
    try coder.word("offset", &offset)
    try coder.word("length", &length)
    try coder.word("flags", &flags)
  }
}
