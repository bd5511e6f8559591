// SPDX-License-Identifier: MIT

/// A system that can be booted to measure something. A guest that fails is no error: the answer
/// says so, and holds what was measured before.
protocol MeasuredSystem {
  var name: String { get }

  /// Boots once and has the benchmark program measure `metrics`, all for the same machine and in
  /// this order. The time to its first command is always among the answers.
  func boot(_ metrics: [Metric]) throws(BenchError) -> BootRecord

  /// Whether the first command runs in a machine with this much memory, in MiB.
  func reachesPrompt(memory: Int) throws(BenchError) -> Bool
}

/// Boots one system as often as the figures need.
struct Campaign {
  var system: any MeasuredSystem
  var boots: Int
  /// Told one line about each step that takes long.
  var report: (String) -> Void = { _ in }

  /// In MiB: what every other metric is measured with.
  static var ampleMemory: Int { 512 }

  /// What is known afterwards of each of `metrics`, by name.
  func entries(for metrics: [Metric]) throws(BenchError) -> [String: Report.Entry] {
    var entries: [String: Report.Entry] = [:]
    let inGuest = metrics.filter(\.isMeasuredInGuest)
    for machine in Self.machines(for: inGuest) {
      // The guest is asked in this order: what it measures as it comes up is first.
      let group = inGuest.filter { $0.machine == machine }.sorted {
        $0.method == .clockAtFirstCommand && $1.method != .clockAtFirstCommand
      }
      for (name, entry) in try guestEntries(for: group) { entries[name] = entry }
    }
    for metric in metrics where metric.method == .leastMemory {
      entries[metric.name] = try leastMemory()
    }
    return entries
  }

  /// The machines that `metrics` need, each once, in the order of their first metrics.
  private static func machines(for metrics: [Metric]) -> [MeasuringMachine] {
    metrics.map(\.machine).reduce(into: []) { found, machine in
      if !found.contains(machine) { found.append(machine) }
    }
  }

  private func guestEntries(for group: [Metric]) throws(BenchError) -> [String: Report.Entry] {
    var records: [BootRecord] = []
    var failures: [String: String] = [:]
    for number in 1...max(boots, 1) {
      report("\(system.name): boot \(number) of \(boots), \(group.count) metrics")
      let wanted = group.filter { failures[$0.name] == nil }
      if wanted.isEmpty { break }
      records += try boot(wanted, failures: &failures)
    }
    var entries: [String: Report.Entry] = [:]
    for metric in group {
      entries[metric.name] = entry(for: metric, in: records, failure: failures[metric.name])
    }
    return entries
  }

  private func entry(for metric: Metric, in records: [BootRecord], failure: String?) -> Report.Entry
  {
    if let failure { return .missing(reason: failure) }
    if let figure = Figure(metric.name, in: records) { return .measured(figure) }
    let reasons = records.compactMap { $0.missing[metric.name] }
    return .missing(reason: reasons.first ?? "the benchmark program said nothing of it")
  }

  /// Boots until each metric was measured or is known to fail. When the guest fails, the first
  /// metric without an answer is to blame; those behind it get a boot without it.
  private func boot(
    _ wanted: [Metric], failures: inout [String: String]
  ) throws(BenchError) -> [BootRecord] {
    var records: [BootRecord] = []
    var waiting = wanted
    while !waiting.isEmpty {
      let record = try system.boot(waiting)
      records.append(record)
      guard let failure = record.failure else { break }
      guard record.hasReachedPrompt else {
        for metric in waiting { failures[metric.name] = failure }
        break
      }
      let unanswered = waiting.drop { record.hasAnswer(for: $0) }
      if let culprit = unanswered.first { failures[culprit.name] = failure }
      waiting = Array(unanswered.dropFirst())
    }
    return records
  }

  private func leastMemory() throws(BenchError) -> Report.Entry {
    report("\(system.name): looking for the least memory that it boots with")
    guard try system.reachesPrompt(memory: Self.ampleMemory) else {
      return .missing(reason: "it does not boot with \(Self.ampleMemory) MiB")
    }
    let least = try smallest(in: 1...Self.ampleMemory) { memory throws(BenchError) in
      let isEnough = try system.reachesPrompt(memory: memory)
      report("\(system.name): \(memory) MiB \(isEnough ? "are enough" : "are too little")")
      return isEnough
    }
    guard let sample = Sample([Double(least)]) else { return .absent }
    return .measured(Figure(sample: sample))
  }
}

extension Metric {
  /// The machine that it is measured in.
  var machine: MeasuringMachine {
    var machine = MeasuringMachine()
    machine.processors = processors
    machine.hasDisk = usesDisk
    return machine
  }
}

extension BootRecord {
  fileprivate var hasReachedPrompt: Bool { values["boot_to_prompt"] != nil }

  fileprivate func hasAnswer(for metric: Metric) -> Bool {
    values[metric.name] != nil || missing[metric.name] != nil
  }
}
