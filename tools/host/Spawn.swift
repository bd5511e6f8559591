// SPDX-License-Identifier: MIT
import Glibc

extension Command {
  /// Starts it. `descriptors` says what it finds open: its number for it, and ours.
  public func start(descriptors: [(theirs: Int32, ours: Int32)]) throws(HostError) -> Child {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    for (theirs, ours) in descriptors {
      unsafe posix_spawn_file_actions_adddup2(&actions, ours, theirs)
    }

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    // It starts as if from a shell, whatever this program has blocked or ignored for itself.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    unsafe sigaddset(&defaults, SIGPIPE)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // Our own folder is shared by all threads, so `env` is the one that changes it.
    let words = CStringList(
      (directory.map { ["env", "-C", $0] } ?? []) + [program] + arguments)
    let variables = CStringList(Environment.all(adding: environment).map { "\($0)=\($1)" })
    var identifier: pid_t = 0
    let failure = unsafe posix_spawnp(
      &identifier, directory == nil ? program : "env", &actions, &attributes, words.pointers,
      variables.pointers)
    guard failure == 0 else {
      throw .cannotStart(program: program, reason: HostError.reason(failure))
    }
    return Child(identifier: identifier)
  }

  /// Becomes this program; returns only by throwing.
  public func replace() throws(HostError) -> Never {
    for (name, value) in environment { unsafe setenv(name, value, 1) }
    if let directory, unsafe chdir(directory) != 0 {
      throw .file(path: directory, action: "enter", reason: HostError.reason(errno))
    }
    _ = signal(SIGPIPE, SIG_DFL)
    let words = CStringList([program] + arguments)
    unsafe execvp(program, words.pointers)
    throw .cannotStart(program: program, reason: HostError.reason(errno))
  }
}

/// This program itself.
public enum Program {
  /// Ends it.
  public static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}

/// The environment that this program was started with.
public enum Environment {
  /// The value of a variable, nil when it is not set.
  public static subscript(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  static func all(adding additions: [String: String]) -> [String: String] {
    var result: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let parts = unsafe String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
      unsafe entry += 1
    }
    return result.merging(additions) { $1 }
  }

  /// Where in PATH a program is, nil when nowhere.
  public static func find(_ program: String) -> String? {
    for folder in (Self["PATH"] ?? "").split(separator: ":") {
      let path = "\(folder)/\(program)"
      if unsafe access(path, X_OK) == 0 { return path }
    }
    return nil
  }

  /// The number that the host gave this program.
  public static var processIdentifier: Int32 { getpid() }
}

/// Strings in the form in which C takes lists of them, for as long as this value lives.
@safe private final class CStringList {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) {
    unsafe pointers = strings.map { unsafe strdup($0) } + [nil]
  }

  deinit {
    unsafe pointers.forEach { unsafe free($0) }
  }
}

extension Descriptor {
  static func opening(_ path: String, _ flags: Int32) throws(HostError) -> Descriptor {
    let number = unsafe open(path, flags | O_CLOEXEC)
    guard number >= 0 else {
      throw .file(path: path, action: "open", reason: HostError.reason(errno))
    }
    return Descriptor(adopting: number)
  }
}
