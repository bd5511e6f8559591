// SPDX-License-Identifier: MIT

/// What a program says of itself: printed by `--help`, and as `docs/man/NAME.1` by `./apus docs`.
///
/// The rows of `options` are also what the program's options are read by (`OptionParser`), so that
/// none can be forgotten here. Paragraphs of `description` are apart by an empty line; a line that
/// begins with a space is kept as it is.
public struct Manual: Sendable {
  public var name: StaticString
  /// What it does, in a few words that continue "NAME - ".
  public var summary: StaticString
  /// The ways to call it, each without the name.
  public var synopsis: [StaticString]
  public var description: StaticString
  /// `-a, --all`, `-n NUMBER`, `-w, --width=COLUMNS`, `--color[=WHEN]`.
  public var options: [Entry]
  public var operands: [Entry]
  public var exitStatus: [Entry]
  /// A command and what it does.
  public var examples: [Entry]
  public var seeAlso: [StaticString]
  /// What the program ends with when it is called wrongly.
  public var usageStatus: Int32
  /// What it ends with when it cannot go on, its output being lost for one.
  public var failureStatus: Int32

  /// A term and what it means.
  public struct Entry: Sendable {
    public var term: StaticString
    public var meaning: StaticString

    public init(_ term: StaticString, _ meaning: StaticString) {
      self.term = term
      self.meaning = meaning
    }
  }

  public init(
    _ name: StaticString, _ summary: StaticString, synopsis: [StaticString],
    description: StaticString, options: [Entry] = [], operands: [Entry] = [],
    exitStatus: [Entry] = [], examples: [Entry] = [], seeAlso: [StaticString] = [],
    usageStatus: Int32 = 2, failureStatus: Int32 = 1
  ) {
    self.name = name
    self.summary = summary
    self.synopsis = synopsis
    self.description = description
    self.options = options
    self.operands = operands
    self.exitStatus = exitStatus
    self.examples = examples
    self.seeAlso = seeAlso
    self.usageStatus = usageStatus
    self.failureStatus = failureStatus
  }
}
