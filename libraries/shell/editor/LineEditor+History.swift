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
      let text = history.entries[index]
      guard let word = CommandWords.ranges(in: text).last else { continue }
      let argument = Array(text.bytes[word])
      replace(range, with: argument)
      last = .argument(entry: index, range.lowerBound..<buffer.cursor)
      return
    }
    last = previous
    bell()
  }
}
