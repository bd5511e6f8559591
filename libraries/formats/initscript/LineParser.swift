// SPDX-License-Identifier: MIT
import Base
import Core

/// Turns one line into an action.
enum LineParser {
  /// `nil` if the line is empty or a comment.
  static func action(of line: Text) throws(InitScriptError.Cause) -> InitStep.Action? {
    var words = try words(of: line)[...]
    guard !words.isEmpty else { return nil }
    var environment = takeAssignments(from: &words)
    guard let first = words.first else { throw .programMissing }
    switch first {
    case "requires_weak":
      guard environment.isEmpty else { throw .assignmentToNothing }
      return .requiresWeak(try units(Array(words.dropFirst())))
    case "notify":
      words.removeFirst()
      environment += takeAssignments(from: &words)
      return .notify(try command(environment, Array(words)))
    case "nowait":
      words.removeFirst()
      environment += takeAssignments(from: &words)
      return .nowait(try command(environment, Array(words)))
    default: return .run(try command(environment, Array(words)))
    }
  }

  /// The words up to the first that begins with `#`.
  private static func words(of line: Text) throws(InitScriptError.Cause) -> [Text] {
    guard line.count <= InitScriptLimits.lineBytes else { throw .lineTooLong }
    for byte in line.bytes where !byte.isASCIISpace && (byte < 0x20 || byte == 0x7F) {
      throw .controlCharacter
    }
    var words: [Text] = []
    for word in line.words() {
      if word.hasPrefix("#") { break }
      words.append(word)
    }
    guard words.count <= InitScriptLimits.lineWords else { throw .tooManyWords }
    return words
  }

  /// Takes the words of the form `NAME=value` off the front.
  private static func takeAssignments(from words: inout ArraySlice<Text>) -> [InitCommand.Variable]
  {
    var variables: [InitCommand.Variable] = []
    while let word = words.first, let equals = word.firstIndex(of: 0x3D),
      isVariableName(word[0..<equals])
    {
      variables.append(
        InitCommand.Variable(name: word[0..<equals], value: word[(equals + 1)...]))
      words.removeFirst()
    }
    return variables
  }

  private static func units(_ names: [Text]) throws(InitScriptError.Cause) -> [Text] {
    guard !names.isEmpty else { throw .unitMissing }
    for name in names where !isUnit(name) { throw .invalidUnit }
    return names
  }

  /// Whether it is a plain file name.
  static func isUnit(_ name: Text) -> Bool {
    !name.isEmpty && name.count <= 255 && !name.contains(0x2F) && !name.contains(0) && name != "."
      && name != ".."
  }

  private static func command(
    _ environment: [InitCommand.Variable], _ words: [Text]
  ) throws(InitScriptError.Cause) -> InitCommand {
    guard !words.isEmpty else { throw .programMissing }
    for word in words where word.hasPrefix("$") && !isVariableName(word[1...]) {
      throw .invalidVariable
    }
    return InitCommand(environment: environment, words: words)
  }

  /// A letter or underscore, then letters, digits and underscores.
  static func isVariableName(_ name: Text) -> Bool {
    guard !name.isEmpty, !name[0].isASCIIDigit else { return false }
    for byte in name.bytes where !byte.isASCIILetter && !byte.isASCIIDigit && byte != 0x5F {
      return false
    }
    return true
  }
}
