// SPDX-License-Identifier: MIT
public import Base
public import TOML

/// Why a unit cannot be used, and where.
public enum UnitError: Error, Equatable {
  case script(InitScriptError)
  /// It is no TOML.
  case syntax(file: Text, TOMLError)
  /// It says something that units do not say; `name` is what it says it of.
  case meaning(file: Text, TOMLPlace, Cause, name: Text)
  /// Its name has an ending that no unit has.
  case ending(file: Text)

  public enum Cause: Error, Equatable, Sendable {
    case unknownTable
    case tableMissing
    case unknownKey
    case keyMissing
    case notAString
    case notATruthValue
    case notAListOfStrings
    case notATableOfStrings
    case unknownType
    case invalidUnit
    case invalidScheme
    case invalidVariable
    case invalidWord
  }

  /// `FILE:LINE:COLUMN: cause`, for the log.
  public var message: Text {
    @export(interface)
    get {
      switch self {
      case .script(let error): return error.message
      case .syntax(let file, let error): return error.message(in: file)
      case .ending(let file):
        return file + ": a unit's name ends in .service or .target, or has no dot"
      case .meaning(let file, let place, let cause, let name):
        return Text { text in
          text.put(file)
          text.put(":")
          text.put(decimal: UInt64(place.line))
          text.put(":")
          text.put(decimal: UInt64(place.column))
          text.put(": ")
          text.put(cause.explanation)
          text.put(": ")
          text.put(name)
        }
      }
    }
  }
}

extension UnitError.Cause {
  /// The cause in words; a colon and a name follow.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .unknownTable: "units have no such table"
      case .tableMissing: "the table is missing"
      case .unknownKey: "there is no such key"
      case .keyMissing: "the key is missing"
      case .notAString: "a string is expected"
      case .notATruthValue: "true or false is expected"
      case .notAListOfStrings: "a list of strings is expected"
      case .notATableOfStrings: "a table of strings is expected"
      case .unknownType: "type is notify, oneshot, oneshot_async or {scheme = NAME}, not"
      case .invalidUnit: "this is no unit's name"
      case .invalidScheme: "a scheme's name has 1 to 63 bytes without slash, colon and controls"
      case .invalidVariable: "this is no variable's name"
      case .invalidWord: "words are not empty and hold no zero byte"
      }
    }
  }
}
