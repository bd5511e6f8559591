// SPDX-License-Identifier: MIT
import Base
import Core

/// Where the vi keys are in a command.
struct ViState: Sendable {
  enum Operator { case delete, change, yank }

  /// What the next key says: a character to look for, or one to put in.
  enum Argument: Equatable {
    case find(isForward: Bool, isBefore: Bool)
    case replacement
  }

  var isNormal = false
  var count: Int?
  var waiting: Operator?
  var argument: Argument?
  var lastFind: (byte: UInt8, isForward: Bool, isBefore: Bool)?

  mutating func endCommand() {
    count = nil
    waiting = nil
    argument = nil
  }
}

/// Where a motion leads.
struct ViMotion {
  var target: Int
  /// Whether an operator takes the character there too.
  var isInclusive = false
}

extension LineEditor {
  /// What stands before the prompt for the mode: `VI_NORMAL` and `VI_INSERT`.
  var viIndicator: Text? {
    guard bindings == .vi else { return nil }
    return vi.isNormal ? viNormalIndicator : viInsertIndicator
  }

  /// The place to which a motion's key leads; `nil` for a key that is none, or leads nowhere.
  func viMotion(_ byte: UInt8, count: Int) -> ViMotion? {
    var place = buffer.cursor
    switch byte {
    case 0x68:  // h
      for _ in 0..<count where place > buffer.lineStart(place) { place = buffer.before(place) }
      return ViMotion(target: place)
    case 0x6C, 0x20:  // l
      for _ in 0..<count where place < buffer.lineEnd(place) { place = buffer.after(place) }
      return ViMotion(target: place)
    case 0x30: return ViMotion(target: buffer.lineStart(place))  // 0
    case 0x5E:  // ^
      place = buffer.lineStart(place)
      while place < buffer.count, buffer.bytes[place] == 0x20 { place += 1 }
      return ViMotion(target: place)
    case 0x24: return ViMotion(target: buffer.lineEnd(place))  // $
    case 0x77, 0x57:  // w W
      for _ in 0..<count { place = viWordStart(after: place, isBig: byte == 0x57) }
      return ViMotion(target: place)
    case 0x62, 0x42:  // b B
      for _ in 0..<count { place = viWordStart(before: place, isBig: byte == 0x42) }
      return ViMotion(target: place)
    case 0x65, 0x45:  // e E
      for _ in 0..<count { place = viWordEnd(after: place, isBig: byte == 0x45) }
      return ViMotion(target: place, isInclusive: true)
    case 0x3B, 0x2C:  // ; ,
      guard let find = vi.lastFind else { return nil }
      return viFind(
        find.byte, isForward: find.isForward == (byte == 0x3B), isBefore: find.isBefore,
        count: count)
    default: return nil
    }
  }

  func viFind(_ byte: UInt8, isForward: Bool, isBefore: Bool, count: Int) -> ViMotion? {
    var place = buffer.cursor
    var left = count
    while true {
      if isForward ? place + 1 >= buffer.count : place == 0 { return nil }
      place += isForward ? 1 : -1
      if buffer.bytes[place] == 0x0A { return nil }
      guard buffer.bytes[place] == byte else { continue }
      left -= 1
      if left == 0 { break }
    }
    if isBefore { place = isForward ? buffer.before(place) : buffer.after(place) }
    return ViMotion(target: place, isInclusive: isForward)
  }

  /// 0 for space, 1 for letters, 2 for the rest.
  private func viClass(_ place: Int, isBig: Bool) -> Int {
    let byte = buffer.bytes[place]
    if byte.isASCIISpace { return 0 }
    return isBig || LineBuffer.isLetter(byte) || byte == 0x5F ? 1 : 2
  }

  private func viWordStart(after start: Int, isBig: Bool) -> Int {
    var place = start
    guard place < buffer.count else { return place }
    let first = viClass(place, isBig: isBig)
    while place < buffer.count, first != 0, viClass(place, isBig: isBig) == first { place += 1 }
    while place < buffer.count, viClass(place, isBig: isBig) == 0 { place += 1 }
    return place
  }

  private func viWordStart(before start: Int, isBig: Bool) -> Int {
    var place = start
    while place > 0, viClass(place - 1, isBig: isBig) == 0 { place -= 1 }
    guard place > 0 else { return 0 }
    let kind = viClass(place - 1, isBig: isBig)
    while place > 0, viClass(place - 1, isBig: isBig) == kind { place -= 1 }
    return place
  }

  private func viWordEnd(after start: Int, isBig: Bool) -> Int {
    var place = start + 1
    while place < buffer.count, viClass(place, isBig: isBig) == 0 { place += 1 }
    guard place < buffer.count else { return max(start, buffer.before(buffer.count)) }
    let kind = viClass(place, isBig: isBig)
    while place + 1 < buffer.count, viClass(place + 1, isBig: isBig) == kind { place += 1 }
    return buffer.before(place + 1)
  }
}
