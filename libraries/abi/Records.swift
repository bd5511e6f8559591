// SPDX-License-Identifier: MIT

// Records that cross the ABI in memory. Every field has its natural alignment and no padding is
// implied: the byte layout is the order of the fields.

/// A file's status (`Status`). 96 bytes.
public struct FileStatus: BitwiseCopyable, Sendable {
  public var device: UInt64 = 0
  public var inode: UInt64 = 0
  /// POSIX file type and permission bits.
  public var mode: UInt32 = 0
  public var links: UInt32 = 0
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  /// Bytes.
  public var size: UInt64 = 0
  /// Bytes per block for efficient transfers.
  public var blockSize: UInt64 = 4096
  /// 512-byte units that the file occupies.
  public var blocks: UInt64 = 0
  /// Nanoseconds since 1970.
  public var accessed: UInt64 = 0
  public var modified: UInt64 = 0
  public var changed: UInt64 = 0
  public var created: UInt64 = 0
  public var reserved: UInt64 = 0
  public init() {}
}

/// POSIX `st_mode` values.
public enum FileMode {
  public static let typeMask: UInt32 = 0o170000
  public static let fifo: UInt32 = 0o010000
  public static let characterDevice: UInt32 = 0o020000
  public static let directory: UInt32 = 0o040000
  public static let blockDevice: UInt32 = 0o060000
  public static let regular: UInt32 = 0o100000
  public static let symbolicLink: UInt32 = 0o120000
  public static let socket: UInt32 = 0o140000
}

/// A volume's status (`FileSystemStatus`).
public struct FileSystemStatusRecord: BitwiseCopyable, Sendable {
  public var blockSize: UInt64 = 4096
  public var blocks: UInt64 = 0
  public var freeBlocks: UInt64 = 0
  public var availableBlocks: UInt64 = 0
  public var files: UInt64 = 0
  public var freeFiles: UInt64 = 0
  public var nameLimit: UInt64 = 255
  public var flags: UInt64 = 0
  public init() {}
}

/// What `SetAttributes` changes. Bits of `valid`: 1 mode, 2 user, 4 group, 8 accessed, 16 modified.
public struct FileAttributes: BitwiseCopyable, Sendable {
  public var valid: UInt32 = 0
  public var mode: UInt32 = 0
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  public var accessed: UInt64 = 0
  public var modified: UInt64 = 0
  public init() {}
}

/// The head of one directory entry; `nameBytes` of UTF-8 follow, then zeros up to 8 bytes.
public struct DirectoryEntry: BitwiseCopyable, Sendable {
  /// Where to go on after this entry.
  public var cookie: UInt64 = 0
  public var inode: UInt64 = 0
  /// Length of the whole record in bytes, a multiple of 8.
  public var recordBytes: UInt16 = 0
  public var nameBytes: UInt16 = 0
  /// The file type bits of `FileMode`, shifted right by 12.
  public var type: UInt32 = 0
  public init() {}
}

/// What `WaitChild` reports. `state`: 0 exited with `value`, 1 ended by signal `value`, 2 stopped by
/// `value`, 3 continued.
public struct WaitRecord: BitwiseCopyable, Sendable {
  public var process: UInt32 = 0
  public var state: UInt32 = 0
  public var value: UInt32 = 0
  public var reserved: UInt32 = 0
  /// Nanoseconds of CPU time of the child and what it waited for.
  public var processorTime: UInt64 = 0
  public init() {}
}

