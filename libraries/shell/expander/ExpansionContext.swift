// SPDX-License-Identifier: MIT
public import Base
public import ShellParser

/// What expansion asks of the shell around it.
public protocol ExpansionContext: AnyObject {
  /// How many words are being expanded within one another, commands in them included.
  var expansionDepth: Int { get set }

  /// The value of a variable; `nil` if there is none. `namespace` is empty where none is written.
  func value(namespace: Text, name: Text) throws(ExpansionError) -> Value?

  /// What the commands write to their standard output.
  func output(of block: Block) throws(ExpansionError) -> Text

  /// The names in a directory, `nil` if it cannot be listed. In any order, without `.` and `..`.
  func names(in directory: Text) -> [Text]?

  func exists(_ path: Text) -> Bool

  /// Whether the name itself is a link, wherever that leads.
  func isLink(_ path: Text) -> Bool

  /// What `~`, `~+`, `~-` and `~name` stand for.
  func home(of user: Text) -> Text?
}
