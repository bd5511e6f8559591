// SPDX-License-Identifier: MIT

/// The part of TOML that the descriptions in `images` use: tables, strings, whole numbers, truth
/// values and lists of strings. Anything else is refused with its line, never ignored.
public struct TOML: Equatable {
  public enum Value: Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case strings([String])
  }

  public struct Row: Equatable {
    public var key: String
    public var value: Value
    /// Counted from 1.
    public var line: Int
  }

  public struct Failure: Error, Equatable, CustomStringConvertible {
    public var line: Int
    public var reason: String
    public var description: String { "line \(line): \(reason)" }
  }

  /// Rows by table in their order; those before the first table are under "".
  public private(set) var tables: [String: [Row]] = ["": []]

  public init(parsing text: String) throws(Failure) {
    var table = ""
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = String(raw).trimmed
      if line.isEmpty || line.hasPrefix("#") { continue }
      if line.hasPrefix("[") {
        table = try Self.header(line, at: index + 1)
        guard tables[table] == nil else {
          throw Failure(line: index + 1, reason: "table [\(table)] is there twice")
        }
        tables[table] = []
      } else {
        var reader = Reader(rest: line[...], line: index + 1)
        let row = try reader.row()
        guard tables[table, default: []].allSatisfy({ $0.key != row.key }) else {
          throw Failure(line: index + 1, reason: "\"\(row.key)\" is there twice")
        }
        tables[table, default: []].append(row)
      }
    }
  }

  private static func header(_ line: String, at number: Int) throws(Failure) -> String {
    let name = String(line.dropFirst().prefix { $0 != "]" }).trimmed
    let rest = String(line.dropFirst().drop { $0 != "]" }.dropFirst()).trimmed
    guard line.contains("]"), !name.isEmpty, name.allSatisfy(Reader.isBare),
      rest.isEmpty || rest.hasPrefix("#")
    else { throw Failure(line: number, reason: "expected [table]") }
    return name
  }
}

/// Reads one line.
private struct Reader {
  var rest: Substring
  let line: Int

  static func isBare(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_".contains(character))
  }

  mutating func row() throws(TOML.Failure) -> TOML.Row {
    let key = rest.first == "\"" ? try string() : takeBare()
    guard !key.isEmpty else { throw failure("expected a name") }
    try expect("=")
    let value = try self.value()
    skipSpace()
    guard rest.isEmpty || rest.first == "#" else { throw failure("unexpected \"\(rest)\"") }
    return TOML.Row(key: key, value: value, line: line)
  }

  private mutating func value() throws(TOML.Failure) -> TOML.Value {
    skipSpace()
    switch rest.first {
    case "\"": return .string(try string())
    case "[": return .strings(try list())
    default: break
    }
    let word = takeBare()
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default:
      guard let number = Int(word.filter { $0 != "_" }) else {
        throw failure("expected a string, a number, true, false or a list")
      }
      return .integer(number)
    }
  }

  private mutating func list() throws(TOML.Failure) -> [String] {
    try expect("[")
    var result: [String] = []
    skipSpace()
    while rest.first != "]" {
      result.append(try string())
      skipSpace()
      if rest.first == "," { rest.removeFirst() }
      skipSpace()
    }
    rest.removeFirst()
    return result
  }

  private mutating func string() throws(TOML.Failure) -> String {
    try expect("\"")
    var result = ""
    while let next = rest.popFirst() {
      switch next {
      case "\"": return result
      case "\\": result.append(try escaped())
      default: result.append(next)
      }
    }
    throw failure("a string does not end")
  }

  private mutating func escaped() throws(TOML.Failure) -> Character {
    switch rest.popFirst() {
    case "n": "\n"
    case "t": "\t"
    case "\"": "\""
    case "\\": "\\"
    default: throw failure("unknown escape in a string")
    }
  }

  private mutating func takeBare() -> String {
    let word = rest.prefix(while: Self.isBare)
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private mutating func expect(_ character: Character) throws(TOML.Failure) {
    skipSpace()
    guard rest.first == character else { throw failure("expected \(character)") }
    rest.removeFirst()
  }

  private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }

  private func failure(_ reason: String) -> TOML.Failure {
    TOML.Failure(line: line, reason: reason)
  }
}
