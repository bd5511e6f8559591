// SPDX-License-Identifier: MIT

/// The figures of both systems, side by side.
public struct Report: Equatable, Sendable {
  /// What is known of one metric on one system.
  public enum Entry: Equatable, Sendable {
    case measured(Figure)
    /// It was to be measured and could not be.
    case missing(reason: String)
    /// It has no meaning there, or was not asked for.
    case absent

    public var figure: Figure? {
      guard case .measured(let figure) = self else { return nil }
      return figure
    }
  }

  public struct Row: Equatable, Sendable {
    public var metric: Metric
    public var apus: Entry
    public var linux: Entry

    public init(metric: Metric, apus: Entry, linux: Entry) {
      self.metric = metric
      self.apus = apus
      self.linux = linux
    }

    /// Apus over Linux; nil unless both have a figure.
    public var ratio: Double? {
      guard let apus = apus.figure, let linux = linux.figure, linux.value != 0 else { return nil }
      return apus.value / linux.value
    }

    /// How far the boots are apart, in percent: of Apus, or of Linux where only Linux was measured.
    /// Nil for a figure from a single boot.
    public var spread: Double? {
      guard let sample = (apus.figure ?? linux.figure)?.sample else { return nil }
      return sample.values.count > 1 ? sample.spread : nil
    }

    public var isOverBudget: Bool {
      guard let apus = apus.figure else { return false }
      return metric.isOverBudget(apus.value)
    }

    /// Whether Apus was to have a figure for a budget and has none.
    public var lacksBudgetedFigure: Bool {
      guard metric.budget != nil, case .missing = apus else { return false }
      return true
    }
  }

  public var rows: [Row]
  /// The settings that the figures hold for, a line each.
  public var settings: [String]

  public init(rows: [Row], settings: [String]) {
    self.rows = rows
    self.settings = settings
  }

  /// Whether every budget was met, by a figure that is there.
  public var isWithinBudgets: Bool {
    !rows.contains { $0.isOverBudget || $0.lacksBudgetedFigure }
  }

  /// In percent: within this the guest's own figure and the plugin's count agree.
  static let toleratedDisagreement = 2.0

  /// What a reader of the table must know beside it.
  public var notes: [String] {
    missingNotes("Apus", \.apus) + missingNotes("Linux", \.linux) + rows.flatMap(Self.notes(on:))
  }

  /// One line for each reason, with the metrics that it keeps away.
  private func missingNotes(_ system: String, _ entry: KeyPath<Row, Entry>) -> [String] {
    var names: [String: [String]] = [:]
    var reasons: [String] = []
    for row in rows {
      guard case .missing(let reason) = row[keyPath: entry] else { continue }
      if names[reason] == nil { reasons.append(reason) }
      names[reason, default: []].append(row.metric.name)
    }
    return reasons.map {
      "missing on \(system): \(names[$0, default: []].joined(separator: ", ")): \($0)"
    }
  }

  private static func notes(on row: Row) -> [String] {
    var notes: [String] = []
    for (system, figure) in [("Apus", row.apus.figure), ("Linux", row.linux.figure)] {
      if figure?.isUnmatched == true && row.metric.method == .loop {
        notes.append(
          "\(row.metric.name): on \(system) not one marked interval for each line, so not compared")
      }
      guard let apart = figure?.disagreement, apart > toleratedDisagreement else { continue }
      notes.append(
        "\(row.metric.name): on \(system) the plugin counts otherwise than the guest, by "
          + Text.percent(apart))
    }
    if row.isOverBudget { notes.append("\(row.metric.name): over its budget") }
    return notes
  }

  /// Says how well the two ways of measuring agree, when anything was counted.
  public var agreement: String? {
    let apart = rows.flatMap { [$0.apus.figure, $0.linux.figure] }.compactMap { $0?.disagreement }
    guard let worst = apart.max() else { return nil }
    return "counted from outside as well, by a plugin of QEMU: \(apart.count) of the figures, with "
      + "a difference of \(Text.percent(worst)) at most"
  }
}
