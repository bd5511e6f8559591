// SPDX-License-Identifier: MIT
public import Base
import Core

extension Manual {
  /// The manual page's source, for `man` of any system.
  @export(interface)
  public var roff: Text {
    var page = RoffPage()
    page.line(".\\\" SPDX-License-Identifier: MIT")
    page.line(
      ".\\\" Printed by `./apus docs` from the program's Manual. Change that, not this file.")
    page.title(Text(name).uppercasedASCII)
    page.section("NAME")
    page.text.put(RoffPage.escaped(Text(name)))
    page.text.put(" \\- ")
    page.paragraph(Text(summary))
    page.section("SYNOPSIS")
    for (index, way) in synopsis.enumerated() {
      if index > 0 { page.line(".br") }
      page.text.put(".B ")
      page.text.put(RoffPage.escaped(Text(name)))
      page.text.put("\n")
      if !way.bytes.isEmpty { page.paragraph(Text(way)) }
    }
    page.section("DESCRIPTION")
    page.describe(description)
    page.list("OPTIONS", options)
    page.list("OPERANDS", operands)
    page.list("EXIT STATUS", exitStatus)
    page.list("EXAMPLES", examples)
    guard !seeAlso.isEmpty else { return page.text }
    page.section("SEE ALSO")
    for (index, name) in seeAlso.enumerated() {
      if index > 0 { page.text.put(", ") }
      page.text.put(RoffPage.escaped(Text(name)))
      page.text.put("(1)")
    }
    page.text.put("\n")
    return page.text
  }
}

/// Source in the `man` macros.
private struct RoffPage {
  var text = Text()

  mutating func line(_ line: StaticString) {
    text.put(line)
    text.put("\n")
  }

  mutating func title(_ name: Text) {
    text.put(".TH ")
    text.put(Self.escaped(name))
    text.put(" 1 \"\" \"Apus\" \"Programs\"\n")
  }

  mutating func section(_ name: StaticString) {
    text.put(".SH ")
    text.put(name)
    text.put("\n")
  }

  mutating func paragraph(_ paragraph: Text) {
    text.put(Self.escaped(paragraph))
    text.put("\n")
  }

  mutating func list(_ title: StaticString, _ entries: [Manual.Entry]) {
    guard !entries.isEmpty else { return }
    section(title)
    for entry in entries {
      line(".TP")
      text.put(".B ")
      paragraph(Text(entry.term))
      paragraph(Text(entry.meaning))
    }
  }

  mutating func describe(_ description: StaticString) {
    var isKept = false
    for part in Paragraphs.of(description) {
      if part.hasPrefix(" ") != isKept {
        isKept.toggle()
        line(isKept ? ".nf" : ".fi")
      }
      if part.isEmpty { line(".PP") } else { paragraph(part) }
    }
    if isKept { line(".fi") }
  }

  /// Text in which nothing is taken for a request. Characters outside ASCII go by their number,
  /// so that the page reads the same in every locale.
  static func escaped(_ text: Text) -> Text {
    var result = Text()
    if text.hasPrefix(".") || text.hasPrefix("'") { result.put("\\&") }
    var index = 0
    while index < text.count {
      let byte = text[index]
      switch byte {
      case 0x5C: result.put("\\e")
      case 0x2D: result.put("\\-")
      case 0x80...:
        let (scalar, count) = decode(text, index)
        result.put("\\[u")
        let digits = Text { $0.put(hexadecimal: UInt64(scalar), digits: 4) }
        result.put(digits.uppercasedASCII)
        result.put("]")
        index += count - 1
      default: result.put(byte)
      }
      index += 1
    }
    return result
  }

  /// The character at `index` and its length; literals are valid UTF-8.
  private static func decode(_ text: Text, _ index: Int) -> (UInt32, Int) {
    let first = text[index]
    let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    var scalar = UInt32(first & (0xFF >> UInt8(count + 1)))
    for offset in 1..<count where index + offset < text.count {
      scalar = scalar << 6 | UInt32(text[index + offset] & 0x3F)
    }
    return (scalar, count)
  }
}

extension Text {
  fileprivate var uppercasedASCII: Text {
    Text { result in
      for byte in bytes {
        result.put(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte)
      }
    }
  }
}
