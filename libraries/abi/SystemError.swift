// SPDX-License-Identifier: MIT

/// Why the kernel or a scheme refused a request.
///
/// Raw values are ABI and are the numbers that POSIX programs on Linux and Redox know as `errno`:
/// never renumber. A call returns the negated value in its result register.
public enum SystemError: UInt16, Error, BitwiseCopyable, Sendable {
  /// EPERM: the caller lacks the authority.
  case notPermitted = 1
  /// ENOENT
  case notFound = 2
  /// ESRCH: no such process or thread.
  case noProcess = 3
  /// EINTR: a signal arrived first.
  case interrupted = 4
  /// EIO: the device or the server behind the handle failed for good.
  case inputOutput = 5
  /// ENXIO: there is no such device, or, behind `libc:tty`, no controlling terminal.
  case noSuchDevice = 6
  /// E2BIG
  case argumentListTooLong = 7
  /// ENOEXEC
  case badExecutable = 8
  /// EBADF: no such handle, or it is not of the kind that the call needs.
  case badHandle = 9
  /// ECHILD
  case noChild = 10
  /// EAGAIN: it would have to wait, and the caller asked not to.
  case wouldBlock = 11
  /// ENOMEM: the account or the machine has no memory left.
  case outOfMemory = 12
  /// EACCES: the handle lacks the right.
  case accessDenied = 13
  /// EFAULT: an address is not the caller's to use that way.
  case badAddress = 14
  /// EBUSY
  case busy = 16
  /// EEXIST
  case alreadyExists = 17
  /// EXDEV: the two ends are on different schemes.
  case crossDevice = 18
  /// ENODEV
  case noDevice = 19
  /// ENOTDIR
  case notDirectory = 20
  /// EISDIR
  case isDirectory = 21
  /// EINVAL
  case invalidArgument = 22
  /// EMFILE: the process's handle limit is reached.
  case tooManyHandles = 24
  /// ENOTTY
  case notTerminal = 25
  /// ETXTBSY
  case textBusy = 26
  /// EFBIG
  case fileTooLarge = 27
  /// ENOSPC
  case noSpace = 28
  /// ESPIPE
  case notSeekable = 29
  /// EROFS
  case readOnlyFileSystem = 30
  /// EMLINK
  case tooManyLinks = 31
  /// EPIPE
  case brokenPipe = 32
  /// EDOM
  case outOfDomain = 33
  /// ERANGE
  case outOfRange = 34
  /// EDEADLK: waiting would never end.
  case deadlock = 35
  /// ENAMETOOLONG
  case nameTooLong = 36
  /// ENOLCK
  case noLocks = 37
  /// ENOSYS: no call has that number, or the scheme does not know the operation.
  case noSystemCall = 38
  /// ENOTEMPTY
  case directoryNotEmpty = 39
  /// ELOOP
  case tooManySymbolicLinks = 40
  /// EPROTO: the other side broke the protocol.
  case protocolError = 71
  /// EOVERFLOW: the value does not fit.
  case overflow = 75
  /// EILSEQ: not UTF-8.
  case illegalSequence = 84
  /// EMSGSIZE
  case messageTooLong = 90
  /// ENOTSUP
  case notSupported = 95
  /// EADDRINUSE
  case addressInUse = 98
  /// EADDRNOTAVAIL
  case addressNotAvailable = 99
  /// ENETUNREACH
  case networkUnreachable = 101
  /// ECONNABORTED
  case connectionAborted = 103
  /// ECONNRESET
  case connectionReset = 104
  /// ENOBUFS
  case noBuffers = 105
  /// EISCONN
  case alreadyConnected = 106
  /// ENOTCONN
  case notConnected = 107
  /// ETIMEDOUT: the deadline passed first.
  case timedOut = 110
  /// ECONNREFUSED
  case connectionRefused = 111
  /// EHOSTUNREACH
  case hostUnreachable = 113
  /// EALREADY
  case alreadyInProgress = 114
  /// EINPROGRESS
  case inProgress = 115
  /// ESTALE: what the handle or tag stood for is gone.
  case gone = 116
  /// EDQUOT: the account's limit on this resource is reached.
  case quotaExceeded = 122
  /// ECANCELED
  case cancelled = 125
  /// Inside the kernel: the thread was parked and will make the call again. Never seen by programs.
  case restart = 512
}
