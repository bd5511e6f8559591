// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What the kernel has given out, to everybody.
struct Figures: Equatable {
  private static let memory: [StaticString] = [
    "free", "accounts", "spaces", "regions", "objects", "descriptions", "requests", "pipes",
    "queues", "watches",
  ]
  private static let statistics: [StaticString] = ["processes", "threads"]

  private var values: [UInt64] = []

  /// Pages that the kernel made its own, for its pools, count as free: they are used again.
  init() throws(TestFailure) {
    let memory = Text(
      try succeed("reading /scheme/sys/memory") { () throws(SystemError) in
        try FileSystem.read("/scheme/sys/memory")
      })
    let statistics = Text(
      try succeed("reading /scheme/sys/stat") { () throws(SystemError) in
        try FileSystem.read("/scheme/sys/stat")
      })
    for name in Self.memory { values.append(Self.value(name, in: memory)) }
    values[0] += Self.value("kernel", in: memory)
    for name in Self.statistics { values.append(Self.value(name, in: statistics)) }
  }

  /// The figures once they stay the same for a while: closed files are told to their servers.
  static func settled() throws(TestFailure) -> Figures {
    var latest = try Figures()
    for _ in 0..<100 {
      Clock.sleep(.milliseconds(50))
      let now = try Figures()
      if now == latest { return now }
      latest = now
    }
    throw TestFailure("the kernel's figures do not settle" as StaticString)
  }

  static func value(_ name: StaticString, in text: Text) -> UInt64 {
    for line in text.lines() {
      let words = line.words()
      guard words.count == 2, words[0] == Text(name) else { continue }
      let digits = words[1]
      do throws(NumberError) { return try UInt64(decimal: digits.span) } catch { return 0 }
    }
    return 0
  }

  /// What the log may grow by meanwhile: it notes every fault, in memory that it keeps.
  private static var logBytes: UInt64 { 1 << 20 }

  /// Waits until everything is as it was.
  func expectAgain(within seconds: Int64 = 4) throws(TestFailure) {
    let deadline = Deadline.after(.seconds(seconds))
    while true {
      let now = try Figures()
      // More memory than before is no loss.
      var isBack = true
      for index in values.indices {
        let isSame = now.values[index] == values[index]
        isBack = isBack && (isSame || index == 0 && now.values[0] + Self.logBytes > values[0])
      }
      if isBack { return }
      if deadline.hasPassed { throw TestFailure(difference(from: now)) }
      Clock.sleep(.milliseconds(20))
    }
  }

  func difference(from now: Figures) -> Text {
    Text { text in
      text.put("not everything came back:")
      for (index, name) in (Self.memory + Self.statistics).enumerated()
      where values[index] != now.values[index] {
        text.put(" ")
        text.put(name)
        text.put(" ")
        text.put(decimal: values[index])
        text.put(" became ")
        text.put(decimal: now.values[index])
      }
    }
  }
}