/// What a scheme server receives, at the start of its message area; data that the client sends follows
/// at byte 128.
public struct SchemeRequest: BitwiseCopyable, Sendable {
  /// Slot and generation; valid for this scheme until it is answered.
  public var tag: UInt = 0
  /// The value of a `SchemeOperation`.
  public var operation: UInt8 = 0
  public var flags: UInt8 = 0
  public var reserved: UInt16 = 0
  /// The operation code of `CallScheme`, `SendHandle`, `ReceiveHandle`; else zero.
  public var code: UInt32 = 0
  /// The server's own word for the description (what it answered to the open).
  public var word: UInt64 = 0
  /// Grows by one with each request on the description; a repeated request has the number it had.
  public var sequence: UInt64 = 0
  /// Identifies the description within the scheme.
  public var description: UInt64 = 0
  public var caller = CallerIdentity()
  /// Offset, cookie, length, or flags: see `SchemeOperation`. Where that says nothing of one of them,
  /// or of `third`, it means nothing.
  public var first: UInt64 = 0
  public var second: UInt64 = 0
  /// Bytes the client sends; the first of them (as many as fit) lie behind this record.
  public var inputCount: UInt64 = 0
  /// Bytes the client can take.
  public var outputCount: UInt64 = 0
  public var third: UInt64 = 0
  @inline(__always) public init() {}

  /// Bits of `flags`.
  public static let again: UInt8 = 1
  /// A handle came with the request; `third` is its number in the server.
  public static let hasHandle: UInt8 = 2
  public static let byteCount = 128
}

/// What a scheme can be asked. `first`, `second` mean what each case says.
public enum SchemeOperation: UInt8, BitwiseCopyable, Sendable {
  /// Input: path. first: open flags, second: mode. Answer with `opened` and a server word, or a
  /// handle.
  case open = 1
  /// The last handle of the description closed. Has no client; the answer is ignored.
  case close = 2
  /// first: offset, or `UInt64.max` on a stream, whose open flags second then is. Output: data.
  case read = 3
  /// first: as for `read`, second: open flags. Input: data.
  case write = 4
  /// Output: `FileStatus`.
  case status = 5
  case fileSystemStatus = 6
  /// Output: path without the scheme's name.
  case path = 7
  /// first: cookie. Output: `DirectoryEntry` records.
  case readDirectory = 8
  /// first: length.
  case truncate = 9
  case synchronise = 10
  /// Input: `FileAttributes`.
  case setAttributes = 11
  /// Input: path. first: flags.
  case unlink = 12
  /// Input: path, relative to this description; first: server word of the file.
  case link = 13
  /// Input: both paths, old first; first: server word of the new parent; second: bytes of the old.
  case rename = 14
  /// code, input, output: the scheme's own.
  case call = 15
  case sendHandle = 16
  case receiveHandle = 17
  /// A mapping is wanted: first: offset, second: length, code: `MapFlags`. Answer with a memory
  /// object's handle.
  case map = 18
  /// A page of a provided object is wanted: word: the object's word, first: offset, second: length.
  /// Has no client; answer with `SupplyPages` or `FailPages`, then with any result. A page that has
  /// not been supplied by then has failed.
  case supply = 19
  /// The client of request `first` was interrupted; answer that request soon, partial is fine.
  case cancel = 20
  /// The offset moved by the runtime's `Seek` from the end: asks the size. Output: none.
  case size = 21
  /// Events wanted on this description changed: first: `EventSet`. Has no client.
  case watch = 22
  /// first: start, second: length, zero to the end of all, code: `LockOperation`. The owner is the
  /// description. Output: `FileLockRecord`. Answered once the lock is to be had.
  case lock = 23
  /// first: offset, second: length, code: `AllocationFlags`.
  case allocate = 24
  /// Input: path. first: flags, of which there are `noFollow` and `directory`. Output: `FileStatus`.
  case statusAt = 25
}

/// A lock that is in the way of another (`LockFile`). 32 bytes.
public struct FileLockRecord: BitwiseCopyable, Sendable {
  /// In bytes.
  public var start: UInt64 = 0
  /// In bytes; zero for everything from `start` on.
  public var length: UInt64 = 0
  /// `shared` or `exclusive` of `LockOperation`.
  public var operation: UInt32 = 0
  /// The process that asked for it, which may be gone: others may have the description.
  public var process: UInt32 = 0
  public var reserved: UInt64 = 0
  public init() {}
}

