// SPDX-License-Identifier: MIT
public import Base
import Core
import Regular

/// The commands that were entered, the oldest first.
public struct History: Sendable {
  public private(set) var entries: [Text] = []
  /// How many are kept: `HISTORY_SIZE`.
  public var limit = 1000 {
    didSet { trim() }
  }
  private var bytes = 0

  public init() {}

  /// Adds a command; `isUnique` takes away those before it that are the same.
  @export(interface)
  public mutating func add(_ entry: Text, isUnique: Bool) {
    if isUnique, entries.last == entry { return }
    if isUnique { remove(entry) }
    entries.append(entry)
    bytes += entry.count
    trim()
  }

  /// The last `limit` of the entries, in order; of those that are the same, if `isUnique`, only the
  /// last. Takes O(count · log count).
  @export(interface)
  public static func newest(_ entries: [Text], _ limit: Int, isUnique: Bool) -> [Text] {
    guard isUnique else { return Array(entries.suffix(max(0, limit))) }
    let order = entries.indices.sorted {
      entries[$0] == entries[$1] ? $0 < $1 : entries[$0] < entries[$1]
    }
    var isLast = Array(repeating: true, count: entries.count)
    for place in order.indices.dropFirst() where entries[order[place - 1]] == entries[order[place]]
    {
      isLast[order[place - 1]] = false
    }
    return Array(entries.indices.filter { isLast[$0] }.suffix(max(0, limit)).map { entries[$0] })
  }

  private mutating func remove(_ entry: Text) {
    let before = entries.count
    entries.removeAll { $0.count == entry.count && $0 == entry }
    bytes -= (before - entries.count) * entry.count
  }

  private mutating func trim() {
    var surplus = max(0, entries.count - max(0, limit))
    var freed = 0
    for entry in entries[..<surplus] { freed += entry.count }
    while bytes - freed > EditorLimits.historyBytes, surplus < entries.count {
      freed += entries[surplus].count
      surplus += 1
    }
    if surplus > 0 { entries.removeFirst(surplus) }
    bytes -= freed
  }

  /// The newest entry before `index` that begins with `prefix` and differs from `text`.
  func previous(before index: Int, prefix: Text, differsFrom text: [UInt8]) -> Int? {
    entries[..<min(index, entries.count)].lastIndex {
      $0.hasPrefix(prefix) && $0.bytes != text
    }
  }

  /// The oldest such entry after `index`.
  func next(after index: Int, prefix: Text, differsFrom text: [UInt8]) -> Int? {
    guard index + 1 < entries.count else { return nil }
    return entries[(index + 1)...].firstIndex { $0.hasPrefix(prefix) && $0.bytes != text }
  }

  /// The newest entry before `index` that contains `part`, and where in it.
  func lastIndex(of part: Text, before index: Int) -> (entry: Int, offset: Int)? {
    for entry in (0..<min(index, entries.count)).reversed() {
      if let offset = entries[entry].firstIndex(of: part) { return (entry, offset) }
    }
    return nil
  }

  /// The oldest entry after `index` that contains `part`, and where in it.
  func firstIndex(of part: Text, after index: Int) -> (entry: Int, offset: Int)? {
    for entry in max(0, index + 1)..<max(entries.count, index + 1) {
      if let offset = entries[entry].firstIndex(of: part) { return (entry, offset) }
    }
    return nil
  }

  /// What the newest entry that begins with `text`, and is longer, goes on with.
  func continuation(of text: [UInt8]) -> [UInt8]? {
    let prefix = Text(text)
    for entry in entries.reversed() where entry.count > text.count && entry.hasPrefix(prefix) {
      return Array(entry.bytes[text.count...])
    }
    return nil
  }
}

/// Which commands are not kept: `HISTORY_IGNORE`, as Ion's manual describes it.
public struct HistoryRules {
  private var ignoresAll = false
  private var ignoresMissingCommands = false
  private var ignoresWhitespace = false
  /// Whether a command takes the place of the same one before it.
  public private(set) var ignoresDuplicates = false
  private var patterns: [RegularExpression] = []

  /// The rules that hold if the user has set none.
  @export(interface)
  public init() { self.init(["no_such_command", "whitespace", "duplicates"]) }

  /// Elements that mean nothing, wrong regular expressions among them, are passed over.
  @export(interface)
  public init(_ elements: [Text]) {
    for element in elements {
      switch element {
      case "all": ignoresAll = true
      case "no_such_command": ignoresMissingCommands = true
      case "whitespace": ignoresWhitespace = true
      case "duplicates": ignoresDuplicates = true
      default:
        guard element.hasPrefix("regex:") else { continue }
        if let pattern = try? RegularExpression(element[6...]) { patterns.append(pattern) }
      }
    }
  }

  /// Whether a command that ended with `status` is kept. One that sets `HISTORY_IGNORE` itself is,
  /// unless it begins with a space and the rules, which are the new ones by then, mind that.
  @export(interface)
  public func keeps(_ command: Text, status: Int) -> Bool {
    guard let first = command.bytes.first else { return false }
    if ignoresWhitespace, first.isASCIISpace { return false }
    let words = command.words()
    if words.count > 1, words[0] == "let", words[1].hasPrefix("HISTORY_IGNORE") { return true }
    if ignoresAll || (ignoresMissingCommands && status == 127) { return false }
    return !patterns.contains { $0.matches(command) }
  }
}
