// SPDX-License-Identifier: MIT
import Base
import Core
import TOML

/// A document as toml-test writes it: objects, arrays, and values with the names of their types.
indirect enum Tagged {
  case object([(key: String, value: Tagged)])
  case array([Tagged])
  case value(type: String, text: String)

  init(_ item: TOMLItem) {
    switch item.value {
    case .table:
      self = .object(item.items.map { (Self.string($0.key), Tagged($0)) })
    case .array: self = .array(item.items.map { Tagged($0) })
    case .string(let text): self = .value(type: "string", text: Self.string(text))
    case .integer(let number): self = .value(type: "integer", text: "\(number)")
    case .float(let number): self = .value(type: "float", text: "\(number)")
    case .boolean(let truth): self = .value(type: "bool", text: "\(truth)")
    case .dateTime(let moment):
      let text = Text { moment.put(to: &$0) }
      self = .value(type: Self.type(of: moment), text: Self.string(text))
    }
  }

  private static func string(_ text: Text) -> String { String(decoding: text.bytes, as: UTF8.self) }

  private static func type(of moment: TOMLDateTime) -> String {
    if moment.date == nil { return "time-local" }
    if moment.time == nil { return "date-local" }
    return moment.offset == nil ? "datetime-local" : "datetime"
  }

  // MARK: Comparing

  /// Whether both mean the same; objects have no order.
  func means(_ other: Tagged) -> Bool {
    switch (self, other) {
    case (.object(let rows), .object(let others)):
      return rows.count == others.count
        && rows.allSatisfy { row in
          others.contains { $0.key.utf8.elementsEqual(row.key.utf8) && row.value.means($0.value) }
        }
    case (.array(let values), .array(let others)):
      return values.count == others.count && zip(values, others).allSatisfy { $0.means($1) }
    case (.value(let type, let text), .value(let otherType, let otherText)):
      return type == otherType && Self.areSame(text, otherText, type)
    case (.object, _), (.array, _), (.value, _): return false
    }
  }

  private static func areSame(_ text: String, _ other: String, _ type: String) -> Bool {
    switch type {
    case "float":
      guard let number = Double(text), let expected = Double(other) else { return false }
      return number == expected || number.isNaN && expected.isNaN
    case "datetime", "datetime-local", "time-local": return plain(text) == plain(other)
    default: return text.utf8.elementsEqual(other.utf8)
    }
  }

  /// A moment in one of the ways of writing it: without zeros at the end of a fraction.
  private static func plain(_ moment: String) -> String {
    var moment = moment.uppercased().replacing(" ", with: "T")
    for zone in ["+00:00", "-00:00"] where moment.hasSuffix(zone) {
      moment = moment.dropLast(6) + "Z"
    }
    guard let dot = moment.firstIndex(of: ".") else { return moment }
    let fraction = moment[dot...].dropFirst().prefix { $0.isNumber }
    let end = moment.index(dot, offsetBy: fraction.count + 1)
    var short = fraction
    while short.last == "0" { short.removeLast() }
    return moment[..<dot] + (short.isEmpty ? "" : "." + short) + moment[end...]
  }
}

// MARK: JSON

extension Tagged {
  var json: String {
    switch self {
    case .object(let rows):
      "{" + rows.map { Self.quoted($0.key) + ": " + $0.value.json }.joined(separator: ", ") + "}"
    case .array(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
    case .value(let type, let text):
      "{\"type\": \(Self.quoted(type)), \"value\": \(Self.quoted(text))}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
