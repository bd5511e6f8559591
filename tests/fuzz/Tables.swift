// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// How much the kernel's tables hold, as `/scheme/sys/memory` and `/scheme/sys/stat` tell.
struct Tables: Equatable {
  private static let names: [9 of StaticString] = [
    "accounts", "spaces", "objects", "descriptions", "requests", "pipes", "queues", "watches",
    "processes",
  ]
  private var counts: [UInt64] = []

  static func read() throws(TestFailure) -> Tables {
    let memory = try text("/scheme/sys/memory")
    let statistics = try text("/scheme/sys/stat")
    var tables = Tables()
    for index in names.indices {
      let name = names[index]
      guard let count = value(of: name, in: memory) ?? value(of: name, in: statistics) else {
        throw TestFailure(name)
      }
      tables.counts.append(count)
    }
    return tables
  }

  /// Shows what the kernel says about its threads, when something is wrong with them.
  static func show(_ path: Text) {
    var output = Output()
    do throws(TestFailure) { output.put(try text(path)) } catch { return }
  }

  private static func text(_ path: Text) throws(TestFailure) -> Text {
    try succeed("the kernel's tables") { () throws(SystemError) in
      Text(try FileSystem.read(path))
    }
  }

  /// The number behind `name` at the start of a line.
  private static func value(of name: StaticString, in text: Text) -> UInt64? {
    for line in text.lines() {
      let words = line.words()
      guard words.count == 2, words[0] == Text(name) else { continue }
      let number = words[1]
      do throws(NumberError) { return try UInt64(decimal: number.span) } catch { return nil }
    }
    return nil
  }

  /// Takes the lower one of each two counts.
  mutating func lower(to other: Tables) {
    for index in counts.indices { counts[index] = min(counts[index], other.counts[index]) }
  }

  /// What there is more of, for people; nil if nothing is.
  func excess(over before: Tables) -> Text? {
    guard Self.names.indices.contains(where: { counts[$0] > before.counts[$0] }) else { return nil }
    return Text { (text: inout Text) in
      text.put("the kernel's tables hold more:")
      for index in Self.names.indices where counts[index] > before.counts[index] {
        text.put(" ")
        text.put(Self.names[index])
        text.put(" ")
        text.put(decimal: before.counts[index])
        text.put(" -> ")
        text.put(decimal: counts[index])
      }
    }
  }
}
