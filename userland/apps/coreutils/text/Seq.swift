// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Seq: UtilityProgram {
  static var manual: Manual {
    Manual(
      "seq", "print a sequence of numbers",
      synopsis: ["[-w] [-f FORMAT] [-s TEXT] [FIRST [STEP]] LAST"],
      description: """
        Prints the numbers from FIRST (1) to LAST in steps of STEP (1), each in a line. They may \
        have fractions and exponents of ten, and are counted exactly, with up to 18 digits.
        """,
      options: [
        .init("-f, --format=FORMAT", "print by a format of printf, such as %05.2f"),
        .init("-s, --separator=TEXT", "print TEXT between numbers instead of a line feed"),
        .init("-w, --equal-width", "fill up with zeros to the same width"),
      ],
      examples: [.init("seq 0 0.5 2", "prints 0.0 0.5 1.0 1.5 2.0")],
      seeAlso: ["printf", "yes"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(of: marked(invocation.arguments), operandsEndOptions: true)
    let operands = options.operands
    guard !operands.isEmpty else { throw .usage("missing operand") }
    guard operands.count <= 3 else {
      throw .usage("extra operand " + operands[3].quotedForMessage)
    }
    var numbers: [Decimal] = []
    for operand in operands {
      guard let number = Decimal(operand) else {
        throw .usage("invalid number: " + operand.quotedForMessage)
      }
      numbers.append(number)
    }
    let first = numbers.count > 1 ? numbers[0] : Decimal(units: 1, places: 0)
    let step = numbers.count > 2 ? numbers[1] : Decimal(units: 1, places: 0)
    let last = numbers[numbers.count - 1]
    guard step.units != 0 else { throw .usage("the step must not be zero") }
    let places = max(first.places, step.places)
    let scale = max(places, last.places)
    guard let start = first.scaled(to: scale), let stride = step.scaled(to: scale),
      let end = last.scaled(to: scale)
    else { throw .usage("the numbers have too many digits") }
    var format: PrintFormat?
    if let text = options.value("-f") { format = try PrintFormat(number: text) }
    let sequence = DecimalSequence(
      start: start, step: stride, end: end, scale: scale, places: places)
    try sequence.print(
      invocation, separator: options.value("-s") ?? "\n", format: format,
      width: options.has("-w") ? sequence.width : 0)
    return 0
  }

  /// Negative numbers are operands, not options: they are marked as such.
  private static func marked(_ arguments: [Text]) -> [Text] {
    var result: [Text] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == "--" || !argument.hasPrefix("-") { return result + arguments[index...] }
      if argument.count > 1, argument[1].isASCIIDigit || argument[1] == 0x2E {
        return result + ["--"] + arguments[index...]
      }
      result.append(argument)
      index += 1
      if argument == "-s" || argument == "-f" || argument == "--separator"
        || argument == "--format", index < arguments.count
      {
        result.append(arguments[index])
        index += 1
      }
    }
    return result
  }
}

/// A number with a fixed count of decimal places.
struct Decimal {
  var units: Int
  var places: Int

  init(units: Int, places: Int) {
    self.units = units
    self.places = places
  }

  /// Reads `12`, `-1.50`, `1e3`, `0x1F`; `nil` for what is no number or has too many digits.
  init?(_ text: Text) {
    var index = 0
    let isNegative = text.hasPrefix("-")
    if isNegative || text.hasPrefix("+") { index = 1 }
    if text.count > index + 2, text[index] == 0x30, text[index + 1] | 0x20 == 0x78 {
      guard let value = try? UInt64(hexadecimal: text[(index + 2)...].span) else { return nil }
      guard let whole = Int(exactly: value) else { return nil }
      units = isNegative ? -whole : whole
      places = 0
      return
    }
    units = 0
    places = 0
    var hasDigits = false
    var isFraction = false
    while index < text.count, text[index].isASCIIDigit || (text[index] == 0x2E && !isFraction) {
      if text[index] == 0x2E {
        isFraction = true
      } else {
        hasDigits = true
        let (product, overflow) = units.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int(text[index] - 0x30))
        guard !overflow, !carry else { return nil }
        units = sum
        if isFraction { places += 1 }
      }
      index += 1
    }
    guard hasDigits else { return nil }
    if index < text.count {
      guard text[index] | 0x20 == 0x65, let power = try? Int(decimal: text[(index + 1)...]),
        power.magnitude <= 18
      else { return nil }
      places -= power
      while places < 0 {
        let (product, overflow) = units.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        units = product
        places += 1
      }
    }
    if isNegative { units = -units }
  }

  /// The units if there were `scale` places; `nil` if they do not fit.
  func scaled(to scale: Int) -> Int? {
    var result = units
    for _ in 0..<max(0, scale - places) {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      result = product
    }
    return result
  }

  /// In decimal, with zeros up to `width`.
  func text(width: Int = 0) -> Text {
    var digits: [UInt8] = []
    var rest = units.magnitude
    let needed = places == 0 ? 1 : places + 2
    while rest > 0 || digits.count < needed {
      digits.append(0x30 + UInt8(rest % 10))
      rest /= 10
      if digits.count == places { digits.append(0x2E) }
    }
    if units < 0 {
      while digits.count + 1 < width { digits.append(0x30) }
      digits.append(0x2D)
    }
    while digits.count < width { digits.append(0x30) }
    digits.reverse()
    return Text(digits)
  }
}

private struct DecimalSequence {
  var start: Int
  var step: Int
  var end: Int
  /// Decimal places of the numbers above.
  var scale: Int
  /// And of those that are printed.
  var places: Int

  private var drop: Int {
    var factor: Int = 1
    for _ in 0..<(scale - places) { factor *= 10 }
    return factor
  }

  private func text(_ value: Int, _ drop: Int, width: Int) -> Text {
    Decimal(units: drop == 1 ? value : value / drop, places: places).text(width: width)
  }

  /// The columns of the first number and the last, whether or not that is reached.
  var width: Int {
    let drop = drop
    return max(text(start, drop, width: 0).count, text(end, drop, width: 0).count)
  }

  func print(
    _ invocation: Invocation, separator: Text, format: PrintFormat?, width: Int
  ) throws(UtilityStop) {
    let drop = drop
    var value = start
    var isFirst = true
    while step > 0 ? value <= end : value >= end {
      if !isFirst { invocation.output.put(separator.span) }
      isFirst = false
      let text = text(value, drop, width: width)
      if let format {
        invocation.output.put(format.text(ofNumber: text))
      } else {
        invocation.output.put(text.span)
      }
      let (next, overflow) = value.addingReportingOverflow(step)
      if overflow { break }
      value = next
      try invocation.checkOutput()
    }
    if !isFirst { invocation.output.put("\n") }
  }
}
