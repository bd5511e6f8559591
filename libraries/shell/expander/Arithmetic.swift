// SPDX-License-Identifier: MIT
import Base
import Core

/// Evaluates an arithmetic expression by precedence climbing. A name stands for a variable, whose
/// text is a number.
struct Arithmetic {
  private let text: Text
  private var index = 0
  private var depth = 0
  private let lookUp: (Text) throws(ExpansionError) -> Text

  init(_ text: Text, lookUp: @escaping (Text) throws(ExpansionError) -> Text) {
    self.text = text
    self.lookUp = lookUp
  }

  mutating func value() throws(ExpansionError) -> Number {
    let number = try expression(minimum: 0)
    skipSpaces()
    guard index == text.count else { throw unexpected() }
    return number
  }

  private enum Operator {
    case or, exclusiveOr, and, shiftLeft, shiftRight
    case add, subtract, multiply, divide, divideWhole, remainder, power

    var precedence: Int {
      switch self {
      case .or: 1
      case .exclusiveOr: 2
      case .and: 3
      case .shiftLeft, .shiftRight: 4
      case .add, .subtract: 5
      case .multiply, .divide, .divideWhole, .remainder: 6
      case .power: 8
      }
    }
  }

  private func starts(with token: StaticString) -> Bool {
    text.count - index >= token.utf8CodeUnitCount
      && text.span.extracting(index..<text.count).starts(with: token)
  }

  private mutating func expression(minimum: Int) throws(ExpansionError) -> Number {
    depth += 1
    guard depth <= ExpansionLimits.arithmeticDepth else {
      throw ExpansionError("the arithmetic expression is nested too deeply")
    }
    var left = try operand()
    while let (found, length) = nextOperator(), found.precedence >= minimum {
      index += length
      // Powers group to the right: 2 ** 3 ** 2 is 2 ** 9.
      let right = try expression(minimum: found.precedence + (found == .power ? 0 : 1))
      left = try apply(found, left, right)
    }
    depth -= 1
    return left
  }

  /// The operator here, and how many bytes spell it.
  private mutating func nextOperator() -> (Operator, length: Int)? {
    skipSpaces()
    guard index < text.count else { return nil }
    let isDoubled = index + 1 < text.count && text[index + 1] == text[index]
    switch text[index] {
    case 0x2A: return isDoubled ? (.power, 2) : (.multiply, 1)
    case 0x2F: return isDoubled ? (.divideWhole, 2) : (.divide, 1)
    case 0x3C where isDoubled: return (.shiftLeft, 2)
    case 0x3E where isDoubled: return (.shiftRight, 2)
    case 0x25: return (.remainder, 1)
    case 0x2B: return (.add, 1)
    case 0x2D: return (.subtract, 1)
    case 0x7C: return (.or, 1)
    case 0x26: return (.and, 1)
    case 0x5E: return (.exclusiveOr, 1)
    default: return nil
    }
  }

  private func apply(
    _ operation: Operator, _ left: Number, _ right: Number
  ) throws(ExpansionError) -> Number {
    switch operation {
    case .add: return Number.add(left, right)
    case .subtract: return Number.add(left, right.negated)
    case .multiply: return Number.multiply(left, right)
    case .divide:
      // What divides without a rest stays whole.
      let (quotient, remainder) = try Number.divideWhole(left, right)
      if case (.whole, .whole(0)) = (quotient, remainder) { return quotient }
      return try Number.divide(left, right)
    case .divideWhole: return try Number.divideWhole(left, right).quotient
    case .remainder: return try Number.divideWhole(left, right).remainder
    case .power: return try Number.power(left, right)
    case .or: return .whole(try bits(left) | bits(right))
    case .exclusiveOr: return .whole(try bits(left) ^ bits(right))
    case .and: return .whole(try bits(left) & bits(right))
    case .shiftLeft, .shiftRight:
      let count = try bits(right)
      guard count >= 0, count < 128 else { throw ExpansionError("a shift is from 0 to 127") }
      let places = Int128(truncatingIfNeeded: count)
      return .whole(
        operation == .shiftLeft ? try bits(left) &<< places : try bits(left) &>> places)
    }
  }

  private func bits(_ number: Number) throws(ExpansionError) -> Int128 {
    guard case .whole(let value) = number else {
      throw ExpansionError("bits are those of whole numbers only")
    }
    return value
  }

  private mutating func operand() throws(ExpansionError) -> Number {
    skipSpaces()
    guard index < text.count else { throw unexpected() }
    var number: Number
    switch text[index] {
    case 0x2D, 0x2B, 0x7E:
      let sign = text[index]
      index += 1
      // A sign binds more than a product and less than a power.
      number = try expression(minimum: 7)
      if sign == 0x2D { return number.negated }
      return sign == 0x7E ? .whole(~(try bits(number))) : number
    case 0x28:
      index += 1
      number = try expression(minimum: 0)
      skipSpaces()
      guard index < text.count, text[index] == 0x29 else { throw unexpected() }
      index += 1
    case let byte where byte.isASCIIDigit || byte == 0x2E: number = try literal()
    case let byte where byte.isASCIILetter || byte == 0x5F: number = try name()
    default: throw unexpected()
    }
    while true {
      if starts(with: "²") {
        number = Number.multiply(number, number)
      } else if starts(with: "³") {
        number = Number.multiply(number, Number.multiply(number, number))
      } else {
        return number
      }
      index += 2
    }
  }

  private mutating func literal() throws(ExpansionError) -> Number {
    let start = index
    while index < text.count,
      text[index].isASCIIDigit || text[index].isASCIILetter
        || text[index] == 0x2E
    {
      index += 1
    }
    guard let number = Number(text[start..<index]) else {
      throw ExpansionError("not a number: '" + text[start..<index] + "'")
    }
    return number
  }

  private mutating func name() throws(ExpansionError) -> Number {
    let start = index
    while index < text.count,
      text[index].isASCIIDigit || text[index].isASCIILetter
        || text[index] == 0x5F
    {
      index += 1
    }
    let name = text[start..<index]
    let value = try lookUp(name).trimmed()
    guard let number = Number(value) else {
      throw ExpansionError("'" + name + "' is not a number: '" + value + "'")
    }
    return number
  }

  private mutating func skipSpaces() {
    while index < text.count, text[index].isASCIISpace { index += 1 }
  }

  private func unexpected() -> ExpansionError {
    if index >= text.count { return ExpansionError("the arithmetic expression ends too early") }
    return ExpansionError(
      Text { message in
        message.put("unexpected '")
        message.put(text[index])
        message.put("' in arithmetic")
      })
  }
}
