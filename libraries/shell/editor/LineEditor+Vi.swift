// SPDX-License-Identifier: MIT
import Base
import Core

/// The usual keys of vi. `.` (repeat), registers, marks, text objects and visual mode are missing:
/// their keys ring the bell.
extension LineEditor {
  mutating func handleVi(_ key: Key) -> Action? {
    guard vi.isNormal else {
      switch key {
      case .named(.escape, _): enterNormal()
      case .alt(let byte):
        // An escape and what was typed right after it.
        enterNormal()
        return viNormal(byte)
      default: return handleEmacs(key)
      }
      return nil
    }
    switch key {
    case .text(let bytes) where vi.argument == .replacement: viReplace(bytes)
    case .text(let bytes) where bytes.count == 1: return viNormal(bytes[0])
    case .alt(let byte):
      vi.endCommand()
      return viNormal(byte)
    case .named(.escape, _): vi.endCommand()
    case .named(.backspace, _): return viNormal(0x68)
    case .text, .paste:
      vi.endCommand()
      bell()
    default:
      vi.endCommand()
      let action = handleEmacs(key)
      if action == nil { keepInLine() }
      return action
    }
    return nil
  }

  private mutating func enterNormal() {
    vi.isNormal = true
    vi.endCommand()
    undoLog.close()
    if buffer.cursor > buffer.lineStart(buffer.cursor) {
      buffer.move(to: buffer.before(buffer.cursor))
    }
  }

  private mutating func enterInsert() {
    vi.isNormal = false
    vi.endCommand()
  }

  /// The cursor of a command stands on a character, not behind the last.
  private mutating func keepInLine() {
    let place = buffer.cursor
    if vi.isNormal, place == buffer.lineEnd(place), place > buffer.lineStart(place) {
      buffer.move(to: buffer.before(place))
    }
  }

  private mutating func viNormal(_ byte: UInt8) -> Action? {
    if case .find(let isForward, let isBefore)? = vi.argument {
      vi.lastFind = (byte, isForward, isBefore)
      move(viFind(byte, isForward: isForward, isBefore: isBefore, count: vi.count ?? 1))
      return nil
    }
    if byte.isASCIIDigit, byte != 0x30 || vi.count != nil {
      vi.count = min((vi.count ?? 0) * 10 + Int(byte & 0xF), 10_000)
      return nil
    }
    if let action = viOperator(byte) {
      if vi.waiting == action {
        // Twice the same: the whole line.
        let place = buffer.cursor
        apply(action, buffer.lineStart(place)..<buffer.lineEnd(place))
        if action == .yank { buffer.move(to: place) }
      } else {
        vi.waiting = action
      }
      return nil
    }
    switch byte {
    case 0x66, 0x46, 0x74, 0x54:  // f F t T
      vi.argument = .find(isForward: byte > 0x60, isBefore: byte & 0x5F == 0x54)
    case 0x77, 0x57:
      // Changing a word leaves the space behind it.
      let isChange = vi.waiting == .change
      move(viMotion(isChange ? byte == 0x77 ? 0x65 : 0x45 : byte, count: vi.count ?? 1))
    default:
      if let motion = viMotion(byte, count: vi.count ?? 1) {
        move(motion)
      } else if vi.waiting == nil {
        command(byte)
      } else {
        vi.endCommand()
        bell()
      }
    }
    return nil
  }

  private func viOperator(_ byte: UInt8) -> ViState.Operator? {
    switch byte {
    case 0x64: .delete
    case 0x63: .change
    case 0x79: .yank
    default: nil
    }
  }

  private mutating func move(_ motion: ViMotion?) {
    guard let motion else {
      vi.endCommand()
      return bell()
    }
    guard let action = vi.waiting else {
      vi.endCommand()
      buffer.move(to: motion.target)
      return keepInLine()
    }
    let start = min(buffer.cursor, motion.target)
    var end = max(buffer.cursor, motion.target)
    if motion.isInclusive { end = buffer.after(end) }
    apply(action, start..<end)
  }

  private mutating func apply(_ action: ViState.Operator, _ range: Range<Int>) {
    (previous, last) = (.other, .other)
    switch action {
    case .yank:
      kills.add(Array(buffer.bytes[range]), .new)
      buffer.move(to: range.lowerBound)
    case .delete, .change:
      if !range.isEmpty { kill(range, isForward: true) }
    }
    if action == .change { enterInsert() } else { vi.endCommand() }
    keepInLine()
  }

  private mutating func command(_ byte: UInt8) {
    let count = vi.count ?? 1
    vi.endCommand()
    let place = buffer.cursor
    let lineEnd = buffer.lineEnd(place)
    switch byte {
    case 0x61, 0x69:  // a i
      if byte == 0x61, place < lineEnd { buffer.move(to: buffer.after(place)) }
      enterInsert()
    case 0x41, 0x49:  // A I
      buffer.move(to: byte == 0x41 ? lineEnd : buffer.lineStart(place))
      enterInsert()
    case 0x43: apply(.change, place..<lineEnd)  // C
    case 0x44: apply(.delete, place..<lineEnd)  // D
    case 0x53: apply(.change, buffer.lineStart(place)..<lineEnd)  // S
    case 0x59: apply(.yank, buffer.lineStart(place)..<lineEnd)  // Y
    case 0x73, 0x78:  // s x
      apply(
        byte == 0x73 ? .change : .delete, place..<(viMotion(0x6C, count: count)?.target ?? place))
    case 0x58: apply(.delete, (viMotion(0x68, count: count)?.target ?? place)..<place)  // X
    case 0x72: vi.argument = .replacement  // r
    case 0x70, 0x50:  // p P
      if byte == 0x70, place < lineEnd { buffer.move(to: buffer.after(place)) }
      yank()
      buffer.move(to: buffer.before(buffer.cursor))
    case 0x75: undo()  // u
    case 0x6A: moveDown()  // j
    case 0x6B: moveUp()  // k
    case 0x2F, 0x3F: beginSearch(isForward: byte == 0x3F)  // / ?
    case 0x7E: swapCase()  // ~
    default: bell()
    }
    keepInLine()
  }

  private mutating func viReplace(_ bytes: [UInt8]) {
    vi.endCommand()
    let place = buffer.cursor
    guard place < buffer.lineEnd(place) else { return bell() }
    replace(place..<buffer.after(place), with: bytes)
    buffer.move(to: place)
  }

  private mutating func swapCase() {
    let place = buffer.cursor
    guard place < buffer.count else { return bell() }
    let byte = buffer.bytes[place]
    if byte.isASCIILetter { replace(place..<(place + 1), with: [byte ^ 0x20]) }
    buffer.move(to: buffer.after(place))
  }
}
