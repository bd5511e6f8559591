// SPDX-License-Identifier: MIT
public import Base

/// Why a word does not expand.
public struct ExpansionError: Error, Equatable {
  public enum Kind: Equatable, Sendable {
    case missingVariable
    case other
    /// What it ran has ended the shell itself, or was interrupted.
    case stopped
  }

  public let kind: Kind
  public let message: Text

  public init(_ message: Text, kind: Kind = .other) {
    self.kind = kind
    self.message = message
  }

  static func missing(_ name: Text) -> ExpansionError {
    ExpansionError("Variable \"" + name + "\" does not exist", kind: .missingVariable)
  }
}

/// What expanding one word may lead to.
public enum ExpansionLimits {
  /// Words that are expanded within one another; commands in them count on.
  public static var depth: Int { 300 }
  /// Words, or elements of a range.
  public static var words: Int { 1 << 20 }
  /// Directories that `**` looks into.
  public static var directories: Int { 1 << 16 }
  /// Directories within one another that `**` goes down.
  public static var directoryDepth: Int { 64 }
  public static var bytes: Int { 64 << 20 }
  /// Parentheses and powers within one another.
  public static var arithmeticDepth: Int { 100 }
}
