// SPDX-License-Identifier: MIT

/// What one boot of a guest measured, from within and from outside.
struct BootRecord: Equatable {
  /// Per operation, for each metric, every repetition in order.
  var values: [String: [Double]] = [:]
  /// The same as counted by the plugin, where it could be matched.
  var counted: [String: [Double]] = [:]
  /// Why a metric was not measured, in the guest's words.
  var missing: [String: String] = [:]
  /// Why the guest ended before it had answered; nil when all went well.
  var failure: String?
  /// The plugin did not see one interval for each line, so nothing is compared.
  var isUnmatched = false

  /// Joins what the guest said and what the plugin counted: the n-th marked interval belongs to
  /// the n-th line that has one.
  ///
  /// A program need not mark the boot, and no maximum is marked.
  init(lines: [GuestLine], intervals: [CountedInterval], failure: String? = nil) {
    self.failure = failure
    let loops = lines.filter { $0.method == .loop || $0.method == .countedLoop }
    let marked = lines.filter {
      $0.method == .clockAtFirstCommand || $0.method == .loop || $0.method == .countedLoop
    }
    let countable = intervals.count == loops.count ? loops : marked
    let isMatched = countable.count == intervals.count
    // A guest that fails does so between a loop and its line as well.
    isUnmatched = !isMatched && failure == nil
    for line in lines { record(line) }
    guard isMatched else {
      forgetLeaptTimes(lines)
      return
    }
    for (line, interval) in zip(countable, intervals) { record(interval, of: line) }
    for name in Self.countedNames(lines) { values[name] = counted.removeValue(forKey: name) }
  }

  /// What the guest says itself of loops that wait is worth nothing.
  private mutating func forgetLeaptTimes(_ lines: [GuestLine]) {
    for name in Self.countedNames(lines) {
      values[name] = nil
      missing[name] = "the plugin did not see one marked interval for each line"
    }
  }

  private static func countedNames(_ lines: [GuestLine]) -> Set<String> {
    Set(lines.filter { $0.method == .countedLoop }.map(\.name))
  }

  private mutating func record(_ line: GuestLine) {
    switch line {
    case .measured(let name, let iterations, let ticks):
      values[name, default: []].append(Double(ticks) / Double(iterations))
    case .missing(let name, let reason):
      missing[name] = reason
    }
  }

  private mutating func record(_ interval: CountedInterval, of line: GuestLine) {
    guard case .measured(let name, let iterations, _) = line else { return }
    let isBoot = line.method == .clockAtFirstCommand
    let count = isBoot ? interval.started : interval.instructions
    counted[name, default: []].append(Double(count) / Double(iterations))
  }
}

extension GuestLine {
  /// How the metric is measured of which this line says a figure; nil for one that says none.
  fileprivate var method: Metric.Method? {
    guard case .measured(let name, _, _) = self else { return nil }
    return Metric.all.first { $0.name == name }?.method
  }
}

/// What several boots of one system say of one metric.
public struct Figure: Equatable, Sendable {
  /// One value for each boot: the median of its repetitions.
  public var sample: Sample
  /// How far the plugin's count is from the guest's own, in percent; nil when nobody counted.
  public var disagreement: Double?
  /// The plugin saw another number of intervals than the guest spoke of, so that nothing could be
  /// compared.
  public var isUnmatched = false

  public init(sample: Sample, disagreement: Double? = nil) {
    self.sample = sample
    self.disagreement = disagreement
  }

  public var value: Double { sample.median }

  /// Nil when no boot has a value.
  init?(_ name: String, in boots: [BootRecord]) {
    let medians = boots.compactMap { Sample($0.values[name] ?? [])?.median }
    guard let sample = Sample(medians) else { return nil }
    self.sample = sample
    let counts = boots.compactMap { Sample($0.counted[name] ?? [])?.median }
    disagreement = Sample(counts).map { difference(of: $0.median, from: sample.median) }
    isUnmatched = boots.contains { $0.isUnmatched && $0.values[name] != nil }
  }
}
