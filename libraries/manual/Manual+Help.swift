// SPDX-License-Identifier: MIT
public import Base
import Core

extension Manual {
  /// What `--help` prints: 80 columns at most, but for a longer word.
  @export(interface)
  public var help: Text {
    var text = Text()
    for (index, way) in synopsis.enumerated() {
      text.put(index == 0 ? "Usage: " : "       ")
      text.put(name)
      if !way.bytes.isEmpty { text.put(" ") }
      text.put(way)
      text.put("\n")
    }
    text.put("\n")
    var filling = Filling(column: 0)
    for paragraph in Paragraphs.of(description) { filling.put(paragraph, &text) }
    put("Options:", options, &text)
    put("Operands:", operands, &text)
    put("Exit status:", exitStatus, &text)
    put("Examples:", examples, &text)
    guard !seeAlso.isEmpty else { return text }
    text.put("\nSee also: ")
    for (index, name) in seeAlso.enumerated() {
      if index > 0 { text.put(", ") }
      text.put(name)
    }
    text.put("\n")
    return text
  }

  private func put(_ title: StaticString, _ entries: [Entry], _ text: inout Text) {
    guard !entries.isEmpty else { return }
    text.put("\n")
    text.put(title)
    text.put("\n")
    // The meanings stand below each other, right of all terms that are not too long.
    var margin = 0
    for entry in entries {
      let width = Text(entry.term).columnCount
      if width <= 24 { margin = max(margin, width) }
    }
    for entry in entries {
      let term = Text(entry.term)
      text.put("  ")
      text.put(term)
      if term.columnCount > margin {
        text.put("\n")
        text.put(spaces: margin + 4)
      } else {
        text.put(spaces: margin + 2 - term.columnCount)
      }
      var filling = Filling(column: margin + 4)
      filling.put(Text(entry.meaning), &text)
    }
  }
}

/// The paragraphs of a description.
enum Paragraphs {
  static func of(_ description: StaticString) -> [Text] {
    var paragraphs: [Text] = []
    var isOpen = false
    for line in Text(description).lines() {
      let isKept = line.hasPrefix(" ")
      if line.isEmpty || isKept {
        isOpen = false
        // An empty text is an empty line.
        paragraphs.append(line)
      } else if isOpen, var last = paragraphs.popLast() {
        last.put(" ")
        last.put(line)
        paragraphs.append(last)
      } else {
        paragraphs.append(line)
        isOpen = true
      }
    }
    return paragraphs
  }
}

/// Puts words into lines of at most 80 columns that begin at `column`.
private struct Filling {
  let column: Int

  mutating func put(_ paragraph: Text, _ text: inout Text) {
    guard !paragraph.hasPrefix(" ") else {
      text.put(paragraph)
      text.put("\n")
      return
    }
    var position = column
    for word in paragraph.words() {
      let width = word.columnCount
      if position > column {
        if position + 1 + width > 80 {
          text.put("\n")
          text.put(spaces: column)
          position = column
        } else {
          text.put(" ")
          position += 1
        }
      }
      text.put(word)
      position += width
    }
    text.put("\n")
  }
}
