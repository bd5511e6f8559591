// SPDX-License-Identifier: MIT
public import Base
import Core

/// Arguments split into single-letter options and the rest.
///
/// Options may be joined (`-la`) and stand anywhere before `--`; a lone `-` is no option.
public struct Options: Sendable {
  public private(set) var operands: [Text] = []
  /// `--help` was among them.
  public private(set) var wantsHelp = false
  private var letters: [UInt8] = []

  /// - Parameter allowed: the letters that are options.
  /// - Throws: `unknownOption` for any other.
  @export(interface)
  public init(_ arguments: [Text], allowed: StaticString) throws(UsageError) {
    var isOver = false
    for argument in arguments {
      if isOver || argument == "-" || !argument.hasPrefix("-") {
        operands.append(argument)
      } else if argument == "--" {
        isOver = true
      } else if argument == "--help" {
        wantsHelp = true
      } else {
        try add(argument, allowed)
      }
    }
  }

  private mutating func add(_ argument: Text, _ allowed: StaticString) throws(UsageError) {
    for index in 1..<argument.count {
      guard Text(allowed).contains(argument[index]) else { throw .unknownOption(argument) }
      letters.append(argument[index])
    }
  }

  @export(interface)
  public func has(_ letter: Unicode.Scalar) -> Bool {
    letters.contains(UInt8(truncatingIfNeeded: letter.value))
  }
}
