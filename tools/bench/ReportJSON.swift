// SPDX-License-Identifier: MIT

extension Report {
  /// The figures for programs: an array with one object for each metric,
  ///
  ///     {"metric": "null_call", "unit": "instructions", "apus": 118.2, "linux": 328,
  ///      "ratio": 0.3604, "spread": 0.01}
  ///
  /// `null` where there is no figure; `spread` is in percent.
  public var json: String {
    "[\n" + rows.map { "  " + $0.json }.joined(separator: ",\n") + "\n]\n"
  }
}

extension Report.Row {
  fileprivate var json: String {
    let fields = [
      ("metric", "\"\(metric.name)\""),
      ("unit", "\"\(metric.unit.name)\""),
      ("apus", Self.number(apus.figure?.value)),
      ("linux", Self.number(linux.figure?.value)),
      ("ratio", Self.number(ratio)),
      ("spread", Self.number(spread)),
    ]
    return "{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
  }

  /// A JSON number with four digits after the point at most; whole ones without.
  private static func number(_ value: Double?) -> String {
    guard let value, value.isFinite, abs(value) < 1e14 else { return "null" }
    let rounded = (value * 10_000).rounded() / 10_000
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}
