// SPDX-License-Identifier: MIT
public import Base
import Core

/// The threads of `/scheme/sys/context`, put together to processes.
public struct ProcessTable: Sendable {
  public struct Row: Equatable, Sendable {
    public var process: UInt64
    public var user: UInt64
    public var state: Text
    /// Nanoseconds.
    public var time: UInt64
    public var threads: Int
    public var name: Text
  }

  public private(set) var rows: [Row] = []

  /// Reads the table as the kernel prints it: a heading, then a line a thread. Lines that are not
  /// what they should be are left out.
  @export(interface)
  public init(_ text: Text) {
    for line in text.lines().dropFirst() {
      let words = line.words()
      guard words.count >= 9, let process = Self.number(words[0]), let user = Self.number(words[2]),
        let time = Self.number(words[8])
      else { continue }
      let name = words.count > 9 ? Array(words[9...]).joined(by: " ") : Text()
      add(Row(process: process, user: user, state: words[4], time: time, threads: 1, name: name))
    }
  }

  private mutating func add(_ row: Row) {
    for index in rows.indices where rows[index].process == row.process {
      rows[index].time += row.time
      rows[index].threads += 1
      // One thread that runs makes a process that runs.
      if row.state == "running" { rows[index].state = row.state }
      return
    }
    rows.append(row)
  }

  /// The table for people, one line a process, in order of numbers.
  @export(interface)
  public func text() -> Text {
    var text: Text = "    PID  USER  THR STATE      TIME COMMAND\n"
    for row in rows.sorted(by: { $0.process < $1.process }) {
      text.put(decimal: row.process, width: 7)
      text.put(decimal: row.user, width: 6)
      text.put(decimal: UInt64(row.threads), width: 5)
      text.put(UInt8(ascii: " "))
      text.put(row.state, width: 8)
      put(time: row.time, &text)
      text.put(UInt8(ascii: " "))
      text.put(row.name)
      text.put(UInt8(ascii: "\n"))
    }
    return text
  }

  /// Minutes, seconds and hundredths.
  private func put(time: UInt64, _ text: inout Text) {
    let hundredths = time / 10_000_000
    text.put(decimal: hundredths / 6_000, width: 3)
    text.put(UInt8(ascii: ":"))
    text.put(decimal: hundredths / 100 % 60, width: 2, fill: UInt8(ascii: "0"))
    text.put(UInt8(ascii: "."))
    text.put(decimal: hundredths % 100, width: 2, fill: UInt8(ascii: "0"))
  }

  private static func number(_ word: Text) -> UInt64? {
    guard !word.isEmpty, word.count <= 19 else { return nil }
    var value: UInt64 = 0
    for byte in word.bytes {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
