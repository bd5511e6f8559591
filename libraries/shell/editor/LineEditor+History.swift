// SPDX-License-Identifier: MIT
import Base
import Core

extension LineEditor {
  /// The entry before, of those that begin as what was typed does.
  mutating func showPreviousEntry() {
    if entry == nil { draft = buffer.bytes }
    guard
      let found = history.previous(
        before: entry ?? history.entries.count, prefix: Text(draft), differsFrom: buffer.bytes)
    else { return bell() }
    show(found)
  }

  /// The entry after, or what was typed.
  mutating func showNextEntry() {
    guard let current = entry else { return bell() }
    show(history.next(after: current, prefix: Text(draft), differsFrom: buffer.bytes))
  }

  /// An entry by its index, or what was typed.
  mutating func showEntry(_ index: Int?) {
    if entry == nil {
      guard index != nil else { return bell() }
      draft = buffer.bytes
    }
    show(index)
  }

  private mutating func show(_ index: Int?) {
    entry = index
    replaceAll(with: index.map { history.entries[$0].bytes } ?? draft)
  }

  /// Puts in the last argument of the newest command; of the one before it if repeated.
  mutating func insertLastArgument() {
    var range = buffer.cursor..<buffer.cursor
    var index = history.entries.count
    if case .argument(let entry, let inserted) = previous { (index, range) = (entry, inserted) }
    while index > 0 {
      index -= 1
      guard let argument = Self.lastArgument(of: history.entries[index]) else { continue }
      replace(range, with: argument)
      last = .argument(entry: index, range.lowerBound..<buffer.cursor)
      return
    }
    last = previous
    bell()
  }

  /// The last word, its quotes and escapes included.
  private static func lastArgument(of text: Text) -> [UInt8]? {
    var start: Int?
    var result: Range<Int>?
    var quote: UInt8?
    var index = 0
    while index < text.count {
      let byte = text[index]
      if quote == nil, byte.isASCIISpace {
        if let begun = start { result = begun..<index }
        start = nil
      } else {
        if start == nil { start = index }
        if quote == byte {
          quote = nil
        } else if quote == nil, byte == 0x22 || byte == 0x27 {
          quote = byte
        } else if byte == 0x5C, quote != 0x27 {
          index += 1
        }
      }
      index += 1
    }
    if let start { result = start..<text.count }
    return result.map { Array(text.bytes[$0]) }
  }
}
