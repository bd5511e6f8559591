// SPDX-License-Identifier: MIT
public import Base
import Core
public import Manual

/// Arguments taken apart by the options that a manual declares.
///
/// Letters may be joined (`-la`), a value may be joined to its letter or follow it (`-n5`, `-n 5`),
/// to a name it is joined by `=` or follows. Names are not abbreviated. Options may stand anywhere
/// before `--`, or, with `operandsEndOptions`, before the first operand; a lone `-` is an operand.
/// `--help` is everybody's.
public struct Options: Sendable {
  public private(set) var operands: [Text] = []
  /// The options in the order they were given.
  public private(set) var found: [Found] = []
  private let declared: [DeclaredOption]

  public struct Found: Sendable {
    /// The row of the manual that declares it.
    public let row: Int
    public let value: Text?
  }

  /// - Throws: `help` if that is asked for, before any later error; what is wrong with an option.
  @export(interface)
  public init(
    _ arguments: [Text], _ rows: [Manual.Entry], operandsEndOptions: Bool = false
  ) throws(OptionError) {
    var declared: [DeclaredOption] = []
    for row in rows { declared.append(DeclaredOption(row.term)) }
    self.declared = declared
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      if argument == "--" {
        operands += arguments[index...]
        return
      }
      if argument == "-" || !argument.hasPrefix("-") {
        operands.append(argument)
        guard operandsEndOptions else { continue }
        operands += arguments[index...]
        return
      }
      let following = index < arguments.count ? arguments[index] : nil
      let takesFollowing =
        argument.hasPrefix("--")
        ? try readName(argument, following) : try readLetters(argument, following)
      if takesFollowing { index += 1 }
    }
  }

  /// - Returns: whether the following argument is the value.
  private mutating func readName(
    _ argument: Text, _ following: Text?
  ) throws(OptionError) -> Bool {
    let end = argument.firstIndex(of: UInt8(ascii: "=")) ?? argument.count
    let name = argument[2..<end]
    let value = end < argument.count ? argument[(end + 1)...] : nil
    if name == "help", value == nil { throw .help }
    guard let row = declared.firstIndex(where: { $0.isNamed(name) }) else {
      throw .unknownName(argument[0..<end])
    }
    switch declared[row].takes {
    case .nothing where value != nil: throw .unwantedValue(argument[0..<end])
    case .value where value == nil:
      guard let following else { throw .missingValue(argument) }
      found.append(Found(row: row, value: following))
      return true
    default:
      found.append(Found(row: row, value: value))
      return false
    }
  }

  private mutating func readLetters(
    _ argument: Text, _ following: Text?
  ) throws(OptionError) -> Bool {
    if let row = declared.firstIndex(where: { $0.isNumber }), isNumber(argument) {
      found.append(Found(row: row, value: argument[1...]))
      return false
    }
    var index = 1
    while index < argument.count {
      let letter = argument[index]
      index += 1
      guard let row = declared.firstIndex(where: { $0.letter == letter }) else {
        throw .unknownLetter(character(of: argument, at: index - 1))
      }
      if declared[row].letterTakesRest {
        found.append(Found(row: row, value: index < argument.count ? argument[index...] : nil))
        return false
      }
      guard declared[row].takes == .value else {
        found.append(Found(row: row, value: nil))
        continue
      }
      if index < argument.count {
        found.append(Found(row: row, value: argument[index...]))
        return false
      }
      guard let following else { throw .missingValue(Text([letter])) }
      found.append(Found(row: row, value: following))
      return true
    }
    return false
  }

  private func isNumber(_ argument: Text) -> Bool {
    for index in 1..<argument.count where !argument[index].isASCIIDigit { return false }
    return true
  }

  /// The whole character that begins at `index`, so that a message does not cut it.
  private func character(of text: Text, at index: Int) -> Text {
    var end = index + 1
    while end < text.count, end < index + 4, text[end] & 0xC0 == 0x80 { end += 1 }
    return text[index..<end]
  }
}

// MARK: Asking

extension Options {
  /// How often the option was given. `name` is one that the manual declares: `-a` or `--all`.
  @export(interface)
  public func count(_ name: StaticString) -> Int {
    let row = row(of: name)
    var count = 0
    for option in found where option.row == row { count += 1 }
    return count
  }

  public func has(_ name: StaticString) -> Bool { count(name) > 0 }

  /// The value given last; `nil` if there was none.
  @export(interface)
  public func value(_ name: StaticString) -> Text? {
    let row = row(of: name)
    return found.last { $0.row == row }?.value
  }

  /// All values, in order.
  @export(interface)
  public func values(_ name: StaticString) -> [Text] {
    let row = row(of: name)
    var values: [Text] = []
    for option in found where option.row == row {
      if let value = option.value { values.append(value) }
    }
    return values
  }

  /// Which of several options that exclude each other was given last: its index in `names`.
  @export(interface)
  public func last(of names: [StaticString]) -> Int? {
    var rows: [Int] = []
    for name in names { rows.append(row(of: name)) }
    for option in found.reversed() {
      if let index = rows.firstIndex(of: option.row) { return index }
    }
    return nil
  }

  private func row(of name: StaticString) -> Int {
    let bytes = name.bytes
    for (index, option) in declared.enumerated() {
      if bytes.count == 2, option.letter == bytes[1] { return index }
      if bytes.starts(with: "--"), option.isNamed(Text(bytes.extracting(droppingFirst: 2))) {
        return index
      }
      if option.isNumber, bytes.equals("-NUM") { return index }
    }
    preconditionFailure("an option that the manual does not declare")
  }
}
