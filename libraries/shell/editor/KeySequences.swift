// SPDX-License-Identifier: MIT
import Core

/// What the sequences of terminals mean.
enum KeySequences {
  /// `ESC [ parameters final`; `nil` for what is no key that the editor knows.
  static func key(_ parameters: [UInt8], _ final: UInt8, isAlt: Bool) -> Key? {
    guard let numbers = numbers(parameters) else { return nil }
    let first = numbers.first ?? 1
    var modifiers = numbers.count > 1 ? self.modifiers(numbers[1]) : .none
    if isAlt { modifiers.isAlt = true }
    switch final {
    case 0x52 where numbers.count == 2: return .cursorReport(row: first, column: numbers[1])
    case 0x5A: return .named(.tab, .shift)
    case 0x75: return unified(first, modifiers)
    case 0x7E: return numbered(first).map { .named($0, modifiers) }
    case 0x61...0x64:
      modifiers.isShift = true
      return arrow(final - 0x20).map { .named($0, modifiers) }
    default: return arrow(final).map { .named($0, modifiers) }
    }
  }

  /// `ESC O final`
  static func application(_ final: UInt8, isAlt: Bool) -> Key? {
    var modifiers = isAlt ? Key.Modifiers.alt : .none
    switch final {
    case 0x4D: return .named(.enter, modifiers)
    case 0x61...0x64:
      modifiers.isControl = true
      return arrow(final - 0x20).map { .named($0, modifiers) }
    default: return arrow(final).map { .named($0, modifiers) }
    }
  }

  private static func arrow(_ final: UInt8) -> Key.Name? {
    switch final {
    case 0x41: .up
    case 0x42: .down
    case 0x43: .right
    case 0x44: .left
    case 0x46: .end
    case 0x48: .home
    default: nil
    }
  }

  private static func numbered(_ number: Int) -> Key.Name? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    default: nil
    }
  }

  /// A key by its code point, as terminals send those that have no bytes of their own.
  private static func unified(_ code: Int, _ modifiers: Key.Modifiers) -> Key? {
    switch code {
    case 9: return .named(.tab, modifiers)
    case 13: return .named(.enter, modifiers)
    case 27: return .named(.escape, modifiers)
    case 127: return .named(.backspace, modifiers)
    case 0x20..<0x7F:
      let byte = UInt8(truncatingIfNeeded: code)
      if modifiers.isControl {
        return modifiers.isAlt ? .altControl(byte & 0x5F) : .control(byte & 0x5F)
      }
      return modifiers.isAlt ? .alt(byte) : .text([byte])
    default: return nil
    }
  }

  /// One more than a sum of 1 for Shift, 2 for Alt and 4 for Ctrl.
  private static func modifiers(_ number: Int) -> Key.Modifiers {
    let bits = max(0, number - 1)
    return Key.Modifiers(
      isShift: bits & 1 != 0, isAlt: bits & 2 != 0, isControl: bits & 4 != 0)
  }

  /// Decimal numbers between semicolons, a missing one as 1; `nil` for anything else.
  private static func numbers(_ bytes: [UInt8]) -> [Int]? {
    guard !bytes.isEmpty else { return [] }
    var numbers: [Int] = []
    var value: Int?
    for byte in bytes {
      if byte == 0x3B {
        numbers.append(value ?? 1)
        value = nil
      } else if byte.isASCIIDigit {
        value = min((value ?? 0) * 10 + Int(byte & 0xF), 100_000)
      } else {
        return nil
      }
    }
    numbers.append(value ?? 1)
    return numbers
  }
}
