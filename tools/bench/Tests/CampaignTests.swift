// SPDX-License-Identifier: MIT
import Testing

@testable import Bench

/// A system that answers with what a test says: no machine, no time.
private final class ScriptedSystem: MeasuredSystem {
  let name = "Scripted"
  /// Metrics at which the guest fails.
  var fatal: Set<String> = []
  /// Metrics that the guest's program does not know.
  var unknown: Set<String> = []
  var doesBoot = true
  var leastMemory = 24
  private(set) var boots: [[String]] = []

  func boot(_ metrics: [Metric]) -> BootRecord {
    boots.append(metrics.map(\.name))
    guard doesBoot else { return BootRecord(lines: [], intervals: [], failure: "it hangs") }
    var lines = [GuestLine.measured(name: "boot_to_prompt", iterations: 1, ticks: 1_000)]
    for metric in metrics where metric.method != .clockAtFirstCommand {
      if fatal.contains(metric.name) {
        return BootRecord(lines: lines, intervals: [], failure: "it fell over")
      }
      if unknown.contains(metric.name) { continue }
      lines.append(.measured(name: metric.name, iterations: 10, ticks: 1_000 + boots.count))
    }
    return BootRecord(lines: lines, intervals: [])
  }

  func reachesPrompt(memory: Int) -> Bool { memory >= leastMemory }
}

@Suite("Campaign")
struct CampaignTests {
  private static func run(
    _ system: ScriptedSystem, _ names: [String]
  ) throws -> [String: Report.Entry] {
    try Campaign(system: system, boots: 3).entries(for: Metric.selected(names))
  }

  @Test func eachBootGivesOneValue() throws {
    let system = ScriptedSystem()
    let entries = try Self.run(system, ["null_call", "boot_to_prompt"])
    #expect(system.boots == .init(repeating: ["boot_to_prompt", "null_call"], count: 3))
    #expect(entries["null_call"]?.figure?.sample.values == [100.1, 100.2, 100.3])
    #expect(entries["boot_to_prompt"]?.figure?.value == 1_000)
  }

  @Test func otherNumbersOfProcessorsHaveTheirOwnBoots() throws {
    let system = ScriptedSystem()
    _ = try Self.run(system, ["scheme_call", "scheme_call_cross"])
    #expect(system.boots.count == 6)
    #expect(Set(system.boots) == [["scheme_call"], ["scheme_call_cross"]])
  }

  @Test func aFailureCostsOneMetric() throws {
    let system = ScriptedSystem()
    system.fatal = ["page_fault"]
    let entries = try Self.run(system, ["null_call", "page_fault", "map_unmap"])
    #expect(entries["page_fault"] == .missing(reason: "it fell over"))
    #expect(entries["null_call"]?.figure?.sample.values.count == 3)
    #expect(entries["map_unmap"]?.figure?.sample.values.count == 3)
    let all = ["null_call", "page_fault", "map_unmap"]
    let rest = ["null_call", "map_unmap"]
    #expect(system.boots == [all, ["map_unmap"], rest, rest])
  }

  @Test func theBootIsNotBlamedForALaterMetric() throws {
    let system = ScriptedSystem()
    system.fatal = ["null_call"]
    let entries = try Self.run(system, ["boot_to_prompt", "null_call"])
    #expect(entries["boot_to_prompt"]?.figure?.value == 1_000)
    #expect(entries["null_call"] == .missing(reason: "it fell over"))
  }

  @Test func aSystemThatDoesNotBootIsNotBootedAgain() throws {
    let system = ScriptedSystem()
    system.doesBoot = false
    let entries = try Self.run(system, ["null_call", "map_unmap"])
    #expect(system.boots.count == 1)
    #expect(entries["map_unmap"] == .missing(reason: "it hangs"))
  }

  @Test func aMetricThatTheProgramDoesNotKnowIsMissing() throws {
    let system = ScriptedSystem()
    system.unknown = ["null_call"]
    let entries = try Self.run(system, ["null_call", "map_unmap"])
    #expect(
      entries["null_call"] == .missing(reason: "the benchmark program said nothing of it"))
  }

  @Test(arguments: [1, 24, 512])
  func theLeastMemoryIsFound(memory: Int) throws {
    let system = ScriptedSystem()
    system.leastMemory = memory
    let entries = try Self.run(system, ["least_memory"])
    #expect(entries["least_memory"]?.figure?.value == Double(memory))
  }

  @Test func aSystemThatNeedsTooMuchMemoryHasNoFigure() throws {
    let system = ScriptedSystem()
    system.leastMemory = 513
    let entries = try Self.run(system, ["least_memory"])
    #expect(entries["least_memory"]?.figure == nil)
  }
}
