// SPDX-License-Identifier: MIT
import Glibc

/// How a program ended.
public enum ProgramStatus: Equatable, Sendable {
  case exited(Int32)
  case signalled(Int32)

  /// As shells number it: 128 and the signal when a signal ended it.
  public var code: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    }
  }

  public var isSuccess: Bool { self == .exited(0) }
}

/// A program to run on the host, with everything it is told.
public struct Command: Sendable {
  /// A path, or a name that is looked up in PATH.
  public var program: String
  public var arguments: [String]
  /// Where it runs; here when nil.
  public var directory: String?
  /// Added to the environment that we have ourselves.
  public var environment: [String: String]

  public init(
    _ program: String, _ arguments: [String] = [], in directory: String? = nil,
    environment: [String: String] = [:]
  ) {
    self.program = program
    self.arguments = arguments
    self.directory = directory
    self.environment = environment
  }

  /// What a captured program said.
  public struct Captured: Sendable {
    public var status: ProgramStatus
    public var output: [UInt8]

    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Where standard error of a captured program goes.
  public enum Errors: Sendable {
    /// Into the same text, in the order in which it was written.
    case captured
    /// To our own standard error.
    case shown
    case dropped
  }

  /// Runs it with no input and returns what it wrote, waiting for its end.
  public func capture(errors: Errors = .captured, input: [UInt8] = []) throws(HostError) -> Captured
  {
    let output = try Descriptor.pipe()
    let nothing = try Descriptor.opening("/dev/null", O_RDWR)
    let feed = try Descriptor.socketPair()
    var given: [(Int32, Int32)] = [(0, feed.theirs.number), (1, output.theirs.number)]
    switch errors {
    case .captured: given.append((2, output.theirs.number))
    case .shown: given.append((2, 2))
    case .dropped: given.append((2, nothing.number))
    }
    let child = try start(descriptors: given)
    let reader = output.keepingOurs()
    try Self.send(input, through: feed)
    var bytes: [UInt8] = []
    while case .bytes(let more) = try reader.read() { bytes += more }
    return Captured(status: try child.wait(), output: bytes)
  }

  /// Runs it on our own terminal and waits for its end. Ctrl-C is for the program alone.
  public func attach() throws(HostError) -> ProgramStatus {
    let child = try start(descriptors: [(0, 0), (1, 1), (2, 2)])
    let interrupt = signal(SIGINT, SIG_IGN)
    let quit = signal(SIGQUIT, SIG_IGN)
    defer {
      _ = signal(SIGINT, interrupt)
      _ = signal(SIGQUIT, quit)
    }
    return try child.wait()
  }

  /// The input is small (names, addresses), so it fits the socket's buffer and cannot deadlock.
  private static func send(
    _ input: [UInt8], through feed: consuming Descriptor.Pair
  ) throws(HostError) {
    let ours = feed.keepingOurs()
    do throws(HostError) { try ours.write(input) } catch .outputClosed {}
  }
}

/// A program that runs beside us. Whoever starts one waits for it.
public final class Child {
  public let identifier: Int32
  private var ended: ProgramStatus?

  init(identifier: Int32) { self.identifier = identifier }

  /// Waits for its end. Once it is known, it is only said again.
  public func wait() throws(HostError) -> ProgramStatus {
    if let ended { return ended }
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0 {
      guard errno == EINTR else {
        throw .system(call: "waitpid", reason: HostError.reason(errno))
      }
    }
    // The layout of the status word: low seven bits the signal, the next byte the exit code.
    let signal = status & 0x7F
    let result: ProgramStatus = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    ended = result
    return result
  }

  /// Ends it at once.
  public func kill() { send(SIGKILL) }

  /// Asks it to end.
  public func terminate() { send(SIGTERM) }

  /// After its end the number may be another program's.
  private func send(_ signal: Int32) {
    if ended == nil { _ = Glibc.kill(identifier, signal) }
  }
}
