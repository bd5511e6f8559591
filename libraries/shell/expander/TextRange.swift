// SPDX-License-Identifier: MIT
import Base
import Core

/// A range of numbers or letters as in `1..5`, `a...e`, `5..=1`, `0..2..10`.
public struct TextRange {
  private enum Bounds {
    case numbers(Int, Int)
    case letters(UInt8, UInt8)
  }

  private let bounds: Bounds
  private let step: Int?
  private let isInclusive: Bool
  /// Digits of each number at least: as many as a bound has that begins with a zero.
  private var digits = 0

  /// `nil` if `text` is no range.
  public init?(_ text: Text) {
    guard let dots = text.firstIndex(of: ".." as Text), dots > 0 else { return nil }
    let first = text[0..<dots]
    var rest = text[(dots + 2)...]
    step = Self.takeStep(&rest)
    if rest.hasPrefix(".") || rest.hasPrefix("=") {
      isInclusive = true
      rest = rest[1...]
    } else {
      isInclusive = false
    }
    guard step != 0 else { return nil }
    if let start = try? Int(decimal: first), let end = try? Int(decimal: rest) {
      bounds = .numbers(start, end)
      digits = max(Self.digits(first), Self.digits(rest))
    } else if first.count == 1, rest.count == 1, first[0].isASCIILetter, rest[0].isASCIILetter {
      bounds = .letters(first[0], rest[0])
    } else {
      return nil
    }
  }

  private static func digits(_ bound: Text) -> Int {
    let number = bound.hasPrefix("-") ? bound[1...] : bound
    return number.count > 1 && number[0] == 0x30 ? number.count : 0
  }

  /// Takes `STEP..` off the front.
  private static func takeStep(_ rest: inout Text) -> Int? {
    guard let dots = rest.firstIndex(of: ".." as Text), dots > 0,
      let step = try? Int(decimal: rest[0..<dots])
    else { return nil }
    rest = rest[(dots + 2)...]
    return step
  }

  /// Whether it counts.
  public var isNumeric: Bool {
    if case .numbers = bounds { return true }
    return false
  }

  /// Its elements, rising or falling.
  public func texts() throws(ExpansionError) -> [Text] {
    switch bounds {
    case .letters(let start, let end):
      return try values(Int(start), Int(end)).map { Text([UInt8(truncatingIfNeeded: $0)]) }
    case .numbers(let start, let end):
      return try values(start, end).map { number in
        Text { text in
          if number < 0 { text.put(0x2D) }
          text.put(decimal: UInt64(number.magnitude), width: digits, fill: 0x30)
        }
      }
    }
  }

  private func values(_ start: Int, _ end: Int) throws(ExpansionError) -> [Int] {
    let isRising = start <= end
    let stride = max(1, step.map { $0.magnitude } ?? 1)
    let distance = isRising ? UInt(bitPattern: end &- start) : UInt(bitPattern: start &- end)
    // An exclusive range ends one before.
    guard isInclusive || distance > 0 else { return [] }
    let count = (isInclusive ? distance : distance - 1) / stride
    guard count < UInt(ExpansionLimits.words) else { throw ExpansionError("too many words") }
    var values: [Int] = []
    values.reserveCapacity(Int(count) + 1)
    for index in 0...Int(count) {
      let offset = Int(bitPattern: UInt(index) &* stride)
      values.append(isRising ? start &+ offset : start &- offset)
    }
    return values
  }
}

extension Text {
  /// Writes a number with its sign.
  public mutating func put(decimal number: Int) {
    if number < 0 { put(0x2D) }
    put(decimal: UInt64(number.magnitude))
  }
}
