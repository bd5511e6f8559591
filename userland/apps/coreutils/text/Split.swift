// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Split: UtilityProgram {
  static var manual: Manual {
    Manual(
      "split", "cut a file into pieces",
      synopsis: ["[-d] [-a LENGTH] [-l NUMBER | -b SIZE | -C SIZE] [FILE [PREFIX]]"],
      description: """
        Writes what FILE holds into PREFIXaa, PREFIXab …, 1000 lines to each; the prefix is x unless \
        it is given. Without a file, and for a file named -, standard input is read. Sizes may end in \
        b (512), K, M, G (powers of 1024) or kB, MB, GB (powers of 1000).
        """,
      options: [
        .init("-a, --suffix-length=LENGTH", "so many letters behind the prefix; 2 without it"),
        .init("-b, --bytes=SIZE", "so many bytes to each file"),
        .init("-C, --line-bytes=SIZE", "as many whole lines as fit so many bytes"),
        .init("-d, --numeric-suffixes", "digits, from 00 on, instead of letters"),
        .init("-l, --lines=NUMBER", "so many lines to each file"),
        .init("--additional-suffix=TEXT", "this at the end of names"),
        .init("--verbose", "print the name of each file that is written"),
      ],
      examples: [.init("split -b 1M archive part.", "part.aa, part.ab … of a MiB each")],
      seeAlso: ["head", "tail", "cat"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.count <= 2 else {
      throw .usage("extra operand " + options.operands[2].quotedForMessage)
    }
    var pieces = try FilePieces(options, invocation)
    defer { pieces.close() }
    let isRead = try invocation.readPieces(options.operands.first ?? "-") {
      (piece) throws(UtilityStop) in
      try pieces.add(piece)
      return true
    }
    try pieces.finish()
    return isRead ? 0 : 1
  }
}

/// Files that are written one after the other.
private struct FilePieces {
  private enum Limit { case lines, bytes, bytesOfLines }

  private let invocation: Invocation
  private let limit: Limit
  private let amount: UInt64
  private let prefix: Text
  private let ending: Text
  private let suffixLength: Int
  private let hasDigits: Bool
  private let tellsNames: Bool
  private var file: FileOutput?
  /// Files begun so far.
  private var count: UInt64 = 0
  /// Lines or bytes that the open file still takes.
  private var left: UInt64 = 0
  /// The beginning of a line whose end has not come.
  private var line: [UInt8] = []

  init(_ options: Options, _ invocation: Invocation) throws(UtilityStop) {
    self.invocation = invocation
    prefix = options.operands.count > 1 ? options.operands[1] : "x"
    ending = options.value("--additional-suffix") ?? ""
    guard !ending.contains(UInt8(ascii: "/")) else {
      throw .usage("a suffix has no /: " + ending.quotedForMessage)
    }
    hasDigits = options.has("-d")
    tellsNames = options.has("--verbose")
    let length = try quantity(options.value("-a"), "length of suffixes") ?? 2
    guard length > 0, length <= 200 else { throw .usage("a suffix has 1 to 200 characters") }
    suffixLength = Int(length)
    let names: [StaticString] = ["-l", "-b", "-C"]
    let chosen = options.last(of: names)
    switch chosen {
    case 1: limit = .bytes
    case 2: limit = .bytesOfLines
    default: limit = .lines
    }
    let text = chosen.map { options.value(names[$0]) ?? Text() }
    amount = try quantity(text, limit == .lines ? "number of lines" : "number of bytes") ?? 1000
    guard amount > 0 else { throw .usage("each file takes something, or there is no end") }
  }

  func close() { file?.close() }

  mutating func add(_ piece: Span<UInt8>) throws(UtilityStop) {
    var start = 0
    while start < piece.count {
      switch limit {
      case .bytes:
        if left == 0 { try begin() }
        let room = min(left, UInt64(piece.count - start))
        try put(piece.extracting(start..<(start + Int(room))))
        left -= room
        start += Int(room)
      case .lines:
        if left == 0 { try begin() }
        let end = piece.firstIndex(of: 0x0A, from: start)
        try put(piece.extracting(start..<(end.map { $0 + 1 } ?? piece.count)))
        if end != nil { left -= 1 }
        start = end.map { $0 + 1 } ?? piece.count
      case .bytesOfLines:
        let end = piece.firstIndex(of: 0x0A, from: start)
        line.append(copyOf: piece.extracting(start..<(end.map { $0 + 1 } ?? piece.count)))
        if end != nil || UInt64(line.count) >= amount { try putLine() }
        start = end.map { $0 + 1 } ?? piece.count
      }
    }
  }

  /// A line that no file can hold is cut.
  private mutating func putLine() throws(UtilityStop) {
    let line = self.line
    self.line = []
    var start = 0
    while start < line.count {
      let count = UInt64(line.count - start)
      if count > left { try begin() }
      let room = Int(min(left, count))
      try put(line.span.extracting(start..<(start + room)))
      left -= UInt64(room)
      start += room
    }
  }

  mutating func finish() throws(UtilityStop) {
    try putLine()
    try end()
  }

  private mutating func put(_ bytes: Span<UInt8>) throws(UtilityStop) {
    file?.output.put(bytes)
    // What cannot be written is not to be read on for.
    if file?.output.failure != nil { try end() }
  }

  /// Ends the file that is open, and begins the next.
  private mutating func begin() throws(UtilityStop) {
    try end()
    let name = try nextName()
    if tellsNames { invocation.output.put("creating file " + name.quotedForMessage + "\n") }
    file = try FileOutput(name, invocation)
    left = amount
  }

  private mutating func end() throws(UtilityStop) {
    guard let open = file else { return }
    file = nil
    defer { open.close() }
    guard open.finish(invocation) else { throw .status(1) }
  }

  private mutating func nextName() throws(UtilityStop) -> Text {
    let base: UInt64 = hasDigits ? 10 : 26
    var number = count
    count += 1
    var suffix = [UInt8](repeating: 0, count: suffixLength)
    for index in suffix.indices.reversed() {
      suffix[index] = UInt8(ascii: hasDigits ? "0" : "a") + UInt8(number % base)
      number /= base
    }
    guard number == 0 else { throw .failed("there are no more names; see -a") }
    return prefix + Text(suffix) + ending
  }
}
