// SPDX-License-Identifier: MIT
import ABI
import Core

// The unfinished line: the bytes of `input` from `readable` on.
extension TerminalState {
  /// Takes a byte that may be an editing character.
  mutating func edit(_ byte: UInt8, _ whenFull: WhenFull) -> Bool {
    if settings.is(byte, .erase) {
      eraseCharacter(byte)
      return true
    }
    if settings.is(byte, .kill) {
      killLine(byte)
      return true
    }
    if settings.local.contains(.extended), editMore(byte) { return true }
    let shows = settings.local.contains(.echo)
    if byte == 0x0A {
      guard endLine(byte, whenFull) else { return false }
      if shows || settings.local.contains(.echoNewLine) { post(byte) }
      return true
    }
    // An end of the file is a line's end that is not part of the line.
    if settings.is(byte, .endOfFile) { return endLine(Self.endOfFileMark, whenFull) }
    if settings.is(byte, .endOfLine) || settings.is(byte, .endOfLine2) {
      guard endLine(byte, whenFull) else { return false }
      if shows { echo(byte) }
      return true
    }
    return store(byte, whenFull)
  }

  /// No character that ends a line has this value: it stands for none.
  static var endOfFileMark: UInt8 { 0xFF }

  private mutating func editMore(_ byte: UInt8) -> Bool {
    if settings.is(byte, .wordErase) {
      eraseWord(byte)
    } else if settings.is(byte, .reprint) {
      reprint(byte)
    } else if settings.is(byte, .literalNext) {
      isLiteral = true
      // A mark that the character will take the place of.
      if settings.local.contains(.echo), settings.local.contains(.echoControl) {
        output.append(UInt8(ascii: "^"))
        output.append(0x08)
      }
    } else {
      return false
    }
    return true
  }

  private mutating func eraseCharacter(_ byte: UInt8) {
    guard input.end > readable else { return }
    erase(to: lastCharacter(before: input.end), byte)
  }

  private mutating func eraseWord(_ byte: UInt8) {
    var position = input.end
    while position > readable, isBlank(input.byte(at: position &- 1)) { position &-= 1 }
    while position > readable, !isBlank(input.byte(at: position &- 1)) { position &-= 1 }
    if position < input.end { erase(to: position, byte) }
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// Where the character begins that ends before `position`, with what combines with it.
  private mutating func lastCharacter(before position: UInt64) -> UInt64 {
    guard settings.input.contains(.utf8) else { return position &- 1 }
    var position = position
    while position > readable {
      let start = scalarStart(before: position)
      let scalar = scalar(from: start, to: position)
      position = start
      if CharacterWidth.of(scalar) > 0 { break }
    }
    return position
  }

  private mutating func scalarStart(before position: UInt64) -> UInt64 {
    var start = position &- 1
    var steps = 0
    while steps < 3, start > readable, input.byte(at: start) & 0xC0 == 0x80 {
      start &-= 1
      steps &+= 1
    }
    return start
  }

  /// The character in a few bytes; what is not UTF-8 counts as one column each.
  private mutating func scalar(from start: UInt64, to end: UInt64) -> UInt32 {
    let first = input.byte(at: start)
    if first < 0x80 { return UInt32(first) }
    var value = UInt32(first) & (first >= 0xF0 ? 0x07 : first >= 0xE0 ? 0x0F : 0x1F)
    var position = start &+ 1
    while position < end {
      value = value << 6 | UInt32(input.byte(at: position) & 0x3F)
      position &+= 1
    }
    return first >= 0xC0 ? value : 0xFFFD
  }

  /// Takes the line back to `position`, on the screen too.
  private mutating func erase(to position: UInt64, _ byte: UInt8) {
    let shows = settings.local.contains(.echo)
    guard shows, settings.local.contains(.echoErase) else {
      input.cut(to: position)
      if shows { echo(byte) }
      return
    }
    let before = columnAfter(input.end)
    let after = columnAfter(position)
    input.cut(to: position)
    rub(Int(before) - Int(after))
  }

  private mutating func rub(_ columns: Int) {
    guard columns > 0, output.room >= 3 * columns else { return }
    for _ in 0..<columns {
      output.append(0x08)
      output.append(0x20)
      output.append(0x08)
    }
    column = column > UInt32(columns) ? column - UInt32(columns) : 0
  }

  /// Where the cursor is behind the part of the line up to `end`.
  private mutating func columnAfter(_ end: UInt64) -> UInt32 {
    var place = lineColumn
    var position = readable
    while position < end {
      let next = characterEnd(from: position, limit: end)
      let byte = input.byte(at: position)
      if byte == 0x09 {
        place = (place & ~7) &+ 8
      } else if byte < 0x20 || byte == 0x7F {
        place &+= settings.local.contains(.echoControl) ? 2 : 0
      } else if settings.input.contains(.utf8) {
        place &+= UInt32(CharacterWidth.of(scalar(from: position, to: next)))
      } else {
        place &+= 1
      }
      position = next
    }
    return place
  }

  private mutating func characterEnd(from position: UInt64, limit: UInt64) -> UInt64 {
    guard settings.input.contains(.utf8) else { return position &+ 1 }
    var next = position &+ 1
    if input.byte(at: position) < 0xC0 { return next }
    while next < limit, next < position &+ 4, input.byte(at: next) & 0xC0 == 0x80 { next &+= 1 }
    return next
  }

  private mutating func killLine(_ byte: UInt8) {
    let columns = Int(columnAfter(input.end)) - Int(lineColumn)
    let isEmpty = input.end == readable
    input.cut(to: readable)
    guard settings.local.contains(.echo) else { return }
    let erases = settings.local.contains(.echoKillErases) && settings.local.contains(.echoErase)
    if erases, isEmpty { return }
    if erases, output.room >= 3 * columns &+ Self.longestEcho { return rub(columns) }
    echo(byte)
    if settings.local.contains(.echoKill) { post(0x0A) }
  }

  private mutating func reprint(_ byte: UInt8) {
    guard settings.local.contains(.echo) else { return }
    echo(byte)
    post(0x0A)
    lineColumn = column
    var position = readable
    while position < input.end, output.room >= Self.longestEcho {
      echo(input.byte(at: position))
      position &+= 1
    }
  }

  /// Shows a byte of input.
  mutating func echo(_ byte: UInt8) {
    let isControl = byte < 0x20 || byte == 0x7F
    guard isControl, settings.local.contains(.echoControl), byte != 0x0A, byte != 0x09 else {
      return post(byte)
    }
    guard output.room >= 2 else { return }
    output.append(UInt8(ascii: "^"))
    output.append(byte ^ 0x40)
    column &+= 2
  }
}
