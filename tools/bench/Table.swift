// SPDX-License-Identifier: MIT

/// Numbers as people read them.
enum Text {
  /// Digits in groups of three: 10,566.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// With this many digits after the point, rounded: 0.31.
  static func decimal(_ value: Double, digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    guard value.isFinite, abs(value) < 1e15 / scale else { return "?" }
    let scaled = Int((abs(value) * scale).rounded())
    let fraction = String(scaled % Int(scale))
    let padding = String(repeating: "0", count: digits - min(digits, fraction.count))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    let whole = sign + grouped(scaled / Int(scale))
    return digits == 0 ? whole : "\(whole).\(padding)\(fraction)"
  }

  static func percent(_ value: Double) -> String { "\(decimal(value, digits: 2)) %" }

  /// An amount of a metric; millions are shortened, for nobody reads their last digits.
  static func amount(_ value: Double) -> String {
    value >= 10_000_000
      ? "\(decimal(value / 1_000_000, digits: 1)) M" : decimal(value, digits: 0)
  }
}

extension Report {
  /// The table, its notes and the settings, ready to be printed.
  public var text: String {
    var lines = Self.aligned([Self.headings] + rows.map(\.cells))
    let remarks = notes + [agreement].compactMap { $0 }
    if !remarks.isEmpty { lines += [""] + remarks }
    return (lines + [""] + settings).joined(separator: "\n")
  }

  private static let headings = [
    "metric", "unit", "Apus", "Linux", "ratio", "budget", "spread",
  ]

  /// Pads the columns to equal width: words to the left, numbers to the right.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = headings.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { cells in
      let padded = cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 ? cell + padding : padding + cell
      }
      return padded.joined(separator: "  ")
    }
  }
}

extension Report.Row {
  fileprivate var cells: [String] {
    [
      metric.name, metric.unit.name, apus.cell + (isOverBudget ? " !" : ""), linux.cell,
      ratio.map { "\(Text.decimal($0, digits: 3))x" } ?? "–",
      metric.budget.map(Text.amount) ?? "–",
      spread.map(Text.percent) ?? "–",
    ]
  }
}

extension Report.Entry {
  fileprivate var cell: String {
    switch self {
    case .measured(let figure): Text.amount(figure.value)
    case .missing: "missing"
    case .absent: "–"
    }
  }
}
