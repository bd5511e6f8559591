// SPDX-License-Identifier: MIT
public import Base
import Core

/// Why arguments make no sense, or that help is wanted.
public enum OptionError: Error, Equatable {
  case help
  case unknownLetter(Text)
  /// With its dashes.
  case unknownName(Text)
  /// A letter, or a name with its dashes.
  case missingValue(Text)
  case unwantedValue(Text)

  /// In words, to be put after the program's name.
  @export(interface)
  public var message: Text {
    switch self {
    case .help: "help is wanted"
    case .unknownLetter(let letter): "unknown option -- " + letter.quotedForMessage
    case .unknownName(let name): "unknown option " + name.quotedForMessage
    case .missingValue(let name) where name.hasPrefix("--"):
      "option " + name.quotedForMessage + " needs a value"
    case .missingValue(let letter): "option needs a value -- " + letter.quotedForMessage
    case .unwantedValue(let name): "option " + name.quotedForMessage + " takes no value"
    }
  }
}
