// SPDX-License-Identifier: MIT
import Glibc

/// A program to start, in bytes.
public struct UnixProgram: Sendable {
  public var path: [UInt8]
  public var words: [[UInt8]]
  /// `NAME=value` each.
  public var environment: [[UInt8]]
  /// What it finds open as 0, 1 and 2.
  public var handles: [Int32]
  /// Its process group: `nil` for ours, zero for a new one.
  public var group: Int32?

  public init(
    path: [UInt8], words: [[UInt8]], environment: [[UInt8]], handles: [Int32], group: Int32?
  ) {
    self.path = path
    self.words = words
    self.environment = environment
    self.handles = handles
    self.group = group
  }
}

extension Unix {
  public enum State: Equatable, Sendable {
    case running, stopped, continued
    case exited(Int32)
    case killed(Int32)
  }

  /// Starts the program beside us; its process's number.
  public static func start(_ program: UnixProgram) throws(UnixFailure) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    for (theirs, ours) in program.handles.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, ours, Int32(theirs))
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    for signal in [SIGPIPE, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU] {
      unsafe sigaddset(&defaults, signal)
    }
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    var flags = POSIX_SPAWN_SETSIGDEF
    if let group = program.group {
      flags |= POSIX_SPAWN_SETPGROUP
      unsafe posix_spawnattr_setpgroup(&attributes, group)
    }
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    let words = CByteStrings(program.words)
    let environment = CByteStrings(program.environment)
    var identifier: pid_t = 0
    let failure = unsafe withPath(program.path) {
      unsafe posix_spawn(
        &identifier, $0, &actions, &attributes, words.pointers, environment.pointers)
    }
    guard failure == 0 else { throw UnixFailure(number: failure) }
    return identifier
  }

  /// Becomes the program; returns only by throwing.
  public static func become(_ program: UnixProgram) throws(UnixFailure) {
    for (theirs, ours) in program.handles.enumerated() where ours != Int32(theirs) {
      guard dup2(ours, Int32(theirs)) >= 0 else { throw .last }
    }
    _ = Glibc.signal(SIGPIPE, SIG_DFL)
    let words = CByteStrings(program.words)
    let environment = CByteStrings(program.environment)
    _ = unsafe withPath(program.path) {
      unsafe execve($0, words.pointers, environment.pointers)
    }
    throw .last
  }

  /// What has become of a process that we started.
  public static func state(of process: Int32, waits: Bool) -> State {
    var status: Int32 = 0
    while true {
      let found = unsafe waitpid(process, &status, WUNTRACED | (waits ? 0 : WNOHANG | WCONTINUED))
      if found == 0 { return .running }
      if found == process { break }
      // It has been waited for before, so nothing is known of its end.
      if errno != EINTR { return .exited(0) }
    }
    if status == 0xFFFF { return .continued }
    // Low byte 0x7F: stopped. Low seven bits: the signal; the next byte: the exit code.
    if status & 0xFF == 0x7F { return .stopped }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
  }

  public static func signal(
    _ number: Int32, process: Int32, isGroup: Bool
  ) throws(UnixFailure) {
    guard kill(isGroup ? -process : process, number) == 0 else { throw .last }
  }

  /// Makes a group the one that the terminal obeys; `nil` for our own.
  public static func setForeground(_ group: Int32?) {
    if isatty(0) == 1 { _ = tcsetpgrp(0, group ?? getpgrp()) }
  }

  /// The environment that this program was started with: `NAME=value` each.
  public static var environment: [[UInt8]] {
    var result: [[UInt8]] = []
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      unsafe result.append(
        Array(
          UnsafeBufferPointer(start: text, count: strlen(text)).map {
            UInt8(bitPattern: $0)
          }))
      unsafe entry += 1
    }
    return result
  }

  /// The words that this program was started with.
  public static var words: [[UInt8]] {
    var result: [[UInt8]] = []
    for index in 0..<Int(CommandLine.argc) {
      guard let word = unsafe CommandLine.unsafeArgv[index] else { continue }
      unsafe result.append(
        Array(
          UnsafeBufferPointer(start: word, count: strlen(word)).map {
            UInt8(bitPattern: $0)
          }))
    }
    return result
  }
}

/// Byte strings in the form in which C takes lists of them, for as long as this value lives.
@safe private final class CByteStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [[UInt8]]) {
    unsafe pointers =
      strings.map { string in
        unsafe Unix.withPath(string) { unsafe strdup($0) }
      } + [nil]
  }

  deinit {
    unsafe pointers.forEach { unsafe free($0) }
  }
}
