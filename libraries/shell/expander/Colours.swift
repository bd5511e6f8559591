// SPDX-License-Identifier: MIT
import Base
import Core

/// The terminal sequences that `${c::…}` stands for.
enum Colours {
  private static let names: [(StaticString, Int)] = [
    ("black", 30), ("red", 31), ("green", 32), ("yellow", 33), ("blue", 34), ("magenta", 35),
    ("cyan", 36), ("light_gray", 37), ("default", 39), ("dark_gray", 90), ("light_red", 91),
    ("light_green", 92), ("light_yellow", 93), ("light_blue", 94), ("light_magenta", 95),
    ("light_cyan", 96), ("white", 97),
  ]
  private static let attributes: [(StaticString, Int)] = [
    ("reset", 0), ("bold", 1), ("dim", 2), ("underlined", 4), ("blink", 5), ("reverse", 7),
    ("hidden", 8),
  ]

  /// The sequence for attributes and colours with commas between them.
  static func sequence(_ list: Text) throws(ExpansionError) -> Text {
    var codes: [Text] = []
    for name in list.split(at: 0x2C) { codes.append(try code(name)) }
    // Attributes come first, since one of them takes back all others.
    codes.sort { $0.count < $1.count }
    return Text { text in
      text.put("\u{1B}[")
      text.put(codes.joined(by: ";"))
      text.put("m")
    }
  }

  private static func code(_ name: Text) throws(ExpansionError) -> Text {
    for (attribute, number) in attributes where name == attribute { return decimal(number) }
    let isBackground = name.hasSuffix("bg")
    let base = isBackground ? name[0..<(name.count - 2)] : name
    for (colour, number) in names where base == colour {
      return decimal(isBackground ? number + 10 : number)
    }
    let layer: Text = isBackground ? "48" : "38"
    if base.hasPrefix("0x"), let colour = trueColour(base[2...]) { return layer + ";2;" + colour }
    let hasPrefix = base.hasPrefix("0x")
    let digits = hasPrefix ? base[2...] : base
    let number: UInt8?
    if hasPrefix {
      number = try? UInt8(hexadecimal: digits.span)
    } else {
      number = (try? UInt8(decimal: digits.span)) ?? (try? UInt8(hexadecimal: digits.span))
    }
    guard let number else {
      throw ExpansionError("invalid color or attribute: '" + name + "'")
    }
    return layer + ";5;" + decimal(Int(number))
  }

  private static func decimal(_ number: Int) -> Text { Text { $0.put(decimal: number) } }

  /// Three or six hexadecimal digits as `R;G;B`.
  private static func trueColour(_ digits: Text) -> Text? {
    guard digits.count == 3 || digits.count == 6 else { return nil }
    var values: [Int] = []
    for byte in digits.bytes {
      guard let value = byte.digitValue, value < 16 else { return nil }
      values.append(Int(value))
    }
    var parts: [Text] = []
    for index in 0..<3 {
      if digits.count == 6 {
        parts.append(decimal(values[index * 2] * 16 + values[index * 2 + 1]))
      } else {
        // Ion's scale for one digit: steps of 16 up to nine, of 15 from there to 255.
        let value = values[index]
        parts.append(decimal(value < 10 ? value * 16 : (value + 2) * 15))
      }
    }
    return parts.joined(by: ";")
  }
}
