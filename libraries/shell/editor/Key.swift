// SPDX-License-Identifier: MIT

/// What a terminal sent.
public enum Key: Equatable, Sendable {
  public enum Name: Equatable, Sendable {
    case up, down, left, right, home, end, insert, delete, pageUp, pageDown
    case backspace, enter, tab, escape
  }

  public struct Modifiers: Equatable, Sendable {
    public var isShift = false
    public var isAlt = false
    public var isControl = false

    public static var none: Modifiers { Modifiers() }
    public static var alt: Modifiers { Modifiers(isAlt: true) }
    public static var control: Modifiers { Modifiers(isControl: true) }
    public static var shift: Modifiers { Modifiers(isShift: true) }
  }

  /// A code point in UTF-8, or a byte that is none.
  case text([UInt8])
  /// Alt, or an escape before it, and an ASCII character.
  case alt(UInt8)
  /// Ctrl and a capital letter or one of `@ \ ] ^ _`.
  case control(UInt8)
  case altControl(UInt8)
  case named(Name, Modifiers)
  /// All that was pasted, lines ended by line feeds.
  case paste([UInt8])
  /// The terminal's answer to where its cursor is, both counted from one.
  case cursorReport(row: Int, column: Int)

  static func named(_ name: Name) -> Key { .named(name, .none) }
}
