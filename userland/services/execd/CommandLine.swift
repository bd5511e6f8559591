// SPDX-License-Identifier: MIT
public import Base

/// One command of a line or script: a program's name and its arguments, apart at spaces. There is no
/// quoting; that is a shell's affair.
public struct Command: Equatable, Sendable {
  /// Never empty.
  public let words: [Text]

  public var program: Text { words[0] }

  /// - Returns: `nil` for an empty line and for a comment.
  @export(interface)
  public init?(line: Text) {
    let words = line.words()
    guard let first = words.first, !first.hasPrefix("#") else { return nil }
    self.words = words
  }

  /// The commands of a script, in order. A first line with `#!` is a comment as well.
  @export(interface)
  public static func script(_ bytes: Text) -> [Command] {
    var commands: [Command] = []
    for line in bytes.lines() {
      if let command = Command(line: line) { commands.append(command) }
    }
    return commands
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
