// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The log: lines go in through one handle, whole, several at a time or in pieces, and come out of
/// another that follows the log, each once and in their order.
struct LogClient: CampaignClient, ~Copyable {
  private let writer: File
  private let reader: File
  private let name: Text
  private var random: Random
  private let seed: UInt64
  /// The last line that was written, and the last that was read.
  private var written: UInt64 = 0
  private var read: UInt64 = 0
  /// The beginning of a line whose rest was not read yet.
  private var rest: [UInt8] = []

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let writer = try succeed("opening the log") { () throws(SystemError) in
      try File("/scheme/log", .write)
    }
    let reader = try succeed("following the log") { () throws(SystemError) in
      try File("/scheme/log/follow", .read | .nonBlocking)
    }
    // What an earlier campaign wrote is not of interest.
    while try !Self.readSome(from: reader).isEmpty {}
    self.writer = writer
    self.reader = reader
    name = Text {
      $0.put("restart-")
      $0.put(decimal: UInt64(number))
    }
    self.seed = seed &+ UInt64(number) &+ 1
    random = Random(seed: self.seed)
  }

  mutating func step() throws(TestFailure) {
    var lines = Text()
    for _ in 0...random.below(4) {
      written += 1
      lines.put(line(written))
    }
    try write(lines)
    if random.oneIn(2) { try check() }
    Clock.sleep(.microseconds(random.below(300)))
  }

  private func line(_ sequence: UInt64) -> Text {
    var line = name
    line.put(": ")
    line.put(text(sequence))
    line.put("\n")
    return line
  }

  /// What stands in a line follows from its number.
  private func text(_ sequence: UInt64) -> Text {
    var letters = Random(seed: seed &* 31 &+ sequence)
    var text = Text()
    text.put(decimal: sequence)
    text.put(" ")
    for _ in 0..<letters.below(200) { text.put(UInt8(0x61 + letters.below(26))) }
    return text
  }

  private mutating func write(_ lines: Text) throws(TestFailure) {
    var done = 0
    while done < lines.count {
      let end = random.oneIn(3) ? done + 1 + random.below(lines.count - done) : lines.count
      let piece = lines[done..<end]
      try succeed("writing to the log") { () throws(SystemError) in try writer.writeAll(piece) }
      done = end
    }
  }

  /// Reads everything and compares.
  mutating func check() throws(TestFailure) {
    while true {
      let bytes = try Self.readSome(from: reader)
      if bytes.isEmpty { break }
      for byte in bytes {
        if byte != 0x0A {
          rest.append(byte)
          continue
        }
        try compare(Text(rest))
        rest = []
      }
    }
    try expect(read == written, "every line that was written")
  }

  /// What there is at the reader's own offset; nothing at the end.
  private static func readSome(from reader: borrowing File) throws(TestFailure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 20_000)
    do throws(SystemError) {
      let count = try reader.read(into: buffer.mutableSpan)
      return Array(buffer[0..<count])
    } catch {
      if error == .wouldBlock { return [] }
      throw TestFailure(reason("reading the log", error))
    }
  }

  private mutating func compare(_ line: Text) throws(TestFailure) {
    guard let start = line.firstIndex(of: " " + name + "[") else { return }
    let separator: Text = " info: "
    guard let place = line.firstIndex(of: separator, from: start) else {
      throw TestFailure("a line without a level: " + line)
    }
    read += 1
    let expected = text(read)
    guard line[(place + separator.count)...] == expected else {
      throw TestFailure("a line is lost, or comes twice: " + line)
    }
  }

  mutating func end() throws(TestFailure) { try check() }
}
