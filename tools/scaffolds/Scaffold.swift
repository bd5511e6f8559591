// SPDX-License-Identifier: MIT

/// Why a scaffold cannot be made.
public enum ScaffoldError: Error, Equatable, CustomStringConvertible {
  case badName(String, rule: String)
  case exists(path: String)
  /// A table that should get a row was not found where it has always been.
  case tableMissing(path: String, line: String)

  public var description: String {
    switch self {
    case .badName(let name, let rule): "'\(name)' is no name here: \(rule)"
    case .exists(let path): "\(path) is there already"
    case .tableMissing(let path, let line): "\(path) has no line '\(line)' to add a row below"
    }
  }
}

/// The files of something new, and the rows that make it known.
public struct Scaffold: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable { case service, driver, library, call }

  /// Whole texts by path: new files, and changed tables.
  public private(set) var files: [String: String] = [:]
  /// What the user may do next.
  public private(set) var next: [String] = []

  /// - Parameter read: The text of a file of the repository, nil when there is none.
  public static func make(
    _ kind: Kind, _ name: String, read: (String) -> String?
  ) throws(ScaffoldError) -> Scaffold {
    switch kind {
    case .library: try library(name, read: read)
    case .call: try call(name, read: read)
    case .service: try program(name, .service, read: read)
    case .driver: try program(name, .driver, read: read)
    }
  }

  mutating func add(
    _ path: String, _ text: String, read: (String) -> String?
  ) throws(ScaffoldError) {
    guard read(path) == nil else { throw .exists(path: path) }
    files[path] = text.hasSuffix("\n") ? text : text + "\n"
  }

  /// Adds `rows` at the end of the table that begins with the line `start` and ends with the first
  /// line after it that is `end`.
  mutating func addRows(
    _ rows: String, to path: String, table start: String, end: String,
    read: (String) -> String?
  ) throws(ScaffoldError) {
    let text = files[path] ?? read(path) ?? ""
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = lines.firstIndex(where: { $0.hasPrefix(start) }),
      let last = lines[(first + 1)...].firstIndex(of: end)
    else { throw .tableMissing(path: path, line: start) }
    lines.insert(rows, at: last)
    files[path] = lines.joined(separator: "\n")
  }

  mutating func suggest(_ line: String) { next.append(line) }
}

/// Checks of names.
enum Name {
  /// A type: `PartitionTable`.
  static func type(_ name: String) throws(ScaffoldError) -> String {
    guard let first = name.first, first.isASCII, first.isUppercase, name.allSatisfy(isWordPart),
      name.count <= 64
    else { throw .badName(name, rule: "an upper-case letter, then letters and digits") }
    return name
  }

  /// A program: `clockd`, `rtl8139d`.
  static func program(_ name: String) throws(ScaffoldError) -> String {
    guard let first = name.first, first.isASCII, first.isLowercase, name.count <= 32,
      name.allSatisfy({ isWordPart($0) && !$0.isUppercase || $0 == "-" }), name.last != "-"
    else { throw .badName(name, rule: "a lower-case letter, then letters, digits and hyphens") }
    return name
  }

  /// As the name of a value: `PartitionTable` becomes `partitionTable`.
  static func value(_ type: String) -> String { type.prefix(1).lowercased() + type.dropFirst() }

  /// In words: `PartitionTable` becomes `partition table`.
  static func words(_ type: String) -> String {
    type.reduce(into: "") { result, letter in
      if letter.isUppercase && !result.isEmpty { result.append(" ") }
      result += letter.lowercased()
    }
  }

  private static func isWordPart(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber)
  }
}
