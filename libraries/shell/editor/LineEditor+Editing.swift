// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

extension LineEditor {
  /// Puts `new` in the place of `range`; refuses what would make the line too long.
  mutating func replace(_ range: Range<Int>, with new: [UInt8], isTyped: Bool = false) {
    guard buffer.count - range.count + new.count <= EditorLimits.lineBytes else { return bell() }
    undoLog.note(buffer, range, new.count, isTyped: isTyped)
    buffer.replace(range, with: new)
  }

  mutating func insert(_ bytes: [UInt8], isTyped: Bool = false) {
    replace(buffer.cursor..<buffer.cursor, with: bytes, isTyped: isTyped)
    if isTyped, bytes == [0x20] { undoLog.close() }
  }

  /// Makes `text` the whole line.
  mutating func replaceAll(with text: [UInt8]) { replace(0..<buffer.count, with: text) }

  /// What Ctrl-V puts in.
  mutating func insertAsItIs(_ key: Key) {
    switch key {
    case .text(let bytes), .paste(let bytes): insert(bytes)
    case .control(let letter): insert([letter & 0x1F])
    case .alt(let byte): insert([0x1B, byte])
    case .altControl(let letter): insert([0x1B, letter & 0x1F])
    case .named(.tab, _): insert([0x09])
    case .named(.enter, _): insert([0x0A])
    case .named(.escape, _): insert([0x1B])
    case .named(.backspace, _): insert([0x7F])
    case .named, .cursorReport: bell()
    }
  }

  mutating func bell() { screen.output.append(0x07) }

  /// Deletes without keeping.
  mutating func delete(_ range: Range<Int>) {
    if range.isEmpty { return bell() }
    replace(range, with: [])
  }

  /// Deletes and keeps for yanking; kills that follow one another are one text.
  mutating func kill(_ range: Range<Int>, isForward: Bool) {
    guard !range.isEmpty else { return bell() }
    kills.add(
      Array(buffer.bytes[range]), previous != .kill ? .new : isForward ? .append : .prepend)
    replace(range, with: [])
    last = .kill
  }

  mutating func yank() {
    guard let text = kills.newest() else { return bell() }
    let start = buffer.cursor
    insert(text)
    last = .yank(start..<buffer.cursor)
  }

  /// Exchanges what was just yanked for what was killed before it.
  mutating func yankPrevious() {
    guard case .yank(let range) = previous, let text = kills.next() else { return bell() }
    replace(range, with: text)
    last = .yank(range.lowerBound..<buffer.cursor)
  }

  /// Exchanges the two characters around the cursor, or those before it at the end.
  mutating func transpose() {
    let end = buffer.isAtEnd ? buffer.count : buffer.after(buffer.cursor)
    let middle = buffer.before(end)
    let start = buffer.before(middle)
    guard start < middle, middle < end else { return bell() }
    replace(
      start..<end, with: Array(buffer.bytes[middle..<end]) + Array(buffer.bytes[start..<middle]))
  }

  enum WordCase { case upper, lower, capital }

  /// Changes the case of the word at the cursor.
  mutating func changeCase(_ wanted: WordCase) {
    let end = buffer.wordEnd(buffer.cursor, LineBuffer.isLetter)
    guard end > buffer.cursor else { return bell() }
    let text = Array(buffer.bytes[buffer.cursor..<end])
    // The cursor may stand on spaces before the word.
    var start = 0
    while start < text.count, !LineBuffer.isLetter(text[start]) { start += 1 }
    var rest = start
    if wanted == .capital, rest < text.count { rest = Graphemes.scalar(text, rest).end }
    let front = LetterCase.convert(Text(text[start..<rest]), toUpper: true)
    let back = LetterCase.convert(Text(text[rest...]), toUpper: wanted == .upper)
    replace(buffer.cursor..<end, with: Array(text[..<start]) + front.bytes + back.bytes)
  }

  mutating func undo() {
    undoLog.close()
    if !undoLog.undo(&buffer) { bell() }
  }

  /// Moves by lines of the text, and from the first or last of them through the history.
  mutating func moveUp() {
    let start = buffer.lineStart(buffer.cursor)
    guard start > 0 else { return showPreviousEntry() }
    moveVertically(to: buffer.lineStart(start - 1), from: start)
  }

  mutating func moveDown() {
    let end = buffer.lineEnd(buffer.cursor)
    guard end < buffer.count else { return showNextEntry() }
    moveVertically(to: end + 1, from: buffer.lineStart(buffer.cursor))
  }

  private mutating func moveVertically(to target: Int, from start: Int) {
    var column = 0
    if case .vertical(let wanted) = previous {
      column = wanted
    } else {
      var place = start
      while place < buffer.cursor {
        place = buffer.after(place)
        column += 1
      }
    }
    var place = target
    let end = buffer.lineEnd(target)
    for _ in 0..<column where place < end { place = buffer.after(place) }
    buffer.move(to: place)
    last = .vertical(column: column)
  }

  /// Clears the terminal, and begins at its top.
  mutating func clearTerminal() {
    screen.put("\u{1B}[H\u{1B}[2J")
    screen.reset()
    showPromptHead()
    if asksForSize { askForSize() }
  }

  /// Enter: the shell decides whether the line is done.
  func accepted() -> Action { .accept(Text(buffer.bytes)) }

  mutating func interrupted() -> Action {
    abandon("^C")
    return .interrupt
  }
}
