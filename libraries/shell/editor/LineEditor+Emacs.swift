// SPDX-License-Identifier: MIT
import Base
import Core

extension LineEditor {
  mutating func handleEmacs(_ key: Key) -> Action? {
    var key = key
    if hasEscape {
      hasEscape = false
      key = key.withAlt
    }
    previous = last
    last = .other
    switch key {
    case .text(let bytes): insert(bytes, isTyped: true)
    case .paste(let bytes): insert(bytes)
    case .control(let letter): return control(letter)
    case .alt(let byte): alt(byte)
    case .altControl(let letter): altControl(letter)
    case .named(let name, let modifiers): return named(name, modifiers)
    case .cursorReport: break
    }
    return nil
  }

  private mutating func control(_ letter: UInt8) -> Action? {
    switch letter {
    case 0x41: buffer.move(to: buffer.lineStart(buffer.cursor))  // A
    case 0x42: buffer.move(to: buffer.before(buffer.cursor))  // B
    case 0x43: return interrupted()  // C
    case 0x44:  // D
      if buffer.count == 0 {
        abandon("")
        return .end
      }
      delete(buffer.cursor..<buffer.after(buffer.cursor))
    case 0x45: buffer.move(to: buffer.lineEnd(buffer.cursor))  // E
    case 0x46: moveForward()  // F
    case 0x48: backspace()  // H
    case 0x4B:  // K
      let end = buffer.lineEnd(buffer.cursor)
      kill(buffer.cursor..<(end == buffer.cursor ? buffer.after(end) : end), isForward: true)
    case 0x4C: clearTerminal()  // L
    case 0x4E: moveDown()  // N
    case 0x50: moveUp()  // P
    case 0x52: beginSearch(isForward: false)  // R
    case 0x53: beginSearch(isForward: true)  // S
    case 0x54: transpose()  // T
    case 0x55: kill(buffer.lineStart(buffer.cursor)..<buffer.cursor, isForward: false)  // U
    case 0x56: mode = .quoting  // V
    case 0x57:  // W
      let start = buffer.wordStart(buffer.cursor, LineBuffer.isText)
      kill(start..<buffer.cursor, isForward: false)
    case 0x59: yank()  // Y
    case 0x5F: undo()  // _
    default: bell()
    }
    if previous == .kill, last == .other { undoLog.close() }
    return nil
  }

  private mutating func alt(_ byte: UInt8) {
    switch byte {
    case 0x62, 0x42: moveWordBack()  // b
    case 0x66, 0x46: moveWordForward()  // f
    case 0x64, 0x44:  // d
      let end = buffer.wordEnd(buffer.cursor, LineBuffer.isLetter)
      kill(buffer.cursor..<end, isForward: true)
    case 0x63, 0x43: changeCase(.capital)  // c
    case 0x6C, 0x4C: changeCase(.lower)  // l
    case 0x75, 0x55: changeCase(.upper)  // u
    case 0x79, 0x59: yankPrevious()  // y
    case 0x2E, 0x5F: insertLastArgument()  // . _
    case 0x3C: showEntry(history.entries.isEmpty ? nil : 0)  // <
    case 0x3E: showEntry(nil)  // >
    default: bell()
    }
  }

  private mutating func altControl(_ letter: UInt8) {
    if letter == 0x48 { return killWordBack() }
    bell()
  }

  private mutating func named(
    _ name: Key.Name, _ modifiers: Key.Modifiers
  ) -> Action? {
    let isWord = modifiers.isControl || modifiers.isAlt
    switch name {
    case .enter where modifiers.isAlt: insert([0x0A])
    case .enter: return accepted()
    case .escape:
      hasEscape = true
      last = previous
    case .tab: return requestCompletion()
    case .backspace: if isWord { killWordBack() } else { backspace() }
    case .delete where isWord:
      let end = buffer.wordEnd(buffer.cursor, LineBuffer.isLetter)
      kill(buffer.cursor..<end, isForward: true)
    case .delete: delete(buffer.cursor..<buffer.after(buffer.cursor))
    case .left: if isWord { moveWordBack() } else { buffer.move(to: buffer.before(buffer.cursor)) }
    case .right: if isWord { moveWordForward() } else { moveForward() }
    case .up: moveUp()
    case .down: moveDown()
    case .home: buffer.move(to: buffer.lineStart(buffer.cursor))
    case .end: moveToEnd()
    case .pageUp: showEntry(history.entries.isEmpty ? nil : 0)
    case .pageDown: showEntry(nil)
    case .insert: bell()
    }
    return nil
  }

  mutating func backspace() { delete(buffer.before(buffer.cursor)..<buffer.cursor) }

  private mutating func moveWordBack() {
    buffer.move(to: buffer.wordStart(buffer.cursor, LineBuffer.isLetter))
  }

  private mutating func moveWordForward() {
    if let hint, buffer.isAtEnd {
      // One word of what is proposed.
      let proposed = LineBuffer(hint)
      return insert(Array(hint[..<proposed.wordEnd(0, LineBuffer.isLetter)]))
    }
    buffer.move(to: buffer.wordEnd(buffer.cursor, LineBuffer.isLetter))
  }

  private mutating func killWordBack() {
    let start = buffer.wordStart(buffer.cursor, LineBuffer.isLetter)
    kill(start..<buffer.cursor, isForward: false)
  }

  /// To the right, or into what is proposed.
  private mutating func moveForward() {
    if let hint { return insert(hint) }
    buffer.move(to: buffer.after(buffer.cursor))
  }

  private mutating func moveToEnd() {
    if let hint { return insert(hint) }
    buffer.move(to: buffer.lineEnd(buffer.cursor))
  }
}

extension Key {
  /// The key as if an escape had come with it.
  fileprivate var withAlt: Key {
    switch self {
    case .text(let bytes) where bytes.count == 1 && bytes[0] < 0x7F: return .alt(bytes[0])
    case .control(let letter): return .altControl(letter)
    case .named(let name, var modifiers):
      modifiers.isAlt = true
      return .named(name, modifiers)
    case .text, .alt, .altControl, .paste, .cursorReport: return self
    }
  }
}
