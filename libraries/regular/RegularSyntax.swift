// SPDX-License-Identifier: MIT

/// How a regular expression is written.
public enum RegularSyntax: Sendable {
  /// Ion's, which is Perl's without what takes more than linear time.
  case shell
  /// POSIX basic, with `\|`, `\+`, `\?`, `\<`, `\>`, `\b`, `\B`, `\w`, `\W`, `\s`, `\S` besides.
  case basic
  /// POSIX extended, with the same letters.
  case extended
  /// Bytes that stand for themselves.
  case literal
}

/// What a search asks for beyond the pattern.
public struct RegularOptions: Sendable {
  /// Letters of ASCII match in either case.
  public var ignoresCase = false
  /// A match has no part of a word before or behind it.
  public var matchesWords = false
  /// A match is the whole text.
  public var matchesAll = false

  public init() {}
}
