// SPDX-License-Identifier: MIT
public import Base

/// Where something stands in a document.
public struct TOMLPlace: Equatable, Sendable {
  /// Counted from one.
  public var line: Int
  /// In characters, counted from one.
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The place of a byte among `bytes`.
  init(of offset: Int, in bytes: [UInt8]) {
    line = 1
    column = 1
    for byte in bytes[..<min(offset, bytes.count)] {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}

/// Why a document is no TOML, and where.
public struct TOMLError: Error, Equatable {
  public enum Cause: Error, Equatable, Sendable {
    case documentTooLong
    case tooDeep
    case notUTF8
    case controlCharacter
    case keyMissing
    case equalsMissing
    case valueMissing
    case lineEndMissing
    case headerNotClosed
    case arrayNotClosed
    case inlineTableNotClosed
    case stringNotClosed
    case invalidEscape
    case invalidCharacterNumber
    case invalidNumber
    case integerOutOfRange
    case floatOutOfRange
    case invalidDate
    case dateOutOfRange
    /// A key that has a value, or a table that was defined.
    case defined
    /// Something is to lie in what is no table.
    case notATable
    /// A table that is complete where it stands is to get more.
    case tableClosed
    /// `[[NAME]]` for what is no array of tables.
    case notAnArrayOfTables
  }

  public let place: TOMLPlace
  public let cause: Cause

  public init(place: TOMLPlace, cause: Cause) {
    self.place = place
    self.cause = cause
  }

  /// `FILE:LINE:COLUMN: cause`, for a log.
  @export(interface)
  public func message(in file: Text) -> Text {
    Text { text in
      text.put(file)
      text.put(":")
      text.put(decimal: UInt64(place.line))
      text.put(":")
      text.put(decimal: UInt64(place.column))
      text.put(": ")
      text.put(cause.explanation)
    }
  }
}

extension TOMLError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .documentTooLong: "the document is too long"
      case .tooDeep: "tables and arrays lie too deep in one another"
      case .notUTF8: "the byte is not part of a UTF-8 character"
      case .controlCharacter: "control characters are not allowed here"
      case .keyMissing: "a key is expected"
      case .equalsMissing: "an equals sign is expected behind the key"
      case .valueMissing: "a value is expected"
      case .lineEndMissing: "the end of the line is expected"
      case .headerNotClosed: "the table's header is not closed"
      case .arrayNotClosed: "a comma or the end of the array is expected"
      case .inlineTableNotClosed: "a comma or the end of the inline table is expected"
      case .stringNotClosed: "the string is not closed"
      case .invalidEscape: "no escape begins like this"
      case .invalidCharacterNumber: "there is no character of this number"
      case .invalidNumber: "this is no number"
      case .integerOutOfRange: "the integer does not fit in 64 bits"
      case .floatOutOfRange: "the number is too large"
      case .invalidDate: "this is no date and no time"
      case .dateOutOfRange: "there is no such date or time"
      case .defined: "the key is defined already"
      case .notATable: "the key has a value that is no table"
      case .tableClosed: "the table is defined elsewhere and cannot be added to here"
      case .notAnArrayOfTables: "the key is defined already, and not as an array of tables"
      }
    }
  }
}
