// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Ps: UtilityProgram {
  static var manual: Manual {
    Manual(
      "ps", "list processes",
      synopsis: ["[-AdefHlw] [-p LIST] [-u LIST] [-o COLUMNS] [--sort=COLUMN]", "[auxw]"],
      description: """
        Lists processes with figures of the kernel: without options those of the same session. ps aux \
        and ps -ef show all of them with their arguments, which only root sees of other users' \
        processes; a name in brackets stands for arguments that cannot be read.

        %CPU is processor time by time since the start, in per cent of one processor. RSS is memory \
        of the process's own in KiB, VSZ all that its addresses stand for. TTY is the terminal of its \
        session: console, or pty/N.

        In STAT, R runs or waits for a processor, S waits, T is stopped, Z has ended and nobody has \
        asked for its status; < and N are better and worse than usual by nice, s leads a session, l \
        has several threads.

        Columns are pid ppid pgid sid user uid comm args stat nice time start etime rss vsz pmem \
        pcpu tty nlwp psr handles.
        """,
      options: [
        .init("-A, --all", "all processes"), .init("-e", "the same as -A"),
        .init("-d", "all but leaders of sessions"),
        .init("-f", "owner, parent, start and arguments"),
        .init("-H", "no line of titles"),
        .init("-l", "also state, group, niceness and memory"),
        .init("-p, --pid=LIST", "these processes, apart by commas"),
        .init("-u, --user=LIST", "processes of these users"),
        .init("-o, --format=COLUMNS", "these columns, apart by commas; pid=TITLE gives a title"),
        .init("-w", "whole lines: without it a terminal gets as much of them as it has room for"),
        .init("--sort=COLUMN", "in this order; -COLUMN is the opposite"),
      ],
      examples: [
        .init("ps aux", "all processes, with figures"),
        .init("ps -e -o pid,args --sort=-rss", "all processes, the largest first"),
      ], seeAlso: ["top", "kill", "pgrep"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var arguments = invocation.arguments
    // As in BSD: letters without a dash, or the same with one.
    var letters = Text()
    if let first = arguments.first {
      let bare = first.hasPrefix("-") ? first[1...] : first
      let isBSD = first == "-aux" || !first.hasPrefix("-")
      if isBSD, !bare.isEmpty, bare.bytes.allSatisfy({ "aflruwx".utf8.contains($0) }) {
        letters = bare
        arguments.removeFirst()
      }
    }
    let options = try invocation.options(of: arguments)
    for operand in options.operands {
      guard operand.bytes.allSatisfy({ "aflruwx".utf8.contains($0) }) else {
        throw .usage("cannot make sense of " + operand.quotedForMessage)
      }
      letters += operand
    }
    let columns = try Self.columns(options, letters)
    let cells = try ProcessCells(invocation)
    let all = try ProcessList.read(invocation).processes
    var chosen = try choose(all, options, letters, invocation, cells.names)
    if let order = options.value("--sort") { try sort(&chosen, order, cells) }
    var table = TextTable(columns.map { $0.alignment })
    if columns.contains(where: { !$0.title.isEmpty }), !options.has("-H") {
      // Titles of their own may be empty one by one.
      table.add(columns.map { $0.title })
    }
    for process in chosen { table.add(columns.map { cells.cell($0, process) }) }
    put(table.text(), isWhole: options.has("-w") || letters.contains(UInt8(ascii: "w")), invocation)
    return chosen.isEmpty ? 1 : 0
  }

  /// Prints lines; on a terminal the part of each that it has room for.
  private static func put(_ text: Text, isWhole: Bool, _ invocation: Invocation) {
    guard !isWhole, invocation.system.isTerminal(.standardOutput) else {
      return invocation.output.put(text)
    }
    let columns = invocation.system.lineWidth(normal: 80)
    for line in text.lines() { invocation.output.put(line.prefix(columns: columns) + "\n") }
  }

  private static func columns(
    _ options: Options, _ letters: Text
  ) throws(UtilityStop) -> [ProcessColumn] {
    let lists = options.values("-o")
    if !lists.isEmpty { return try named(lists) }
    var names: Text = "pid,tty,stat,time,comm"
    if letters.contains(UInt8(ascii: "u")) {
      names = "user,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,args"
    } else if options.has("-l") || letters.contains(UInt8(ascii: "l")) {
      names = "stat,uid,pid,ppid,pgid,pcpu,nice,rss,nlwp,tty,start,time,args"
    } else if options.has("-f") || letters.contains(UInt8(ascii: "f")) {
      names = "user,pid,ppid,pcpu,start,tty,time,args"
    } else if !letters.isEmpty {
      names = "pid,tty,stat,time,args"
    }
    return try named([names])
  }

  private static func named(_ lists: [Text]) throws(UtilityStop) -> [ProcessColumn] {
    var columns: [ProcessColumn] = []
    for list in lists {
      for part in list.split(at: UInt8(ascii: ",")) {
        let pieces = part.trimmed().split(at: UInt8(ascii: "="), limit: 2)
        guard var column = ProcessColumn(pieces[0]) else {
          throw .usage("there is no column " + pieces[0].quotedForMessage)
        }
        if pieces.count > 1 { column.title = pieces[1] }
        columns.append(column)
      }
    }
    return columns
  }

  private static func choose(
    _ all: [ProcessRecord], _ options: Options, _ letters: Text, _ invocation: Invocation,
    _ names: UserNames
  ) throws(UtilityStop) -> [ProcessRecord] {
    let numbers = try list(options.values("-p")) { (word) throws(UtilityStop) in
      guard let number = wholeNumber(word), let process = UInt32(exactly: number) else {
        throw .usage(word.quotedForMessage + " is no process number")
      }
      return process
    }
    let users = try list(options.values("-u")) { (word) throws(UtilityStop) in
      guard let user = names.user(word) else {
        throw .usage("there is no user " + word.quotedForMessage)
      }
      return user
    }
    if !numbers.isEmpty || !users.isEmpty {
      return all.filter { numbers.contains($0.number) || users.contains($0.user) }
    }
    if options.has("-A") || options.has("-e") || letters.contains(UInt8(ascii: "x")) { return all }
    if options.has("-d") || letters.contains(UInt8(ascii: "a")) {
      return all.filter { $0.session != $0.number }
    }
    let own = invocation.system.processNumber
    let session = all.first { $0.number == own }?.session ?? 0
    return all.filter { $0.session == session && $0.user == invocation.system.user }
  }

  private static func list(
    _ values: [Text], _ read: (Text) throws(UtilityStop) -> UInt32
  ) throws(UtilityStop) -> [UInt32] {
    var result: [UInt32] = []
    for value in values {
      for word in value.replacing(",", with: " ").words() { result.append(try read(word)) }
    }
    return result
  }

  private static func sort(
    _ processes: inout [ProcessRecord], _ order: Text, _ cells: ProcessCells
  ) throws(UtilityStop) {
    let isReversed = order.hasPrefix("-")
    let name = isReversed || order.hasPrefix("+") ? order[1...] : order
    guard let column = ProcessColumn(name) else {
      throw .usage("there is no column " + name.quotedForMessage)
    }
    processes.sort { a, b in
      let (first, second) = isReversed ? (b, a) : (a, b)
      switch column.kind {
      case .parent: return first.parent < second.parent
      case .group: return first.group < second.group
      case .session: return first.session < second.session
      case .user, .userNumber: return first.user < second.user
      case .command, .arguments: return first.name < second.name
      case .nice: return first.nice < second.nice
      case .time: return first.time < second.time
      case .start: return first.start < second.start
      case .elapsed: return first.start > second.start
      case .memory, .memoryShare: return first.memory < second.memory
      case .virtualMemory: return first.virtualMemory < second.virtualMemory
      case .terminal: return cells.terminal(of: first) < cells.terminal(of: second)
      case .processorShare:
        return ProcessCells.fraction(first.time, of: cells.age(first))
          < ProcessCells.fraction(second.time, of: cells.age(second))
      case .threads: return first.threads < second.threads
      case .handles: return first.handles < second.handles
      case .processor: return first.processor < second.processor
      case .state, .number: return first.number < second.number
      }
    }
  }
}
