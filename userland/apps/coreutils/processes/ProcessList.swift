// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A process as the kernel describes it.
struct ProcessRecord: Sendable {
  enum State: Sendable { case running, waiting, stopped, ended }

  var number: UInt32
  var parent: UInt32
  var group: UInt32
  var session: UInt32
  var user: UInt32
  var userGroup: UInt32
  var state: State
  var nice: Int
  var threads: UInt64
  var handles: UInt64
  /// Bytes of its own.
  var memory: UInt64
  /// Bytes of addresses that stand for something.
  var virtualMemory: UInt64
  /// Nanoseconds of processor time.
  var time: UInt64
  /// Nanoseconds on the monotonic clock.
  var start: UInt64
  /// Where its first thread's stack began.
  var stack: UInt64
  /// As the kernel has it, 31 bytes at most.
  var name: Text
  /// Where one of its threads ran last.
  var processor: UInt64 = 0

  /// As `ps` shows it: state, then what is special.
  var stateText: Text {
    Text { text in
      switch state {
      case .running: text.put("R")
      case .waiting: text.put("S")
      case .stopped: text.put("T")
      case .ended: text.put("Z")
      }
      if nice < 0 { text.put("<") } else if nice > 0 { text.put("N") }
      if session == number { text.put("s") }
      if threads > 1 { text.put("l") }
    }
  }
}

/// All processes at about one moment.
struct ProcessList: Sendable {
  private(set) var processes: [ProcessRecord] = []

  /// - Parameters:
  ///   - processes: `/scheme/sys/processes`.
  ///   - threads: `/scheme/sys/context`, from which it is known who runs.
  ///
  /// Lines that are not what they should be are left out.
  init(processes text: Text, threads: Text) {
    for line in text.lines().dropFirst() {
      if let record = Self.record(line) { processes.append(record) }
    }
    processes.sort { $0.number < $1.number }
    for line in threads.lines().dropFirst() {
      let words = line.words()
      guard words.count >= 6, let number = wholeNumber(words[0]), let index = index(of: number)
      else { continue }
      if let processor = wholeNumber(words[5]) { processes[index].processor = processor }
      if words[4] == "running" || words[4] == "ready", processes[index].state == .waiting {
        processes[index].state = .running
      }
    }
  }

  static func read(_ invocation: Invocation) throws(UtilityStop) -> ProcessList {
    ProcessList(
      processes: try invocation.systemText("processes"),
      threads: try invocation.systemText("context"))
  }

  private func index(of number: UInt64) -> Int? {
    var low = 0
    var high = processes.count
    while low < high {
      let middle = low + (high - low) / 2
      if UInt64(processes[middle].number) < number { low = middle + 1 } else { high = middle }
    }
    return low < processes.count && UInt64(processes[low].number) == number ? low : nil
  }

  private static func record(_ line: Text) -> ProcessRecord? {
    let fields = line.split(at: 0x20, limit: 16)
    guard fields.count >= 15, let number = small(fields[0]), let parent = small(fields[1]),
      let group = small(fields[2]), let session = small(fields[3]), let user = small(fields[4]),
      let userGroup = small(fields[5]), let threads = wholeNumber(fields[8]),
      let handles = wholeNumber(fields[9]), let pages = wholeNumber(fields[10]),
      let time = wholeNumber(fields[11]), let start = wholeNumber(fields[12]),
      let stack = wholeNumber(fields[13]), let mapped = wholeNumber(fields[14]),
      pages < 1 << 50, mapped < 1 << 50
    else { return nil }
    let isNegative = fields[7].hasPrefix("-")
    guard let nice = small(isNegative ? fields[7][1...] : fields[7]), nice <= 20 else {
      return nil
    }
    // What has not begun belongs to the process that makes it, or that becomes another program by it.
    if fields[6] == "embryo" { return nil }
    let state: ProcessRecord.State =
      switch fields[6] {
      case "stopped": .stopped
      case "ended": .ended
      default: .waiting
      }
    return ProcessRecord(
      number: number, parent: parent, group: group, session: session, user: user,
      userGroup: userGroup, state: state, nice: isNegative ? -Int(nice) : Int(nice),
      threads: threads, handles: handles, memory: pages * 4096,
      virtualMemory: mapped * 4096, time: time, start: start, stack: stack,
      name: fields.count > 15 ? fields[15] : Text())
  }

  private static func small(_ text: Text) -> UInt32? {
    guard let value = wholeNumber(text) else { return nil }
    return UInt32(exactly: value)
  }
}

/// The arguments of processes, read from where they lie: at the start of the first stack.
///
/// Only who has authority over a process may read its memory; of others the name is all there is.
/// A process may write there what it likes.
struct ProcessArguments {
  let system: UtilitySystem

  /// How many bytes of arguments are read, and how many arguments.
  private static var limit: (bytes: Int, count: Int) { (4096, 500) }

  /// `nil` if they cannot be read.
  func arguments(of process: ProcessRecord) -> [Text]? {
    guard process.stack != 0, process.state != .ended else { return nil }
    do throws(SystemError) { return try read(process) } catch { return nil }
  }

  /// The command with its arguments, or its name in brackets.
  func commandLine(of process: ProcessRecord) -> Text {
    if let arguments = arguments(of: process), !arguments.isEmpty {
      return arguments.joined(by: " ").withQuestionMarks
    }
    return "[" + process.name.withQuestionMarks + "]"
  }

  private func read(_ process: ProcessRecord) throws(SystemError) -> [Text]? {
    let path = Text {
      $0.put("/scheme/proc/")
      $0.put(decimal: UInt64(process.number))
      $0.put("/mem")
    }
    let memory = try system.openFile(path)
    defer { system.close(memory) }
    guard let count = words(try bytes(memory, process.stack, 8)).first, count > 0 else {
      return nil
    }
    let taken = min(Int(clamping: count), Self.limit.count)
    let addresses = words(try bytes(memory, process.stack + 8, (taken + 2) * 8))
    guard addresses.count >= taken, let first = addresses.first else { return nil }
    // The texts lie one behind the other; behind the last is the environment.
    var length = Self.limit.bytes
    if addresses.count == taken + 2, count == UInt64(taken), addresses[taken + 1] > first {
      length = min(length, Int(clamping: addresses[taken + 1] - first))
    }
    let texts = Text(try bytes(memory, first, length)).split(at: 0)
    return Array(texts.prefix(taken))
  }

  private func bytes(
    _ memory: Handle, _ address: UInt64, _ count: Int
  ) throws(SystemError) -> [UInt8] {
    try system.seek(memory, to: address)
    var result: [UInt8] = []
    while result.count < count {
      var piece = [UInt8](repeating: 0, count: count - result.count)
      let read = try system.readSome(memory, into: &piece)
      if read == 0 { break }
      result += piece[0..<read]
    }
    return result
  }

  private func words(_ bytes: [UInt8]) -> [UInt64] {
    var words: [UInt64] = []
    for start in stride(from: 0, to: bytes.count - 7, by: 8) {
      var word: UInt64 = 0
      for offset in (0..<8).reversed() { word = word << 8 | UInt64(bytes[start + offset]) }
      words.append(word)
    }
    return words
  }
}
