// SPDX-License-Identifier: MIT
public import Base

/// A word of a command as written: its parts are expanded and joined when the command runs.
public struct Word: Equatable, Sendable {
  /// What most words are. It is found out once, and not each time the command runs.
  public enum Form: Equatable, Sendable {
    /// It says itself, and is no pattern of file names.
    case plain(Text)
    /// `$name`, and nothing else.
    case variable(Text)
    case general
  }

  public let parts: [Part]
  public let form: Form

  public init(_ parts: [Part]) {
    self.parts = parts
    form = Form(parts)
  }

  public var isGeneral: Bool {
    if case .general = form { return true }
    return false
  }

  /// The text of a word that says itself, without quotes or expansions; `nil` for any other.
  public var bareText: Text? {
    guard parts.count == 1, case .literal(let text, isQuoted: false) = parts[0] else { return nil }
    return text
  }

  /// The text of a word in which nothing needs to be expanded, quoted or not.
  public var plainText: Text? {
    var result = Text()
    for part in parts {
      guard case .literal(let text, _) = part else { return nil }
      result.put(text)
    }
    return result
  }
}

extension Word.Form {
  fileprivate init(_ parts: [Part]) {
    self = .general
    guard parts.count == 1 else { return }
    switch parts[0] {
    case .literal(let text, let isQuoted):
      if isQuoted || !text.mayBePattern { self = .plain(text) }
    case .string(let expression):
      guard expression.selection == nil,
        case .variable(let namespace, let name) = expression.source, namespace.isEmpty
      else { return }
      self = .variable(name)
    case .array, .list, .alternatives, .tilde: break
    }
  }
}

extension Text {
  /// Whether it has a byte that, unquoted, could begin a pattern of file names.
  public var mayBePattern: Bool {
    for byte in bytes where byte == 0x2A || byte == 0x3F || byte == 0x5B { return true }
    return false
  }
}

public enum Part: Equatable, Sendable {
  /// Unquoted text may hold `*`, `?` and `[…]`.
  case literal(Text, isQuoted: Bool)
  /// `$…`: one text.
  case string(Expression)
  /// `@…`: any number of texts; joined by spaces where quoted.
  case array(Expression, isQuoted: Bool)
  /// `[a b]`
  case list([Word], selection: [Word]?)
  /// `{a,b}`; an alternative may be a range such as `1..5`.
  case alternatives([Word])
  /// `~` or `~name`, without the tilde.
  case tilde(Text)
}

/// What follows a `$` or `@`.
public struct Expression: Equatable, Sendable {
  public enum Source: Equatable, Sendable {
    /// `namespace` is empty where there is none.
    case variable(namespace: Text, name: Text)
    case method(name: Text, arguments: [Word])
    case process(Block)
    case arithmetic(Word)
  }

  public var source: Source
  /// Indices, ranges or keys in brackets right after it.
  public var selection: [Word]?
}
