// SPDX-License-Identifier: MIT
import Glibc

/// An open file descriptor, closed when this value ends. Never inherited by programs that we start
/// unless it is named for them.
public struct Descriptor: ~Copyable, Sendable {
  /// The number that the host knows it by.
  public let number: Int32

  init(adopting number: Int32) { self.number = number }

  deinit { close(number) }

  /// What `read` found.
  public enum Input: Equatable {
    case bytes([UInt8])
    case end
  }

  /// Reads what is there, at most `limit` bytes; waits while there is nothing.
  public borrowing func read(limit: Int = 65_536) throws(HostError) -> Input {
    let descriptor = number
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      var found = 0
      repeat {
        found = unsafe Glibc.read(descriptor, buffer.baseAddress, limit)
      } while found < 0 && errno == EINTR
      if found < 0 { failure = errno }
      count = max(found, 0)
    }
    // A socket whose peer died with bytes unread says so once; for us that is its end.
    if failure == ECONNRESET { return .end }
    guard failure == 0 else {
      throw .system(call: "read", reason: HostError.reason(failure))
    }
    return bytes.isEmpty ? .end : .bytes(bytes)
  }

  /// Writes all of `bytes`, waiting as long as the reader takes.
  public borrowing func write(_ bytes: some Sequence<UInt8>) throws(HostError) {
    try writeAll(Array(bytes), to: number)
  }

  /// Two descriptors, each of which reads what is written to the other.
  public static func socketPair() throws(HostError) -> Pair {
    var numbers: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &numbers) == 0 else {
      throw .system(call: "socketpair", reason: HostError.reason(errno))
    }
    return Pair(ours: moved(numbers[0]), theirs: moved(numbers[1]))
  }

  /// A pipe: what is written to `theirs` is read from `ours`. It holds a mebibyte, where the host
  /// allows that.
  public static func pipe() throws(HostError) -> Pair {
    var numbers: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&numbers) == 0 else {
      throw .system(call: "pipe", reason: HostError.reason(errno))
    }
    // The C library's headers show this request only to those who ask for GNU's extensions.
    let setPipeSize: Int32 = 1031
    _ = fcntl(numbers[1], setPipeSize, 1 << 20)
    return Pair(ours: moved(numbers[0]), theirs: moved(numbers[1]))
  }

  /// Moves a descriptor out of the low numbers, so that a program that is given descriptors as
  /// 0, 1, 2, 3 … never finds one of them overwritten by another.
  private static func moved(_ number: Int32) -> Descriptor {
    let high = fcntl(number, F_DUPFD_CLOEXEC, 64)
    guard high >= 0 else { return Descriptor(adopting: number) }
    close(number)
    return Descriptor(adopting: high)
  }

  /// The two ends of a channel: one stays here, one is given to a program.
  public struct Pair: ~Copyable {
    public let ours: Descriptor
    public let theirs: Descriptor

    /// Closes their end here: once they have closed theirs too, ours reads the end.
    public consuming func keepingOurs() -> Descriptor { ours }
  }
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(HostError) {
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
      return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
    }
    if count >= 0 {
      written += count
    } else if errno == EPIPE {
      throw .outputClosed
    } else if errno != EINTR {
      throw .system(call: "write", reason: HostError.reason(errno))
    }
  }
}

/// The standard output and error of this program.
public enum Output {
  /// Writes to standard output at once.
  public static func standard(_ bytes: [UInt8]) throws(HostError) { try writeAll(bytes, to: 1) }

  /// Writes to standard error at once.
  public static func error(_ bytes: [UInt8]) throws(HostError) { try writeAll(bytes, to: 2) }

  /// A line for the user on standard output. A reader that has gone is not our problem.
  public static func line(_ text: String) { try? writeAll(Array((text + "\n").utf8), to: 1) }

  /// A line for the user on standard error. A reader that has gone is not our problem.
  public static func note(_ text: String) { try? writeAll(Array((text + "\n").utf8), to: 2) }

  /// Whether standard error is somebody's terminal.
  public static var errorIsTerminal: Bool { isatty(2) == 1 }

  /// Shows how far something is, on a line of a terminal that the next call replaces; nothing clears it.
  public static func progress(_ text: String) {
    try? writeAll(Array("\r\u{1B}[K\(text.prefix(100))".utf8), to: 2)
  }

  /// Makes writing to a reader that has gone an error instead of the end of this program.
  public static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}
