// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Tail: UtilityProgram {
  static var manual: Manual {
    Manual(
      "tail", "print the end of files",
      synopsis: ["[-NUM] [-fFqvz] [-c NUMBER] [-n NUMBER] [-s SECONDS] [FILE…]"],
      description: """
        Prints the last 10 lines of each file, under its name if there are several. Without a \
        file, and for a file named -, standard input is read. Numbers may end in b (512), K, M, G \
        (powers of 1024) or kB, MB, GB (powers of 1000).
        """,
      options: [
        .init("-NUM", "as many lines"),
        .init("-c, --bytes=NUMBER", "as many bytes; with + before it, from that byte on"),
        .init("-f, --follow", "go on printing what is added to the files"),
        .init("-F", "the same, and look for a file again that is missing or was replaced"),
        .init("-n, --lines=NUMBER", "as many lines; with + before it, from that line on"),
        .init("-q, --quiet, --silent", "never print names"),
        .init("-s, --sleep-interval=SECONDS", "with -f and -F, how long to wait; 1 by default"),
        .init("-v, --verbose", "always print names"),
        .init("-z, --zero-terminated", "lines end in a zero byte"),
      ],
      seeAlso: ["head", "cat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let amount = try Amount(options)
    let isPersistent = options.has("-F")
    let follows = isPersistent || options.has("-f")
    var interval: UInt64 = 1_000_000_000
    if let text = options.value("-s") {
      guard let time = SleepTime.parse(text) else {
        throw .usage("invalid number of seconds: " + text.quotedForMessage)
      }
      interval = max(1, time)
    }
    let operands = options.operands.isEmpty ? ["-"] : options.operands
    var headings = Headings(operands, options)
    var followed: [FollowedFile] = []
    defer { for file in followed { file.close(invocation.system) } }
    for operand in operands {
      guard let file = FollowedFile(operand, invocation, isPersistent: isPersistent) else {
        continue
      }
      guard !file.isMissing else {
        followed.append(file)
        continue
      }
      headings.put(operand, invocation)
      var part = EndOfText(amount, options.terminator)
      do throws(SystemError) {
        try file.skip(amount, options.terminator, invocation.system)
        try file.printEnd(&part, invocation)
      } catch {
        invocation.complain(operand, error)
      }
      try invocation.checkOutput()
      if follows, file.canGrow { followed.append(file) } else { file.close(invocation.system) }
    }
    while !followed.isEmpty {
      for file in followed {
        try file.printMore(&headings, invocation, isAlone: followed.count == 1)
      }
      invocation.output.send()
      try invocation.checkOutput()
      let (moment, overflow) = invocation.system.now.addingReportingOverflow(interval)
      do throws(SystemError) {
        try invocation.system.sleep(until: overflow ? UInt64.max : moment)
      } catch {
        guard error == .interrupted else { throw .failed(Text(error.explanation)) }
      }
    }
    return 0
  }

  struct Amount {
    var number: UInt64 = 10
    var isBytes = false
    var isFromStart = false

    init(_ options: Options) throws(UtilityStop) {
      guard let last = options.last(of: ["-c", "-n", "-NUM"]) else { return }
      isBytes = last == 0
      let name: StaticString = last == 0 ? "-c" : last == 1 ? "-n" : "-NUM"
      var text = options.value(name) ?? Text()
      if text.hasPrefix("+") {
        isFromStart = true
        text = text[1...]
      } else if text.hasPrefix("-") {
        text = text[1...]
      }
      number = try quantity(text, isBytes ? "number of bytes" : "number of lines")
    }
  }
}

/// Keeps the last lines or bytes of what comes in pieces; or passes on all from one on.
struct EndOfText {
  private let amount: Tail.Amount
  private let terminator: UInt8
  private var held: [UInt8] = []
  private var start = 0
  /// Lines from `start` on that have ended.
  private var lines: UInt64 = 0
  /// Lines or bytes that are still to be left out.
  private var left: UInt64

  init(_ amount: Tail.Amount, _ terminator: UInt8) {
    self.amount = amount
    self.terminator = terminator
    left = amount.number > 0 ? amount.number - 1 : 0
  }

  mutating func add(_ piece: Span<UInt8>, _ output: inout UtilityOutput) {
    guard !amount.isFromStart else {
      output.put(piece.extracting(leftOut(of: piece)..<piece.count))
      return
    }
    held.append(copyOf: piece)
    if amount.isBytes {
      let excess = UInt64(held.count - start)
      if excess > amount.number { start += Int(excess - amount.number) }
    } else {
      lines += UInt64(piece.count(of: terminator))
      let isOpen = held.count > start && held[held.count - 1] != terminator
      var count = lines + (isOpen ? 1 : 0)
      while count > amount.number, start < held.count {
        let end = held.span.firstIndex(of: terminator, from: start)
        if end != nil { lines -= 1 }
        start = end.map { $0 + 1 } ?? held.count
        count -= 1
      }
    }
    if start > held.count / 2, start > 1 << 16 {
      held.removeFirst(start)
      start = 0
    }
  }

  private mutating func leftOut(of piece: Span<UInt8>) -> Int {
    if amount.isBytes {
      let count = min(left, UInt64(piece.count))
      left -= count
      return Int(count)
    }
    var end = 0
    while left > 0, end < piece.count {
      guard let found = piece.firstIndex(of: terminator, from: end) else { return piece.count }
      end = found + 1
      left -= 1
    }
    return end
  }

  mutating func finish(_ output: inout UtilityOutput) {
    output.put(held.span.extracting(start..<held.count))
    held = []
    start = 0
  }
}
