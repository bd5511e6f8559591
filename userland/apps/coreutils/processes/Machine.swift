// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

// Utilities that print a few figures of the system.

enum Free: UtilityProgram {
  static var manual: Manual {
    Manual(
      "free", "show how much memory is free", synopsis: ["[-bghkm]"],
      description: """
        Shows how much memory the machine has, how much of it is used and free, and how much of the \
        used part the kernel holds for itself. The unit is KiB. There is no swap space, and nothing \
        is kept in memory that could be given up: what is free is what can be had.
        """,
      options: [
        .init("-b, --bytes", "in bytes"), .init("-k, --kibi", "in KiB; the default"),
        .init("-m, --mebi", "in MiB"), .init("-g, --gibi", "in GiB"),
        .init("-h, --human", "in units that fit"),
      ], seeAlso: ["top", "ps"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let figures = SystemFigures(try invocation.systemText("memory"))
    let total = figures.value("total")
    let free = figures.value("free")
    let shifts: [UInt64] = [0, 10, 20, 30]
    let shift = options.last(of: ["-b", "-k", "-m", "-g"]).map { shifts[$0] } ?? 10
    func amount(_ bytes: UInt64) -> Text {
      Text {
        if options.has("-h") {
          $0.put(byteSize: bytes)
          if bytes >= 1024 { $0.put("i") } else { $0.put("B") }
        } else {
          $0.put(decimal: bytes >> shift)
        }
      }
    }
    let cells = [total, total &- free, free, figures.value("kernel"), free]
    let titles: [Text] = ["total", "used", "free", "kernel", "available"]
    invocation.output.put("     ")
    for title in titles { invocation.output.put(title, width: 12, alignment: .right) }
    invocation.output.put("\nMem: ")
    for cell in cells { invocation.output.put(amount(cell), width: 12, alignment: .right) }
    invocation.output.put("\n")
    return 0
  }
}

enum Uname: UtilityProgram {
  static var manual: Manual {
    Manual(
      "uname", "print the system's name", synopsis: ["[-amnorsv]"],
      description: "Prints the name of the system, and what else is asked for.",
      options: [
        .init("-a, --all", "everything, in the order snrvmo"),
        .init("-s, --kernel-name", "the kernel's name; the default"),
        .init("-n, --nodename", "the machine's name, from /etc/hostname"),
        .init("-r, --kernel-release", "the kernel's version"),
        .init("-v, --kernel-version", "how it was built"),
        .init("-m, --machine", "the kind of processor"),
        .init("-o, --operating-system", "the system's name"),
      ])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("uname takes no operands") }
    let lines = try invocation.systemText("uname").lines()
    func line(_ index: Int) -> Text { index < lines.count ? lines[index] : "unknown" }
    let all = options.has("-a")
    var words: [Text] = []
    if all || options.has("-s") || options.found.isEmpty { words.append(line(0)) }
    if all || options.has("-n") { words.append(hostName(invocation.system)) }
    if all || options.has("-r") { words.append(line(1)) }
    if all || options.has("-v") { words.append(lines.count > 3 ? lines[3] : "#1 SMP") }
    if all || options.has("-m") { words.append(line(2)) }
    if all || options.has("-o") { words.append(line(0)) }
    invocation.output.put(words.joined(by: " ") + "\n")
    return 0
  }

  private static func hostName(_ system: UtilitySystem) -> Text {
    do throws(SystemError) {
      let text = Text(try system.contents("/etc/hostname", limit: 4096)).trimmed()
      return text.isEmpty ? "apus" : text.withQuestionMarks
    } catch { return "apus" }
  }
}

enum Uptime: UtilityProgram {
  static var manual: Manual {
    Manual(
      "uptime", "say how long the system has been running", synopsis: ["[-ps]"],
      description: """
        Prints the time, how long the system has been running, how many processes there are, and \
        the load: how many threads ran or waited for a processor, on average over the last minute, 5 \
        and 15 minutes.
        """,
      options: [
        .init("-p, --pretty", "only how long, in words"),
        .init("-s, --since", "only when it was started"),
      ], seeAlso: ["top"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let now = invocation.system.now
    let wall = invocation.system.wallClock
    let format = TimeFormat(invocation.system.zone)
    if options.has("-s") {
      invocation.output.put(
        format.text("%Y-%m-%d %H:%M:%S\n", Int64(clamping: wall > now ? wall - now : 0)))
      return 0
    }
    if options.has("-p") {
      invocation.output.put("up " + inWords(now / 60_000_000_000) + "\n")
      return 0
    }
    let figures = SystemFigures(try invocation.systemText("stat"))
    let processes = figures.value("processes")
    invocation.output.put(format.text(" %H:%M:%S up ", Int64(clamping: wall)))
    invocation.output.put(short(now / 60_000_000_000))
    invocation.output.put(",  ")
    invocation.output.put(decimal: processes)
    invocation.output.put(processes == 1 ? " process,  " : " processes,  ")
    invocation.output.put(load(figures) + "\n")
    return 0
  }

  /// `load average: 0.25, 0.10, 0.02`
  static func load(_ figures: SystemFigures) -> Text {
    Text { text in
      text.put("load average: ")
      let names: [Text] = ["load_1", "load_5", "load_15"]
      for (index, name) in names.enumerated() {
        if index > 0 { text.put(", ") }
        let hundredths = figures.value(name)
        text.put(decimal: hundredths / 100)
        text.put(".")
        text.put(decimal: hundredths % 100, width: 2, fill: 0x30)
      }
    }
  }

  /// `3 min`, `2:05`, `4 days, 2:05`
  static func short(_ minutes: UInt64) -> Text {
    Text { text in
      let days = minutes / 1440
      if days > 0 {
        text.put(decimal: days)
        text.put(days == 1 ? " day, " : " days, ")
      }
      if minutes % 1440 < 60 {
        text.put(decimal: minutes % 60)
        text.put(" min")
      } else {
        text.put(decimal: minutes / 60 % 24)
        text.put(":")
        text.put(decimal: minutes % 60, width: 2, fill: 0x30)
      }
    }
  }

  private static func inWords(_ minutes: UInt64) -> Text {
    var words: [Text] = []
    let parts: [(UInt64, StaticString)] = [
      (minutes / 1440, " day"), (minutes / 60 % 24, " hour"), (minutes % 60, " minute"),
    ]
    for (count, name) in parts where count > 0 {
      words.append(
        Text {
          $0.put(decimal: count)
          $0.put(name)
          if count > 1 { $0.put("s") }
        })
    }
    return words.isEmpty ? "less than a minute" : words.joined(by: ", ")
  }
}

enum Nproc: UtilityProgram {
  static var manual: Manual {
    Manual(
      "nproc", "print how many processors there are", synopsis: ["[--all] [--ignore=COUNT]"],
      description: "Prints how many processors run.",
      options: [
        .init("--all", "those that do not run, too"),
        .init("--ignore=COUNT", "so many fewer, but at least one"),
      ])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("nproc takes no operands") }
    var ignored: UInt64 = 0
    if let text = options.value("--ignore") {
      guard let count = try? UInt64(decimal: text.span) else {
        throw .usage("invalid number " + text.quotedForMessage)
      }
      ignored = count
    }
    let processors = ProcessorFigures.all(try invocation.systemText("cpu"))
    let count = UInt64(
      options.has("--all") ? processors.count : processors.count { $0.idle != nil })
    invocation.output.put(decimal: count > ignored ? count - ignored : 1)
    invocation.output.put("\n")
    return 0
  }
}

enum Clear: UtilityProgram {
  static var manual: Manual {
    Manual(
      "clear", "clear the terminal", synopsis: [""],
      description: "Clears the terminal and what can be scrolled back to, and goes to its top left."
    )
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    guard try invocation.options().operands.isEmpty else {
      throw .usage("clear takes no operands")
    }
    invocation.output.put("\u{1B}[H\u{1B}[2J\u{1B}[3J")
    return 0
  }
}
