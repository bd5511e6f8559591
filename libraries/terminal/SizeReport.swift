// SPDX-License-Identifier: MIT

/// Finds a terminal's answer to "where is the cursor?" (`ESC [ ROW ; COLUMN R`, ECMA-48 CPR) among
/// what is typed. All other bytes pass in their order.
public struct SizeReport: BitwiseCopyable, Sendable {
  /// What may be the beginning of an answer.
  private var held = InlineArray<16, UInt8>(repeating: 0)
  public private(set) var heldCount: UInt8 = 0
  /// Whether an answer is waited for.
  public private(set) var isExpected = false
  public private(set) var rows: UInt16 = 0
  public private(set) var columns: UInt16 = 0

  public init() {}

  /// Saves the cursor, sends it to the far corner, asks where it is, puts it back.
  public static var question: StaticString { "\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8" }

  @export(interface)
  public mutating func expect() {
    isExpected = true
    heldCount = 0
    rows = 0
    columns = 0
  }

  /// Takes one byte and passes on what is no part of an answer.
  /// - Returns: true if the answer is complete: `rows` and `columns` say what it is.
  public mutating func take(_ byte: UInt8, pass: (UInt8) -> Void) -> Bool {
    guard isExpected else {
      pass(byte)
      return false
    }
    if heldCount == 0, byte != 0x1B {
      pass(byte)
      return false
    }
    if !continues(byte) {
      release(pass)
      // It may begin another one.
      if byte == 0x1B { hold(byte) } else { pass(byte) }
      return false
    }
    hold(byte)
    guard byte == UInt8(ascii: "R") else { return false }
    guard readNumbers() else {
      release(pass)
      return false
    }
    isExpected = false
    heldCount = 0
    return true
  }

  /// Nobody waits any more: what was held passes.
  public mutating func giveUp(pass: (UInt8) -> Void) {
    isExpected = false
    release(pass)
  }

  private mutating func hold(_ byte: UInt8) {
    held[Int(heldCount)] = byte
    heldCount += 1
  }

  private mutating func release(_ pass: (UInt8) -> Void) {
    for index in 0..<Int(heldCount) { pass(held[index]) }
    heldCount = 0
  }

  private func continues(_ byte: UInt8) -> Bool {
    guard Int(heldCount) < held.count else { return false }
    switch heldCount {
    case 0: return byte == 0x1B
    case 1: return byte == UInt8(ascii: "[")
    default:
      return byte == UInt8(ascii: ";") || byte == UInt8(ascii: "R")
        || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }
  }

  private mutating func readNumbers() -> Bool {
    var numbers: (UInt32, UInt32) = (0, 0)
    var hasSeparator = false
    for index in 2..<(Int(heldCount) - 1) {
      let byte = held[index]
      if byte == UInt8(ascii: ";") {
        if hasSeparator { return false }
        hasSeparator = true
      } else if hasSeparator {
        numbers.1 = min(numbers.1 * 10 + UInt32(byte & 15), 100_000)
      } else {
        numbers.0 = min(numbers.0 * 10 + UInt32(byte & 15), 100_000)
      }
    }
    guard hasSeparator, (1...9999).contains(numbers.0), (1...9999).contains(numbers.1) else {
      return false
    }
    rows = UInt16(numbers.0)
    columns = UInt16(numbers.1)
    return true
  }
}
