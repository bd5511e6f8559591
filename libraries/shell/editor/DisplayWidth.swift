// SPDX-License-Identifier: MIT
import Core
import ShellExpander

/// How many columns a terminal gives to what is written, after the rules of East Asian width in
/// Unicode's annex 11: each code point by itself, as xterm and most others count.
public enum DisplayWidth {
  /// The columns of a code point that is no control character.
  @export(interface)
  public static func columns(of scalar: UInt32) -> Int {
    if scalar < 0x300 { return scalar == 0xAD ? 0 : 1 }
    if isWide(scalar) { return 2 }
    return Graphemes.extends(scalar) || isInvisible(scalar) ? 0 : 1
  }

  private static func isInvisible(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF: true
    default: false
    }
  }

  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case ..<0x1100: false
    case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0, 0x23F3,
      0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F, 0x2693, 0x26A1,
      0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE, 0x26D4, 0x26EA,
      0x26F2...0x26F3, 0x26F5, 0x26FA, 0x26FD, 0x2705, 0x270A...0x270B, 0x2728, 0x274C, 0x274E,
      0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x27B0, 0x27BF, 0x2B1B...0x2B1C, 0x2B50, 0x2B55:
      true
    case 0x302A...0x302D, 0x303F, 0x3099...0x309A: false
    case 0x2E80...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6:
      true
    case 0x16FE0...0x16FE3, 0x17000...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F004, 0x1F0CF, 0x1F18E,
      0x1F191...0x1F19A, 0x1F200...0x1F265, 0x1F300...0x1F320, 0x1F32D...0x1F335,
      0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3,
      0x1F3E0...0x1F3F0, 0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440, 0x1F442...0x1F4FC,
      0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A, 0x1F595...0x1F596,
      0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC, 0x1F6D0...0x1F6D2,
      0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC,
      0x1F7E0...0x1F7EB, 0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
      0x1FA70...0x1FAFF, 0x20000...0x2FFFD, 0x30000...0x3FFFD:
      true
    default: false
    }
  }
}

/// How a character of a line is shown: as it is, or in letters if a terminal would not show it.
struct ShownCharacter {
  /// Where it ends in the line.
  var end: Int
  var columns: Int

  private enum Form { case plain, tab, caret, hexadecimal, loneMark }

  private let form: Form

  /// The character at `start` of `bytes`, shown in a row of `width` columns from `column` on.
  init(_ bytes: [UInt8], _ start: Int, column: Int, width: Int) {
    let first = bytes[start]
    if first >= 0x20, first < 0x7F, start + 1 == bytes.count || bytes[start + 1] < 0x80 {
      (end, columns, form) = (start + 1, 1, .plain)
      return
    }
    let (scalarEnd, scalar) = Graphemes.scalar(bytes, start)
    switch scalar {
    case 0x09: (end, columns, form) = (scalarEnd, max(1, min(8 - column % 8, width - column)), .tab)
    case 0..<0x20, 0x7F: (end, columns, form) = (scalarEnd, 2, .caret)
    case 0x80..<0xA0: (end, columns, form) = (scalarEnd, 4, .hexadecimal)
    case 0xA0... where scalarEnd == start + 1: (end, columns, form) = (scalarEnd, 4, .hexadecimal)
    default:
      end = Graphemes.end(of: bytes, from: start)
      var sum = 0
      var index = start
      while index < end {
        let (after, next) = Graphemes.scalar(bytes, index)
        sum += DisplayWidth.columns(of: next)
        index = after
      }
      form = sum == 0 ? .loneMark : .plain
      // A flag of four letters and more has no place in a narrow terminal; nor is it drawn right.
      columns = max(1, min(sum, width))
    }
  }

  func write(_ bytes: [UInt8], _ start: Int, to row: inout [UInt8]) {
    switch form {
    case .plain: row += bytes[start..<end]
    case .tab: for _ in 0..<columns { row.append(0x20) }
    case .caret: row += [0x5E, bytes[start] ^ 0x40]
    case .hexadecimal:
      let byte = bytes[end - 1]
      row += [0x5C, 0x78, Self.digit(byte >> 4), Self.digit(byte & 0xF)]
    case .loneMark: row += [0xE2, 0x97, 0x8C] + bytes[start..<end]
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
