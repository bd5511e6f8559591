// SPDX-License-Identifier: MIT
import Core

/// Turns the bytes of a terminal into keys: UTF-8, and the sequences of xterm, VT100, rxvt and the
/// consoles of Linux and Apus. Whatever the bytes, it takes them all and holds few.
public struct KeyDecoder: Sendable {
  private enum State: Equatable {
    case ground
    case scalar
    case escape
    /// `ESC [`
    case sequence
    /// `ESC O`
    case application
    /// `ESC [ [`, a function key of Linux' console.
    case functionKey
    case paste
  }

  private var state = State.ground
  /// The bytes of what has begun.
  private var held: [UInt8] = []
  /// How many bytes the code point has.
  private var length = 0
  private var isAlt = false

  public init() {}

  /// Whether what has come is an escape that may be a key by itself: if nothing more comes within
  /// `EditorLimits.escapeMilliseconds`, `timeOut` says what it was.
  public var isWaiting: Bool { state != .ground && state != .scalar && state != .paste }

  /// Whether a paste is on its way.
  public var isPasting: Bool { state == .paste }

  /// Takes one byte and adds the keys that it completes.
  @export(interface)
  public mutating func take(_ byte: UInt8, into keys: inout [Key]) {
    switch state {
    case .ground: begin(byte, &keys)
    case .scalar:
      if byte & 0xC0 == 0x80 {
        held.append(byte)
        if held.count == length { endScalar(&keys) }
      } else {
        endScalar(&keys)
        begin(byte, &keys)
      }
    case .escape: escaped(byte, &keys)
    case .sequence: sequence(byte, &keys)
    case .application:
      state = .ground
      if let key = KeySequences.application(byte, isAlt: isAlt) { keys.append(key) }
      isAlt = false
    case .functionKey: reset()
    case .paste: paste(byte, &keys)
    }
  }

  /// Nothing has come for a while.
  @export(interface)
  public mutating func timeOut(into keys: inout [Key]) {
    switch state {
    case .ground, .paste: return
    case .scalar: endScalar(&keys)
    case .escape:
      keys.append(.named(.escape, isAlt ? .alt : .none))
      reset()
    case .sequence where held.isEmpty:
      keys.append(.alt(0x5B))
      reset()
    case .application:
      keys.append(.alt(0x4F))
      reset()
    case .sequence, .functionKey: reset()
    }
  }

  private mutating func reset() {
    state = .ground
    held = []
    isAlt = false
  }

  private mutating func begin(_ byte: UInt8, _ keys: inout [Key]) {
    held = []
    isAlt = false
    switch byte {
    case 0x1B: state = .escape
    case 0xC2..<0xF5:
      length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      held = [byte]
      state = .scalar
    default: keys.append(Self.single(byte))
    }
  }

  private static func single(_ byte: UInt8) -> Key {
    switch byte {
    case 0x09: .named(.tab)
    case 0x0A, 0x0D: .named(.enter)
    case 0x7F: .named(.backspace)
    case 0..<0x20: .control(byte | 0x40)
    default: .text([byte])
    }
  }

  /// Gives out the code point, or its bytes one by one if it is none.
  private mutating func endScalar(_ keys: inout [Key]) {
    state = .ground
    if held.count == length {
      keys.append(.text(held))
    } else {
      for byte in held { keys.append(.text([byte])) }
    }
    held = []
  }

  private mutating func escaped(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x5B:
      state = .sequence
      held = []
    case 0x4F: state = .application
    case 0x1B: isAlt = true
    default:
      state = .ground
      switch byte {
      case 0x09: keys.append(.named(.tab, .alt))
      case 0x0A, 0x0D: keys.append(.named(.enter, .alt))
      case 0x7F: keys.append(.named(.backspace, .alt))
      case 0..<0x20: keys.append(.altControl(byte | 0x40))
      case 0x20..<0x7F: keys.append(.alt(byte))
      default: begin(byte, &keys)
      }
      isAlt = false
    }
  }

  private mutating func sequence(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x5B where held.isEmpty: state = .functionKey
    case 0x20..<0x40:
      if held.count < EditorLimits.sequenceBytes { held.append(byte) }
    case 0x40..<0x7F:
      let parameters = held
      let wasAlt = isAlt
      reset()
      if byte == 0x7E, parameters == [0x32, 0x30, 0x30] {
        state = .paste
      } else if parameters.count < EditorLimits.sequenceBytes,
        let key = KeySequences.key(parameters, byte, isAlt: wasAlt)
      {
        keys.append(key)
      }
    default:
      // A control character ends a sequence that was none.
      reset()
      begin(byte, &keys)
    }
  }

  private mutating func paste(_ byte: UInt8, _ keys: inout [Key]) {
    // A line ends as CR, as LF or as both.
    if byte == 0x0A, held.last == 0x0D { held.removeLast() }
    if byte != 0x0A, held.last == 0x0D { held[held.count - 1] = 0x0A }
    held.append(byte)
    if byte == 0x7E, endsPaste {
      held.removeLast(6)
      if held.last == 0x0D { held[held.count - 1] = 0x0A }
      keys.append(.paste(held))
      reset()
    } else if held.count > EditorLimits.lineBytes + 6 {
      // It is too long in any case; of the rest only its end matters.
      held.remove(at: EditorLimits.lineBytes)
    }
  }

  private var endsPaste: Bool {
    guard held.count >= 6 else { return false }
    let start = held.count - 6
    let mark = ("\u{1B}[201~" as StaticString).bytes
    for offset in 0..<6 where held[start + offset] != mark[offset] { return false }
    return true
  }
}
