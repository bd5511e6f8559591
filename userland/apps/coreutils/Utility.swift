// SPDX-License-Identifier: MIT
public import Base
import Core

/// One of the commands that this program can be called as.
public enum Utility: Sendable {
  case echo, `true`, `false`, cat, ls, ps, sleep, kill

  /// The utility that a program name (`bin/ls`, `ls`) asks for.
  @export(interface)
  public init?(called path: Text) {
    switch Path.name(of: path) {
    case "echo": self = .echo
    case "true": self = .true
    case "false": self = .false
    case "cat": self = .cat
    case "ls": self = .ls
    case "ps": self = .ps
    case "sleep": self = .sleep
    case "kill": self = .kill
    default: return nil
    }
  }

  public var name: StaticString {
    switch self {
    case .echo: "echo"
    case .true: "true"
    case .false: "false"
    case .cat: "cat"
    case .ls: "ls"
    case .ps: "ps"
    case .sleep: "sleep"
    case .kill: "kill"
    }
  }

  /// What `--help` prints.
  public var usage: StaticString {
    switch self {
    case .echo: "usage: echo [-n] [WORD…]\nPrints the words with a space between them.\n"
    case .true: "usage: true\nDoes nothing, successfully.\n"
    case .false: "usage: false\nDoes nothing, unsuccessfully.\n"
    case .cat:
      "usage: cat [FILE…]\nPrints the files one after another; - or no file is standard input.\n"
    case .ls:
      """
      usage: ls [-1adl] [FILE…]
      Lists directories, or shows files.
        -1  one name a line
        -a  also names that begin with a dot
        -d  directories themselves, not what is in them
        -l  type, permissions, links, owner, group, size, name

      """
    case .ps:
      "usage: ps [aux]\nLists all processes: number, parent, user, state, time, name.\n"
    case .sleep:
      "usage: sleep NUMBER[smhd]…\nWaits as long as the numbers together say; seconds by default.\n"
    case .kill:
      """
      usage: kill [-SIGNAL] PROCESS…
             kill -l
      Sends a signal (TERM unless named or numbered) to processes, or lists the signals.

      """
    }
  }
}

/// Why arguments make no sense.
public enum UsageError: Error, Equatable {
  case unknownOption(Text)
  case missing(StaticText)
  case invalidNumber(Text)
  case invalidDuration(Text)
  case unknownSignal(Text)

  /// What is missing, in words that need no allocation.
  public enum StaticText: Equatable, Sendable { case duration, process }

  public var message: Text {
    switch self {
    case .unknownOption(let option): "unknown option " + option.quotedForMessage
    case .missing(.duration): "how long?"
    case .missing(.process): "which process?"
    case .invalidNumber(let text): text.quotedForMessage + " is no process number"
    case .invalidDuration(let text): text.quotedForMessage + " is no length of time"
    case .unknownSignal(let text): "unknown signal " + text.quotedForMessage
    }
  }
}
