// SPDX-License-Identifier: MIT
public import Base
import Core

/// The names that what has been written may become.
public struct Completion: Equatable, Sendable {
  public struct Candidate: Equatable, Sendable, Comparable {
    public var name: Text
    public var isDirectory: Bool

    public init(_ name: Text, isDirectory: Bool = false) {
      self.name = name
      self.isDirectory = isDirectory
    }

    public static func < (left: Candidate, right: Candidate) -> Bool { left.name < right.name }
  }

  public let target: CompletionTarget
  /// Those that fit, rising.
  let candidates: [Candidate]

  /// Chooses among the names. One that begins with a dot needs a dot written.
  @export(interface)
  public init(_ target: CompletionTarget, from names: [Candidate]) {
    self.target = target
    var chosen: [Candidate] = []
    for candidate in names where candidate.name.hasPrefix(target.prefix) {
      if target.prefix.isEmpty, target.kind == .file, candidate.name.hasPrefix(".") { continue }
      if candidate.name.isEmpty { continue }
      chosen.append(candidate)
      if chosen.count == EditorLimits.candidates { break }
    }
    chosen.sort()
    var unique: [Candidate] = []
    unique.reserveCapacity(chosen.count)
    for candidate in chosen where unique.last?.name != candidate.name as Text? {
      unique.append(candidate)
    }
    candidates = unique
  }

  /// What all of them begin with, in whole code points.
  var commonPrefix: Text {
    // They are sorted: the first and the last differ most.
    guard let first = candidates.first?.name, let last = candidates.last?.name else { return "" }
    var count = 0
    while count < min(first.count, last.count), first[count] == last[count] { count += 1 }
    while count > 0, count < first.count, first[count] & 0xC0 == 0x80 { count -= 1 }
    return first[0..<count]
  }

  /// What takes the place of the bytes from the target's start to the cursor; `isFinal` if the name
  /// is complete. `following` is the byte at the cursor.
  func replacement(_ name: Text, isFinal: Bool, following: UInt8?) -> [UInt8] {
    switch target.kind {
    case .variable(_, let isBraced):
      return isFinal && isBraced && following != 0x7D ? name.bytes + [0x7D] : name.bytes
    case .command, .file: break
    }
    var result = quoted(name)
    guard isFinal else { return result }
    if candidates.first?.isDirectory == true {
      if following != 0x2F { result.append(0x2F) }
      return result
    }
    switch target.quote {
    case .none: break
    case .single: if following != 0x27 { result.append(0x27) }
    case .double: if following != 0x22 { result.append(0x22) }
    }
    if following == nil { result.append(0x20) }
    return result
  }

  private func quoted(_ name: Text) -> [UInt8] {
    var result = Text()
    switch target.quote {
    case .single:
      for byte in name.bytes {
        if byte == 0x27 { result.put("'\\''") } else { result.put(byte) }
      }
    case .double:
      for byte in name.bytes {
        switch byte {
        case 0x22, 0x24, 0x40, 0x5C: result.put(0x5C)
        default: break
        }
        result.put(byte)
      }
    case .none:
      // A backslash takes a line feed away, so that needs quotes.
      if name.contains(0x0A) { return name.quotedForShell.bytes }
      for byte in name.bytes {
        if !Self.isPlain(byte) { result.put(0x5C) }
        result.put(byte)
      }
    }
    return result.bytes
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80
      || ("_-./:,+%=" as StaticString).bytes.firstIndex(of: byte) != nil
  }

  /// The candidates in columns, each of which goes downwards; lines end with CR LF.
  func listing(columns width: Int) -> [UInt8] {
    var shown: [(text: [UInt8], columns: Int)] = []
    var widest = 1
    for candidate in candidates {
      var row = Row()
      var bytes: [UInt8] = []
      let name = candidate.isDirectory ? candidate.name + "/" : candidate.name
      var index = 0
      while index < name.count {
        let character = ShownCharacter(name.bytes, index, column: row.columns, width: Int.max)
        bytes.removeAll(keepingCapacity: true)
        character.write(name.bytes, index, to: &bytes)
        row.append(bytes, columns: character.columns)
        index = character.end
      }
      shown.append((row.text, row.columns))
      widest = max(widest, row.columns)
    }
    let columns = max(1, width / (widest + 2))
    let rows = (shown.count + columns - 1) / columns
    var result: [UInt8] = []
    for row in 0..<rows {
      for place in stride(from: row, to: shown.count, by: rows) {
        result += shown[place].text
        guard place + rows < shown.count else { continue }
        for _ in shown[place].columns..<(widest + 2) { result.append(0x20) }
      }
      result += [0x0D, 0x0A]
    }
    return result
  }
}