/// One open description, as `ListDescriptions` shows it.
public struct SchemeDescriptionRecord: BitwiseCopyable, Sendable {
  public var description: UInt64 = 0
  public var word: UInt64 = 0
  public var sequence: UInt64 = 0
  public var flags: UInt64 = 0
  public init() {}
}

/// What an event queue takes (writes) and gives (`WaitEvents`). 24 bytes.
public struct EventRecord: BitwiseCopyable, Sendable {
  public var handle: UInt32 = 0
  public var events: UInt32 = 0
  /// The watcher's own word.
  public var data: UInt64 = 0
  public var reserved: UInt64 = 0
  public init() {}
}

/// `MemoryStatus`.
public struct MemoryStatusRecord: BitwiseCopyable, Sendable {
  public var length: UInt64 = 0
  public var residentPages: UInt64 = 0
  public var mappings: UInt64 = 0
  public var seals: UInt32 = 0
  public var flags: UInt32 = 0
  public init() {}
}

/// `AccountStatus`: for each resource the use, minimum and maximum.
public struct AccountStatusRecord: BitwiseCopyable, Sendable {
  public var used = InlineArray<6, UInt64>(repeating: 0)
  public var minimum = InlineArray<6, UInt64>(repeating: 0)
  public var maximum = InlineArray<6, UInt64>(repeating: 0)
  /// Nanoseconds of CPU time charged.
  public var processorTime: UInt64 = 0
  public init() {}
}

/// Where the streams of a serial port are (`CallScheme` 1 on `/scheme/debug`).
public struct ConsolePositions: BitwiseCopyable, Sendable {
  /// The first byte of input that waits.
  public var read: UInt64 = 0
  /// The first byte of output that has not been written, as writes by position count.
  public var written: UInt64 = 0
  public init() {}

  public static let operation: UInt32 = 1
}

/// An exception message, written to the process's exception handle.
public struct ExceptionRecord: BitwiseCopyable, Sendable {
  public var process: UInt32 = 0
  public var thread: UInt32 = 0
  /// `ProcessorException` numbers; 14 page fault, 64 unknown system call, 65 memory limit,
  /// 66 a page its provider could not supply.
  public var kind: UInt32 = 0
  /// For page faults: 1 write, 2 execute, 4 page was present.
  public var code: UInt32 = 0
  public var address: UInt64 = 0
  public var instruction: UInt64 = 0
  public var stack: UInt64 = 0
  public var frame: UInt64 = 0
  public init() {}
}

/// The signal words of a process or thread, in memory that the kernel and the program share.
public struct SignalControl: BitwiseCopyable, Sendable {
  /// Signals that have arrived (bit n-1 is signal n).
  public var pending: UInt64 = 0
  /// Signals that may be delivered now. The program changes it without a call.
  public var allowed: UInt64 = 0
  /// Bit 0: the thread is inside its trampoline; hold delivery back.
  public var state: UInt64 = 0
  /// Where delivery interrupted the thread; the trampoline goes back there.
  public var savedInstruction: UInt64 = 0
  public var savedStack: UInt64 = 0
  /// The signal being delivered and its value and sender.
  public var signal: UInt64 = 0
  public var value: UInt64 = 0
  public var sender: UInt64 = 0
  public init() {}
}

/// The page that the kernel shares read-only with every process (address in the start record).
public struct ClockPage: BitwiseCopyable, Sendable {
  /// `now = base + ((counter - counterBase) * multiplier) >> 32`, nanoseconds.
  public var counterBase: UInt64 = 0
  public var multiplier: UInt64 = 0
  public var base: UInt64 = 0
  public var isUsable: UInt64 = 0
  /// Nanoseconds from 1970 to the moment the monotonic clock was zero.
  public var wallClockOffset: UInt64 = 0
  /// Odd while the kernel changes the page.
  public var sequence: UInt64 = 0
  public init() {}
}
