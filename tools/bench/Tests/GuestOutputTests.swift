// SPDX-License-Identifier: MIT
import Testing

@testable import Bench

@Suite("What a guest prints")
struct GuestOutputTests {
  @Test func linesOfTheBenchmarkProgramAreFoundAmongOthers() {
    let text = "\r\nstarting\r\nbench null_call 5000 1640000\r\nbenchmark x 1 2\r\nfinished\r\n"
    #expect(
      GuestLine.all(in: text) == [
        .measured(name: "null_call", iterations: 5000, ticks: 1_640_000)
      ])
  }

  @Test(arguments: [
    "", "bench", "bench null_call", "bench null_call 5", "bench null_call 0 7",
    "bench null_call -1 7", "bench null_call 5 -7", "bench null_call five 7",
    "bench null_call 5 7 9", "bench null_call 99999999999999999999 7",
  ])
  func whatMakesNoSenseIsNoLine(line: String) {
    #expect(GuestLine(line) == nil)
  }

  @Test func aMissingMetricComesWithItsReason() {
    #expect(
      GuestLine("bench fork_exit_wait missing no second process")
        == .missing(name: "fork_exit_wait", reason: "no second process"))
  }

  @Test func countedIntervalsAreRead() {
    let text = "interval 1640086 12 1591997288\nother 1 2 3\ninterval 1 2\ninterval 5 -1 0\n"
    #expect(
      CountedInterval.all(in: text) == [
        CountedInterval(instructions: 1_640_086, stringTurns: 12, started: 1_591_997_288)
      ])
  }
}

@Suite("BootRecord")
struct BootRecordTests {
  private static let lines = [
    GuestLine.measured(name: "boot_to_prompt", iterations: 1, ticks: 1_000_000),
    .measured(name: "null_call", iterations: 10, ticks: 1_000),
    .measured(name: "null_call", iterations: 10, ticks: 1_020),
    .missing(name: "map_unmap", reason: "no mapping"),
    .measured(name: "longest_entry", iterations: 1, ticks: 40_000),
  ]
  private static let loops = [
    CountedInterval(instructions: 1_001, stringTurns: 0, started: 1_000_500),
    CountedInterval(instructions: 1_021, stringTurns: 0, started: 1_002_500),
  ]
  private static let boot = CountedInterval(instructions: 5, stringTurns: 0, started: 1_000_050)

  @Test func ticksAreDividedByTurns() {
    let record = BootRecord(lines: Self.lines, intervals: [])
    #expect(record.values["null_call"] == [100, 102])
    #expect(record.values["longest_entry"] == [40_000])
    #expect(record.missing == ["map_unmap": "no mapping"])
  }

  @Test func intervalsBelongToTheLinesInOrder() {
    let record = BootRecord(lines: Self.lines, intervals: [Self.boot] + Self.loops)
    #expect(!record.isUnmatched)
    #expect(record.counted["null_call"] == [100.1, 102.1])
    #expect(record.counted["boot_to_prompt"] == [1_000_050])
  }

  @Test func theBootNeedNotBeMarked() {
    let record = BootRecord(lines: Self.lines, intervals: Self.loops)
    #expect(!record.isUnmatched)
    #expect(record.counted == ["null_call": [100.1, 102.1]])
  }

  @Test func aSurplusIntervalMeansNoComparison() {
    let record = BootRecord(lines: Self.lines, intervals: Self.loops + Self.loops)
    #expect(record.isUnmatched)
    #expect(Figure("null_call", in: [record])?.isUnmatched == true)
    #expect(record.counted.isEmpty)
    #expect(record.values["null_call"] == [100, 102])
  }

  @Test func aFigureTakesTheMedianOfEachBoot() throws {
    let boots = [[100.0, 101, 900], [102.0, 102, 102], [103.0, 104, 105]].map { values in
      var record = BootRecord(lines: [], intervals: [])
      record.values["null_call"] = values
      record.counted["null_call"] = values.map { $0 + 1 }
      return record
    }
    let figure = try #require(Figure("null_call", in: boots))
    #expect(figure.sample.values == [101, 102, 104])
    #expect(figure.value == 102)
    #expect(figure.disagreement == 1.0 / 102 * 100)
    #expect(Figure("page_fault", in: boots) == nil)
  }
}
