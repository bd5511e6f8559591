// SPDX-License-Identifier: MIT
public import Base

/// What the shell is asked to run. Of its language nothing is known here.
public enum ShellTask: Equatable, Sendable {
  case line(Text)
  /// A script, by its path.
  case script(Text)

  /// The shell's name and arguments.
  @export(interface)
  public var words: [Text] {
    switch self {
    case .line(let line): ["ion", "-c", line]
    case .script(let path): ["ion", path]
    }
  }
}

/// Where programs are looked for.
public enum ProgramSearch {
  /// What PATH is where nothing else is said.
  public static var defaultPath: Text { "/bin:/usr/bin" }

  /// The paths to try for `program`, in order. A name with a slash is a path already. A directory that
  /// is not on any file system yet is looked for in the initial files.
  @export(interface)
  public static func candidates(for program: Text, path: Text) -> [Text] {
    if program.contains(0x2F) || program.contains(0x3A) { return [program] }
    var candidates: [Text] = []
    for directory in path.split(at: 0x3A) where !directory.isEmpty {
      add(Path.join(directory, program), to: &candidates)
    }
    add("/scheme/initfs/bin/" + program, to: &candidates)
    return candidates
  }

  private static func add(_ candidate: Text, to candidates: inout [Text]) {
    if !candidates.contains(where: { $0 == candidate }) { candidates.append(candidate) }
  }
}

/// What root finds in the environment after a login, for commands that come without one.
public enum LoginEnvironment {
  /// `variables` (`NAME=value` each) and those of root's that are missing.
  @export(interface)
  public static func completed(_ variables: [Text]) -> [Text] {
    var all = variables
    let defaults: [(name: Text, value: Text)] = [
      ("HOME", "/root"), ("USER", "root"), ("SHELL", "/bin/ion"),
      ("PATH", ProgramSearch.defaultPath),
    ]
    for (name, value) in defaults {
      let start = name + "="
      if !variables.contains(where: { $0.hasPrefix(start) }) { all.append(start + value) }
    }
    return all
  }
}

/// How the end of a program is told, as shells do.
public enum StatusCode {
  public static var notFound: UInt32 { 127 }
  public static var notExecutable: UInt32 { 126 }

  /// - Parameters: as in the system's wait record.
  @export(interface)
  public static func of(state: UInt32, value: UInt32) -> UInt32 {
    state == 1 ? 128 + (value & 127) : value & 255
  }
}
