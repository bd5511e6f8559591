// SPDX-License-Identifier: MIT
public import Base
public import ShellEditor
public import ShellEvaluator

/// What a session needs of the system beyond what a script does. The terminal is handle 0; what
/// the editor draws is written to handle 2.
public protocol SessionSystem: ShellSystem {
  /// `true`: the terminal gives each byte as it comes, shows none by itself and makes no signals
  /// of them. `false`: as it was found.
  func setRawMode(_ isRaw: Bool)

  /// `nil` if the terminal does not say, as on a serial line.
  func terminalSize() -> TerminalSize?

  /// Seconds since 1970.
  var now: Int { get }

  /// Makes one directory.
  func makeDirectory(_ path: Text) throws(SystemFailure)

  /// Gives the file this content in one step: whatever happens, the old one or the new is there.
  func replace(_ path: Text, with bytes: [UInt8]) throws(SystemFailure)
}
