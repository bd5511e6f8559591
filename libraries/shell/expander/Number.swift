// SPDX-License-Identifier: MIT
public import Base
import Core

/// A number of shell arithmetic: whole, of 128 bits, or floating point.
public enum Number: Equatable, Sendable {
  case whole(Int128)
  case floating(Double)

  /// The number that `text` spells; `nil` if it is none.
  @export(interface)
  public init?(_ text: Text) {
    if let small = Self.small(text) {
      self = .whole(Int128(small))
      return
    }
    let isNegative = text.hasPrefix("-")
    let start = isNegative || text.hasPrefix("+") ? 1 : 0
    guard text.count > start, text.count <= 400 else { return nil }
    if text[start...].hasPrefix("0x") {
      guard let value = try? UInt64(hexadecimal: text[(start + 2)...].span) else { return nil }
      self = .whole(isNegative ? -Int128(value) : Int128(value))
      return
    }
    guard let number = Self.decimal(text, from: start) else { return nil }
    self = isNegative ? number.negated : number
  }

  /// The number that `text` spells between spaces.
  public init?(spaced text: Text) {
    if let small = Self.small(text) {
      self = .whole(Int128(small))
    } else {
      self.init(text.trimmed())
    }
  }

  /// What most numbers are: at most 18 digits and nothing else; `nil` for all others.
  @export(interface)
  public static func small(_ text: Text) -> Int64? {
    let digits = text.span
    guard digits.count <= 18, digits.count > 0 else { return nil }
    var value: Int64 = 0
    var index = 0
    while index < digits.count {
      let digit = digits[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
      index &+= 1
    }
    return value
  }

  private static func decimal(_ text: Text, from start: Int) -> Number? {
    var whole: Int128? = 0
    var digits: Double = 0
    var index = start
    var scale = 0
    var isFloating = false
    var hasDigits = false
    while index < text.count {
      let byte = text[index]
      if byte.isASCIIDigit {
        hasDigits = true
        whole = whole.flatMap { WideArithmetic.product($0, 10) }
          .flatMap { WideArithmetic.sum($0, Int128(byte - 0x30)) }
        digits = digits * 10 + Double(byte - 0x30)
        if isFloating { scale -= 1 }
      } else if byte == 0x2E, !isFloating {
        isFloating = true
      } else {
        break
      }
      index += 1
    }
    guard hasDigits else { return nil }
    if index < text.count {
      guard text[index] | 0x20 == 0x65, let power = try? Int(decimal: text[(index + 1)...]),
        power.magnitude <= 400
      else { return nil }
      isFloating = true
      scale += power
    }
    if !isFloating, let whole { return .whole(whole) }
    return .floating(scaled(digits, by: scale))
  }

  private static func scaled(_ digits: Double, by scale: Int) -> Double {
    var factor = 1.0
    for _ in 0..<scale.magnitude { factor *= 10 }
    return scale < 0 ? digits / factor : digits * factor
  }

  var negated: Number {
    switch self {
    case .whole(let value): value == .min ? .floating(-double) : .whole(-value)
    case .floating(let value): .floating(-value)
    }
  }

  public var double: Double {
    switch self {
    case .floating(let value): return value
    case .whole(let value):
      let magnitude = value.magnitude
      let high = Double(UInt64(truncatingIfNeeded: magnitude >> 64))
      let low = Double(UInt64(truncatingIfNeeded: magnitude))
      let result = high * 18_446_744_073_709_551_616.0 + low
      return value < 0 ? -result : result
    }
  }

  /// It in decimal; a floating number always shows that it is one.
  @export(interface)
  public var text: Text {
    switch self {
    case .floating(let value): return Text(Array(value.description.utf8))
    case .whole(let value): return WideArithmetic.decimal(value)
    }
  }

  static func add(_ left: Number, _ right: Number) -> Number {
    if case (.whole(let first), .whole(let second)) = (left, right),
      let sum = WideArithmetic.sum(first, second)
    {
      return .whole(sum)
    }
    return .floating(left.double + right.double)
  }

  static func multiply(_ left: Number, _ right: Number) -> Number {
    if case (.whole(let first), .whole(let second)) = (left, right),
      let product = WideArithmetic.product(first, second)
    {
      return .whole(product)
    }
    return .floating(left.double * right.double)
  }

  /// The quotient with its fraction.
  static func divide(_ left: Number, _ right: Number) throws(ExpansionError) -> Number {
    guard right.double != 0 else { throw ExpansionError("attempted to divide by zero") }
    return .floating(left.double / right.double)
  }

  /// The whole quotient, and what remains.
  static func divideWhole(
    _ left: Number, _ right: Number
  ) throws(ExpansionError) -> (quotient: Number, remainder: Number) {
    guard right.double != 0 else { throw ExpansionError("attempted to divide by zero") }
    if case (.whole(let first), .whole(let second)) = (left, right),
      let (quotient, remainder) = WideArithmetic.quotient(first, second)
    {
      return (.whole(quotient), .whole(remainder))
    }
    let quotient = (left.double / right.double).rounded(.towardZero)
    return (.floating(quotient), .floating(left.double - quotient * right.double))
  }

  static func power(_ base: Number, _ exponent: Number) throws(ExpansionError) -> Number {
    guard case .whole(let count) = exponent, count.magnitude <= 100_000 else {
      throw ExpansionError("a power is a whole number of at most 100000")
    }
    var result = Number.whole(1)
    var square = base
    var rest = Int(truncatingIfNeeded: count.magnitude)
    while rest > 0 {
      if rest & 1 == 1 { result = multiply(result, square) }
      rest >>= 1
      if rest > 0 { square = multiply(square, square) }
    }
    return count < 0 ? try divide(.whole(1), result) : result
  }
}

/// One step of arithmetic on a variable, as `let` does it.
public enum NumberOperation: Sendable {
  case add, subtract, multiply, divide, divideWhole, remainder, power

  /// The result for two numbers such as most are; `nil` where it takes more to find it.
  @export(interface)
  public func small(_ left: Text, _ right: Text) -> Text? {
    guard let first = Number.small(left), let second = Number.small(right) else { return nil }
    switch self {
    // With 18 digits neither can overflow.
    case .add: return Text(decimal: first &+ second)
    case .subtract: return Text(decimal: first &- second)
    case .multiply:
      let (product, isTooLarge) = first.multipliedReportingOverflow(by: second)
      return isTooLarge ? nil : Text(decimal: product)
    case .divide, .divideWhole, .remainder, .power: return nil
    }
  }

  @export(interface)
  public func apply(_ left: Number, _ right: Number) throws(ExpansionError) -> Number {
    switch self {
    case .add: return Number.add(left, right)
    case .subtract: return Number.add(left, right.negated)
    case .multiply: return Number.multiply(left, right)
    case .divide: return try Number.divide(left, right)
    case .divideWhole: return try Number.divideWhole(left, right).quotient
    case .remainder: return try Number.divideWhole(left, right).remainder
    case .power: return .floating(try Number.power(left, right).double)
    }
  }
}
