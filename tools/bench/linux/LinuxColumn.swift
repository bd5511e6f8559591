// SPDX-License-Identifier: MIT
internal import Host
internal import Project

/// When Linux is booted.
public enum LinuxUse: Sendable {
  /// When figures are asked for that are not known.
  case whenNeeded
  /// In any case.
  case always
  /// Never: what is not known stays empty.
  case never
}

/// The figures of Linux: from the cache where they are known, else measured and put there.
struct LinuxColumn {
  var folder: String
  var programs: Programs
  var boots: Int
  var report: (String) -> Void

  /// The entries for `metrics` by name, and a line that says what was booted.
  func entries(
    for metrics: [Metric], use: LinuxUse
  ) throws(BenchError) -> (entries: [String: Report.Entry], description: String) {
    let wanted = metrics.filter(\.hasLinuxCounterpart)
    let known = stored()
    if use == .never {
      let source = known.map { "figures of an earlier run: \($0.key)" } ?? "never measured here"
      return (Self.entries(for: wanted, known?.figures ?? [:]), "Linux: \(source)")
    }
    let guest = try LinuxGuest(programs: programs, folder: folder)
    let key = key(of: guest)
    var results = LinuxResults(key: key)
    if let known, known.key == key { results = known }
    let lacking = wanted.filter { use == .always || !results.hasFigure(for: $0, boots: boots) }
    let missing = try measure(lacking, in: guest, into: &results)
    let entries = Self.entries(for: wanted, results.figures).merging(missing) { $1 }
    return (entries, "Linux: \(guest.description)")
  }

  private func key(of guest: LinuxGuest) -> String {
    "\(guest.description), programs \(String(guest.fingerprint, radix: 16)), "
      + MeasuringMachine().description
  }

  /// Measures what is lacking. What the guest says comes from boots that measure all of it, so that
  /// a figure does not depend on which others were asked for.
  private func measure(
    _ lacking: [Metric], in guest: LinuxGuest, into results: inout LinuxResults
  ) throws(BenchError) -> [String: Report.Entry] {
    if lacking.isEmpty { return [:] }
    var group = lacking.filter { !$0.isMeasuredInGuest }
    if lacking.contains(where: \.isMeasuredInGuest) {
      group += Metric.all.filter { $0.hasLinuxCounterpart && $0.isMeasuredInGuest }
    }
    let campaign = Campaign(system: guest, boots: boots, report: report)
    let entries = try campaign.entries(for: group)
    results.add(entries)
    let text = results.text
    try onHost { () throws(HostError) in try Files.write(text, to: storePath) }
    return entries.filter { name, _ in lacking.contains { $0.name == name } }
  }

  private static func entries(
    for metrics: [Metric], _ figures: [String: Figure]
  ) -> [String: Report.Entry] {
    var entries: [String: Report.Entry] = [:]
    for metric in metrics {
      if let figure = figures[metric.name] { entries[metric.name] = .measured(figure) }
    }
    return entries
  }

  private var storePath: String { "\(folder)/linux/results" }

  private func stored() -> LinuxResults? {
    guard let text = try? Files.text(storePath) else { return nil }
    return LinuxResults(parsing: text)
  }
}
