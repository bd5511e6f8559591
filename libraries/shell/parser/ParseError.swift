// SPDX-License-Identifier: MIT
public import Base
import Core

/// Why a script cannot be read, and where.
public struct ParseError: Error, Equatable {
  public enum Cause: Error, Equatable, Sendable {
    case tooLong, tooDeep, tooManyHereDocuments
    case unterminatedSingleQuote, unterminatedDoubleQuote
    case unterminatedProcess, unterminatedArithmetic, unterminatedMethod
    case unterminatedBrace, unterminatedBracedVariable, unterminatedBracket
    case unterminatedHereDocument
    case missingEnd, missingCommand, missingNextCommand, missingRedirectionTarget,
      missingHereDelimiter
    case missingCondition, missingLoopValues, missingLoopName, missingIn, missingMatchValue
    case missingPattern, invalidBinding, caseOutsideMatch, statementOutsideCase
    case endWithoutBlock, elseWithoutIf, textAfterBlock
    case unexpectedClosing(UInt8)
    case invalidFunctionName, invalidParameter, repeatedParameter
    case missingKey, missingOperator, missingValue, invalidKey, invalidType
  }

  public let cause: Cause
  /// Counted from one; the column in bytes.
  public let line: Int
  public let column: Int

  init(_ cause: Cause, at offset: Int, in bytes: [UInt8]) {
    self.cause = cause
    var line = 1
    var start = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
      line += 1
      start = index + 1
    }
    self.line = line
    column = max(0, min(offset, bytes.count) - start) + 1
  }

  /// Whether more text could make it right: an interactive shell then asks for another line.
  public var isIncomplete: Bool {
    switch cause {
    case .unterminatedSingleQuote, .unterminatedDoubleQuote, .unterminatedProcess,
      .unterminatedArithmetic, .unterminatedMethod, .unterminatedBrace,
      .unterminatedBracedVariable, .unterminatedBracket, .unterminatedHereDocument, .missingEnd,
      .missingNextCommand:
      true
    default: false
    }
  }

  /// `line:column: cause`.
  @export(interface)
  public var message: Text {
    Text { text in
      text.put(decimal: UInt64(line))
      text.put(":")
      text.put(decimal: UInt64(column))
      text.put(": ")
      text.put(cause.explanation)
      if case .unexpectedClosing(let byte) = cause {
        text.put(" '")
        text.put(byte)
        text.put("'")
      }
    }
  }
}

extension ParseError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .tooLong: "the script is too long"
      case .tooDeep: "blocks or expansions are nested too deeply"
      case .tooManyHereDocuments: "too many here-documents in one line"
      case .unterminatedSingleQuote: "unterminated single quote"
      case .unterminatedDoubleQuote: "unterminated double quote"
      case .unterminatedProcess: "unterminated subshell"
      case .unterminatedArithmetic: "unterminated arithmetic expression"
      case .unterminatedMethod: "unterminated method"
      case .unterminatedBrace: "unterminated brace"
      case .unterminatedBracedVariable: "unterminated braced variable"
      case .unterminatedBracket: "unterminated square bracket"
      case .unterminatedHereDocument: "unterminated here-document"
      case .missingEnd: "a block has no 'end'"
      case .missingCommand, .missingNextCommand: "a command is missing"
      case .missingRedirectionTarget: "a redirection names no file or text"
      case .missingHereDelimiter: "a here-document has no delimiter"
      case .missingCondition: "a condition is missing"
      case .missingLoopValues: "'for' has nothing to go through"
      case .missingLoopName: "'for' names no variable"
      case .missingIn: "'for' has no 'in'"
      case .missingMatchValue: "'match' has no value"
      case .missingPattern: "'case' has no pattern"
      case .invalidBinding: "after '@' there is no name of a variable"
      case .caseOutsideMatch: "'case' outside of a 'match'"
      case .statementOutsideCase: "a statement before the first 'case'"
      case .endWithoutBlock: "'end' without a block to close"
      case .elseWithoutIf: "'else' without an 'if'"
      case .textAfterBlock: "there is text after the end of a block"
      case .unexpectedClosing: "unexpected closing"
      case .invalidFunctionName: "not the name of a function"
      case .invalidParameter: "not a parameter"
      case .repeatedParameter: "two parameters have one name"
      case .missingKey: "no variable is named to be assigned"
      case .missingOperator: "no operator supplied for assignment"
      case .missingValue: "no values supplied for assignment"
      case .invalidKey: "not the name of a variable"
      case .invalidType: "not a type"
      }
    }
  }
}

/// What a script may hold.
public enum ParserLimits {
  public static var scriptBytes: Int { 64 << 20 }
  /// Blocks, expansions, arrays and braces within one another.
  public static var depth: Int { 100 }
  public static var hereDocumentsPerLine: Int { 16 }
}
