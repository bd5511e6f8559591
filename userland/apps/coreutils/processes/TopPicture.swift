// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// What `top` shows at one moment, in figures since the moment before.
struct TopPicture {
  enum Order {
    case processor, memory, time, number

    init?(_ name: Text) {
      switch name {
      case "cpu", "pcpu", "%cpu", "%CPU": self = .processor
      case "mem", "pmem", "rss", "%mem", "%MEM": self = .memory
      case "time", "TIME+": self = .time
      case "pid", "PID": self = .number
      default: return nil
      }
    }
  }

  /// What was known of a process and of the processors when the last picture was made.
  private struct Past {
    var moment: UInt64
    var times = SortedMap<UInt32, (start: UInt64, time: UInt64)>()
    var idle: [UInt64?] = []
  }

  private struct Row {
    var process: ProcessRecord
    /// Processor time since the picture before.
    var used: UInt64
    /// The time in which it was used.
    var span: UInt64
  }

  var order = Order.processor
  var isReversed = false
  var chosen: [UInt32] = []
  private let invocation: Invocation
  private let cells: ProcessCells
  private let showsHeader: Bool
  private var past: Past?

  /// The line of a picture that is left free, for questions and answers.
  var freeLine: Int? { showsHeader ? 4 : nil }
  /// The line with the titles of columns.
  var titleLine: Int { showsHeader ? 5 : 0 }

  init(_ invocation: Invocation, showsHeader: Bool) throws(UtilityStop) {
    self.invocation = invocation
    self.showsHeader = showsHeader
    cells = try ProcessCells(invocation)
  }

  /// Lines without line feeds, the titles among them.
  mutating func next() throws(UtilityStop) -> [Text] {
    let list = try ProcessList.read(invocation).processes
    let processors = ProcessorFigures.all(try invocation.systemText("cpu"))
    let now = invocation.system.now
    var lines: [Text] = []
    if showsHeader {
      lines.append(summary(SystemFigures(try invocation.systemText("stat"))))
      lines.append(countLine(list))
      lines.append(processorLine(processors, now))
      lines.append(try memoryLine())
      lines.append("")
    }
    lines += table(rows(list, now))
    var next = Past(moment: now)
    for process in list { next.times[process.number] = (process.start, process.time) }
    next.idle = processors.map { $0.idle }
    past = next
    return lines
  }

  private func rows(_ list: [ProcessRecord], _ now: UInt64) -> [Row] {
    var rows: [Row] = []
    for process in list {
      if !chosen.isEmpty, !chosen.contains(process.number) { continue }
      var row = Row(process: process, used: process.time, span: cells.age(process))
      // A number may have gone to another process.
      if let past, let known = past.times[process.number], known.start == process.start {
        row.used = process.time > known.time ? process.time - known.time : 0
        row.span = now > past.moment ? now - past.moment : 0
      }
      rows.append(row)
    }
    rows.sort { a, b in
      switch order {
      case .processor:
        // Shares are alike when nothing was used: then the number decides.
        let first = ProcessCells.fraction(a.used, of: a.span)
        let second = ProcessCells.fraction(b.used, of: b.span)
        return first != second ? first > second : a.process.number < b.process.number
      case .memory:
        return a.process.memory != b.process.memory
          ? a.process.memory > b.process.memory : a.process.number < b.process.number
      case .time:
        return a.process.time != b.process.time
          ? a.process.time > b.process.time : a.process.number < b.process.number
      case .number: return a.process.number < b.process.number
      }
    }
    return isReversed ? rows.reversed() : rows
  }

  private func table(_ rows: [Row]) -> [Text] {
    var table = TextTable([.right, .left, .right, .left, .right, .right, .right, .right, .left])
    table.add(["PID", "USER", "NI", "S", "%CPU", "%MEM", "RES", "TIME+", "COMMAND"])
    for row in rows {
      let process = row.process
      table.add([
        Text { $0.put(decimal: UInt64(process.number), width: 5) },
        cells.names.name(ofUser: process.user), Text { $0.put(decimal: Int64(process.nice)) },
        process.stateText[0..<1], ProcessCells.share(row.used, of: row.span),
        ProcessCells.share(process.memory, of: cells.totalMemory),
        Text { $0.put(byteSize: process.memory) }, ProcessCells.time(process.time),
        ProcessArguments(system: invocation.system).commandLine(of: process),
      ])
    }
    return table.text().lines()
  }

  private func summary(_ figures: SystemFigures) -> Text {
    let system = invocation.system
    return Text { text in
      text.put(
        TimeFormat(system.zone).text("top - %H:%M:%S up ", Int64(clamping: system.wallClock)))
      text.put(Uptime.short(system.now / 60_000_000_000))
      text.put(",  ")
      text.put(Uptime.load(figures))
    }
  }

  private func countLine(_ list: [ProcessRecord]) -> Text {
    var counts: [UInt64] = [0, 0, 0, 0]
    for process in list {
      switch process.state {
      case .running: counts[0] += 1
      case .waiting: counts[1] += 1
      case .stopped: counts[2] += 1
      case .ended: counts[3] += 1
      }
    }
    return Text { text in
      text.put("Processes: ")
      text.put(decimal: UInt64(list.count))
      text.put(" total")
      let names: [StaticString] = [" running", " sleeping", " stopped", " ended"]
      for (index, name) in names.enumerated() {
        text.put(", ")
        text.put(decimal: counts[index])
        text.put(name)
      }
    }
  }

  /// How much of the time each processor had something to do.
  private func processorLine(_ processors: [ProcessorFigures], _ now: UInt64) -> Text {
    Text { text in
      for (index, processor) in processors.enumerated() {
        if index > 0 { text.put("  ") }
        text.put("CPU")
        text.put(decimal: UInt64(processor.number))
        text.put(": ")
        guard let idle = processor.idle else {
          text.put("off")
          continue
        }
        var span = now
        var idleSpan = idle
        if let past, index < past.idle.count, let before = past.idle[index] {
          span = now > past.moment ? now - past.moment : 0
          idleSpan = idle > before ? idle - before : 0
        }
        text.put(
          ProcessCells.share(span > idleSpan ? span - idleSpan : 0, of: span), width: 5,
          alignment: .right)
        text.put("%")
      }
    }
  }

  private func memoryLine() throws(UtilityStop) -> Text {
    let figures = SystemFigures(try invocation.systemText("memory"))
    let total = figures.value("total")
    let free = figures.value("free")
    return Text { text in
      text.put("Mem: ")
      text.put(byteSize: total)
      text.put(" total, ")
      text.put(byteSize: total &- free)
      text.put(" used, ")
      text.put(byteSize: free)
      text.put(" free, ")
      text.put(byteSize: figures.value("kernel"))
      text.put(" kernel")
    }
  }
}
