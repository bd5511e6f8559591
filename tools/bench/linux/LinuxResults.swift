// SPDX-License-Identifier: MIT

/// Figures of Linux from an earlier run. They hold as long as kernel, programs and settings stay
/// the same, which `key` says.
///
///     for KEY
///     figure NAME DISAGREEMENT VALUE…       one value for each boot; "-" when nobody counted
struct LinuxResults: Equatable {
  var key: String
  var figures: [String: Figure] = [:]

  init(key: String) { self.key = key }

  /// Nil for a text that is not of this form: it is measured again.
  init?(parsing text: String) {
    var lines = text.split(separator: "\n")[...]
    guard let first = lines.popFirst(), first.hasPrefix("for ") else { return nil }
    key = String(first.dropFirst(4))
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count >= 4, words[0] == "figure",
        let sample = Sample(words[3...].compactMap { Double($0) })
      else { return nil }
      figures[String(words[1])] = Figure(sample: sample, disagreement: Double(words[2]))
    }
  }

  var text: String {
    let lines = figures.sorted { $0.key < $1.key }.map { name, figure in
      let values = figure.sample.values.map { "\($0)" }.joined(separator: " ")
      return "figure \(name) \(figure.disagreement.map { "\($0)" } ?? "-") \(values)\n"
    }
    return "for \(key)\n" + lines.joined()
  }

  /// Whether there is a figure from at least so many boots. The least memory is looked for once.
  func hasFigure(for metric: Metric, boots: Int) -> Bool {
    guard let figure = figures[metric.name] else { return false }
    return metric.method == .leastMemory || figure.sample.values.count >= boots
  }

  /// Adds what was measured; what could not be is tried again the next time.
  mutating func add(_ entries: [String: Report.Entry]) {
    for (name, entry) in entries {
      if let figure = entry.figure { figures[name] = figure }
    }
  }
}
