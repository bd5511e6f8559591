// SPDX-License-Identifier: MIT
public import Base
import Core

/// Upper and lower case of the alphabets that have them: Latin with its extensions, Greek, Cyrillic,
/// Armenian and the wide forms, by rule and not by table. Others stay as they are.
public enum LetterCase {
  /// All letters in one case. A byte that is no UTF-8 stays.
  @export(interface)
  public static func convert(_ text: Text, toUpper: Bool) -> Text {
    Text { result in
      var index = 0
      while index < text.count {
        let (end, scalar) = Graphemes.scalar(text.bytes, index)
        if end == index + 1 {
          result.put(ascii(text[index], toUpper))
        } else if toUpper, scalar == 0xDF {
          result.put("SS")
        } else {
          let changed = toUpper ? upper(scalar) : lower(scalar)
          if changed == scalar { result.put(text[index..<end]) } else { put(changed, to: &result) }
        }
        index = end
      }
    }
  }

  private static func ascii(_ byte: UInt8, _ toUpper: Bool) -> UInt8 {
    let range: ClosedRange<UInt8> = toUpper ? 0x61...0x7A : 0x41...0x5A
    return range.contains(byte) ? byte ^ 0x20 : byte
  }

  private static func upper(_ scalar: UInt32) -> UInt32 {
    switch scalar {
    case 0xB5: 0x39C
    case 0xE0...0xF6, 0xF8...0xFE: scalar - 0x20
    case 0xFF: 0x178
    case 0x131: 0x49
    case 0x17F: 0x53
    case 0x3AC: 0x386
    case 0x3AD...0x3AF: scalar - 37
    case 0x3C2: 0x3A3
    case 0x3B1...0x3C1, 0x3C3...0x3CB, 0x430...0x44F: scalar - 0x20
    case 0x3CC: 0x38C
    case 0x3CD, 0x3CE: scalar - 63
    case 0x450...0x45F: scalar - 0x50
    case 0x4CF: 0x4C0
    case 0x561...0x586: scalar - 0x30
    case 0xFF41...0xFF5A: scalar - 0x20
    default: isSecondOfPair(scalar) ? scalar - 1 : scalar
    }
  }

  private static func lower(_ scalar: UInt32) -> UInt32 {
    switch scalar {
    case 0xC0...0xD6, 0xD8...0xDE: scalar + 0x20
    case 0x130: 0x69
    case 0x178: 0xFF
    case 0x386: 0x3AC
    case 0x388...0x38A: scalar + 37
    case 0x38C: 0x3CC
    case 0x38E, 0x38F: scalar + 63
    case 0x391...0x3A1, 0x3A3...0x3AB, 0x410...0x42F: scalar + 0x20
    case 0x400...0x40F: scalar + 0x50
    case 0x4C0: 0x4CF
    case 0x531...0x556: scalar + 0x30
    case 0x1E9E: 0xDF
    case 0xFF21...0xFF3A: scalar + 0x20
    default: isSecondOfPair(scalar + 1) ? scalar + 1 : scalar
    }
  }

  /// Whether it is the lower case of the code point right before it.
  private static func isSecondOfPair(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x100...0x12F, 0x132...0x137, 0x14A...0x177, 0x1E00...0x1E95, 0x1EA0...0x1EFF,
      0x460...0x481, 0x48A...0x4BF, 0x4D0...0x52F, 0x3D8...0x3EF:
      scalar % 2 == 1
    case 0x139...0x148, 0x179...0x17E, 0x4C1...0x4CE: scalar % 2 == 0
    default: false
    }
  }

  private static func put(_ scalar: UInt32, to text: inout Text) {
    func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
    if scalar < 0x80 {
      text.put(byte(scalar))
    } else if scalar < 0x800 {
      text.put(byte(0xC0 | scalar >> 6))
      text.put(byte(0x80 | scalar & 0x3F))
    } else {
      text.put(byte(0xE0 | scalar >> 12))
      text.put(byte(0x80 | scalar >> 6 & 0x3F))
      text.put(byte(0x80 | scalar & 0x3F))
    }
  }
}
