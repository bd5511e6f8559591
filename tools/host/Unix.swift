// SPDX-License-Identifier: MIT
import Glibc
import Synchronization

/// What went wrong, by the host's own number.
public struct UnixFailure: Error, Equatable {
  public let number: Int32

  public var reason: [UInt8] { Array(HostError.reason(number).utf8) }
  public var isNotFound: Bool { number == ENOENT || number == ENOTDIR }
  public var isNotPermitted: Bool { number == EACCES || number == EPERM }
  public var isBrokenPipe: Bool { number == EPIPE }

  static var last: UnixFailure { UnixFailure(number: errno) }
}

/// The host as a shell needs it: numbers of open files and paths of any bytes.
public enum Unix {
  public enum Use: Sendable { case reading, writing, appending }

  public static func open(_ path: [UInt8], _ use: Use) throws(UnixFailure) -> Int32 {
    let flags =
      switch use {
      case .reading: O_RDONLY
      case .writing: O_WRONLY | O_CREAT | O_TRUNC
      case .appending: O_WRONLY | O_CREAT | O_APPEND
      }
    let number = unsafe withPath(path) { unsafe Glibc.open($0, flags | O_CLOEXEC, 0o666) }
    guard number >= 0 else { throw .last }
    return moved(number)
  }

  public static func pipe() throws(UnixFailure) -> (reading: Int32, writing: Int32) {
    var numbers: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&numbers) == 0 else { throw .last }
    return (moved(numbers[0]), moved(numbers[1]))
  }

  /// Out of the numbers that programs find open, and closed in programs.
  private static func moved(_ number: Int32) -> Int32 {
    let high = fcntl(number, F_DUPFD_CLOEXEC, 10)
    guard high >= 0 else { return number }
    Glibc.close(number)
    return high
  }

  public static func close(_ number: Int32) { Glibc.close(number) }

  /// Empty at the end.
  public static func read(_ number: Int32, limit: Int) throws(UnixFailure) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      var found = 0
      repeat {
        found = unsafe Glibc.read(number, buffer.baseAddress, limit)
      } while found < 0 && errno == EINTR
      if found < 0 { failure = errno }
      count = max(found, 0)
    }
    guard failure == 0 else { throw UnixFailure(number: failure) }
    return bytes
  }

  /// Writes the first bytes, and says how many.
  public static func write(
    _ number: Int32, _ bytes: ArraySlice<UInt8>
  ) throws(UnixFailure) -> Int {
    var count = 0
    repeat {
      count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw .last }
    return count
  }

  /// What `stat` says.
  public struct Facts: Sendable {
    public var mode: UInt32
    public var size: Int
    public var modified: Int
    public var device: UInt64
    public var number: UInt64

    /// The file's kind, as in the mode's upper bits.
    public enum Kind: Sendable { case file, directory, pipe, socket, block, character }

    public var kind: Kind {
      switch mode & UInt32(S_IFMT) {
      case UInt32(S_IFDIR): .directory
      case UInt32(S_IFIFO): .pipe
      case UInt32(S_IFSOCK): .socket
      case UInt32(S_IFBLK): .block
      case UInt32(S_IFCHR): .character
      default: .file
      }
    }
  }

  public static func facts(_ path: [UInt8]) -> Facts? {
    var found = stat()
    guard unsafe withPath(path, { unsafe stat($0, &found) }) == 0 else { return nil }
    return Facts(
      mode: found.st_mode, size: Int(found.st_size),
      modified: found.st_mtim.tv_sec * 1_000_000_000 + found.st_mtim.tv_nsec,
      device: UInt64(found.st_dev), number: UInt64(found.st_ino))
  }

  public static func isLink(_ path: [UInt8]) -> Bool {
    var found = stat()
    guard unsafe withPath(path, { unsafe lstat($0, &found) }) == 0 else { return false }
    return found.st_mode & S_IFMT == S_IFLNK
  }

  public enum Access: Sendable { case read, write, execute }

  public static func access(_ path: [UInt8], _ access: Access) -> Bool {
    let mode =
      switch access {
      case .read: R_OK
      case .write: W_OK
      case .execute: X_OK
      }
    return unsafe withPath(path) { unsafe Glibc.access($0, mode) } == 0
  }

  /// The names in a directory, without `.` and `..`; `nil` if it cannot be listed.
  public static func names(in path: [UInt8]) -> [[UInt8]]? {
    guard let stream = unsafe withPath(path, { unsafe opendir($0) }) else { return nil }
    defer { unsafe _ = closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { field in
        unsafe Array(field.prefix { $0 != 0 })
      }
      if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
    }
    return names
  }

  public static var workingDirectory: [UInt8] {
    guard let path = unsafe getcwd(nil, 0) else { return [0x2F] }
    defer { unsafe free(path) }
    return unsafe Array(
      UnsafeBufferPointer(start: path, count: strlen(path)).map {
        UInt8(bitPattern: $0)
      })
  }

  public static func makeDirectory(_ path: [UInt8]) throws(UnixFailure) {
    guard unsafe withPath(path, { unsafe mkdir($0, 0o777) }) == 0 else { throw .last }
  }

  public static func rename(_ path: [UInt8], to new: [UInt8]) throws(UnixFailure) {
    let result = unsafe withPath(path) { old in
      unsafe withPath(new) { unsafe Glibc.rename(old, $0) }
    }
    guard result == 0 else { throw .last }
  }

  /// Seconds since 1970.
  public static var now: Int { time(nil) }

  public static func changeDirectory(_ path: [UInt8]) throws(UnixFailure) {
    guard unsafe withPath(path, { unsafe chdir($0) }) == 0 else { throw .last }
  }

  /// A user's home directory; the present one's if the name is empty.
  public static func home(of user: [UInt8]) -> [UInt8]? {
    let entry = unsafe user.isEmpty ? getpwuid(getuid()) : withPath(user) { unsafe getpwnam($0) }
    guard let entry = unsafe entry, let path = unsafe entry.pointee.pw_dir else { return nil }
    return unsafe Array(String(cString: path).utf8)
  }

  public static func isTerminal(_ number: Int32) -> Bool { isatty(number) == 1 }
  public static var userIdentifier: UInt32 { getuid() }

  /// Runs `body` with the path in C's form. What a zero byte cuts off is not found.
  static func withPath<Result>(
    _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    let terminated = path.map { CChar(bitPattern: $0) } + [0]
    return unsafe terminated.withUnsafeBufferPointer { buffer in
      // SAFETY: the buffer has at least the terminating zero, so it has an address.
      unsafe body(buffer.baseAddress.unsafelyUnwrapped)
    }
  }
}

/// Whether the user has pressed Ctrl-C, for a program that goes on then.
public enum Interrupt {
  private static let isRaised = Atomic<Bool>(false)

  /// From now on Ctrl-C ends what runs and not this program; nor does the terminal stop it.
  public static func watch() {
    _ = signal(SIGINT) { _ in Interrupt.isRaised.store(true, ordering: .relaxed) }
    _ = signal(SIGTSTP, SIG_IGN)
    _ = signal(SIGTTOU, SIG_IGN)
    _ = signal(SIGTTIN, SIG_IGN)
    _ = signal(SIGQUIT, SIG_IGN)
  }

  /// Whether it was pressed since this was asked last.
  public static func take() -> Bool {
    isRaised.load(ordering: .relaxed) && isRaised.exchange(false, ordering: .relaxed)
  }
}
