// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A column of `ps` and `top`.
struct ProcessColumn: Equatable {
  enum Kind: Equatable {
    case number, parent, group, session, user, userNumber, command, arguments, state, nice, time
    case start, elapsed, memory, memoryShare, processorShare, threads, processor, handles
    case virtualMemory, terminal
  }

  let kind: Kind
  var title: Text

  var alignment: Alignment {
    switch kind {
    case .user, .command, .arguments, .state, .terminal: .left
    default: .right
    }
  }

  /// By the names of POSIX, and others that are common.
  init?(_ name: Text) {
    switch name {
    case "pid": self.init(.number, "PID")
    case "ppid": self.init(.parent, "PPID")
    case "pgid", "pgrp": self.init(.group, "PGID")
    case "sid", "sess", "session": self.init(.session, "SID")
    case "user", "euser", "ruser", "uname": self.init(.user, "USER")
    case "uid", "euid": self.init(.userNumber, "UID")
    case "comm", "ucmd": self.init(.command, "COMMAND")
    case "args", "cmd", "command": self.init(.arguments, "COMMAND")
    case "stat", "state", "s": self.init(.state, "STAT")
    case "nice", "ni": self.init(.nice, "NI")
    case "time", "cputime": self.init(.time, "TIME")
    case "start", "stime", "lstart", "start_time": self.init(.start, "START")
    case "etime": self.init(.elapsed, "ELAPSED")
    case "rss", "rssize", "rsz": self.init(.memory, "RSS")
    case "vsz", "vsize", "size": self.init(.virtualMemory, "VSZ")
    case "tty", "tt", "tname": self.init(.terminal, "TTY")
    case "pmem", "%mem": self.init(.memoryShare, "%MEM")
    case "pcpu", "%cpu", "c": self.init(.processorShare, "%CPU")
    case "nlwp", "thcount", "threads": self.init(.threads, "THR")
    case "psr", "cpuid": self.init(.processor, "PSR")
    case "handles", "nfd": self.init(.handles, "FD")
    default: return nil
    }
  }

  init(_ kind: Kind, _ title: Text) {
    self.kind = kind
    self.title = title
  }
}

/// Puts what columns show into words.
struct ProcessCells {
  let system: UtilitySystem
  let names: UserNames
  /// Bytes of the machine's memory.
  let totalMemory: UInt64
  /// The names of terminals by their sessions.
  private let terminals: SortedMap<UInt32, Text>

  init(_ invocation: Invocation) throws(UtilityStop) {
    system = invocation.system
    names = UserNames(invocation.system)
    totalMemory = SystemFigures(try invocation.systemText("memory")).value("total")
    terminals = Self.terminals(invocation.system)
  }

  /// None where nobody serves terminals.
  private static func terminals(_ system: UtilitySystem) -> SortedMap<UInt32, Text> {
    var terminals = SortedMap<UInt32, Text>()
    do throws(SystemError) {
      for line in Text(try system.contents("/scheme/pty/sessions", limit: 1 << 20)).lines() {
        let words = line.words()
        guard words.count == 2, let session = wholeNumber(words[0]),
          let number = UInt32(exactly: session)
        else { continue }
        terminals[number] = words[1]
      }
    } catch { return terminals }
    return terminals
  }

  func cell(_ column: ProcessColumn, _ process: ProcessRecord) -> Text {
    switch column.kind {
    case .number: number(UInt64(process.number))
    case .parent: number(UInt64(process.parent))
    case .group: number(UInt64(process.group))
    case .session: number(UInt64(process.session))
    case .user: names.name(ofUser: process.user)
    case .userNumber: number(UInt64(process.user))
    case .command: process.name.withQuestionMarks
    case .arguments: ProcessArguments(system: system).commandLine(of: process)
    case .state: process.stateText
    case .nice: Text { $0.put(decimal: Int64(process.nice)) }
    case .time: Self.time(process.time)
    case .start: start(process)
    case .elapsed: Self.elapsed(age(process))
    case .memory: number(process.memory / 1024)
    case .virtualMemory: number(process.virtualMemory / 1024)
    case .terminal: terminal(of: process)
    case .memoryShare: Self.share(process.memory, of: totalMemory)
    case .processorShare: Self.share(process.time, of: age(process))
    case .threads: number(process.threads)
    case .processor: number(process.processor)
    case .handles: number(process.handles)
    }
  }

  /// As `ps` shows it: `?` without one, `pty/3` for numbers.
  func terminal(of process: ProcessRecord) -> Text {
    guard let name = terminals[process.session] else { return "?" }
    return !name.isEmpty && name[0].isASCIIDigit ? "pty/" + name : name
  }

  func age(_ process: ProcessRecord) -> UInt64 {
    let now = system.now
    return now > process.start ? now - process.start : 0
  }

  private func number(_ value: UInt64) -> Text { Text { $0.put(decimal: value) } }

  /// The time of day for today, the day for what is older.
  private func start(_ process: ProcessRecord) -> Text {
    let wall = system.wallClock
    let age = age(process)
    let moment = wall > age ? wall - age : 0
    let format = TimeFormat(system.zone)
    return format.text(
      age < 86_400_000_000_000 ? "%H:%M" : "%b%d", Int64(clamping: moment))
  }

  /// Minutes, seconds and hundredths; hours when there are many.
  static func time(_ nanoseconds: UInt64) -> Text {
    Text { text in
      let seconds = nanoseconds / 1_000_000_000
      if seconds >= 100 * 60 {
        text.put(decimal: seconds / 3600)
        text.put(":")
        text.put(decimal: seconds / 60 % 60, width: 2, fill: 0x30)
        text.put(":")
        text.put(decimal: seconds % 60, width: 2, fill: 0x30)
      } else {
        text.put(decimal: seconds / 60)
        text.put(":")
        text.put(decimal: seconds % 60, width: 2, fill: 0x30)
        text.put(".")
        text.put(decimal: nanoseconds / 10_000_000 % 100, width: 2, fill: 0x30)
      }
    }
  }

  /// `[[days-]hours:]minutes:seconds`
  static func elapsed(_ nanoseconds: UInt64) -> Text {
    let seconds = nanoseconds / 1_000_000_000
    return Text { text in
      if seconds >= 86_400 {
        text.put(decimal: seconds / 86_400)
        text.put("-")
      }
      if seconds >= 3600 {
        text.put(decimal: seconds / 3600 % 24, width: 2, fill: 0x30)
        text.put(":")
      }
      text.put(decimal: seconds / 60 % 60, width: 2, fill: 0x30)
      text.put(":")
      text.put(decimal: seconds % 60, width: 2, fill: 0x30)
    }
  }

  /// In parts of 65,536, to sort by.
  static func fraction(_ part: UInt64, of whole: UInt64) -> UInt64 {
    whole >> 16 == 0 ? 0 : part / (whole >> 16)
  }

  /// Per cent with one decimal.
  static func share(_ part: UInt64, of whole: UInt64) -> Text {
    // What is that large has digits to spare.
    let scale: UInt64 = max(part, whole) >> 53 > 0 ? 11 : 0
    let tenths = whole >> scale == 0 ? 0 : (part >> scale) * 1000 / (whole >> scale)
    return Text { text in
      text.put(decimal: tenths / 10)
      text.put(".")
      text.put(decimal: tenths % 10)
    }
  }
}
