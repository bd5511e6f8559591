// SPDX-License-Identifier: MIT
import Base
import Core

/// A pattern of paths: `*`, `?` and `[…]` in any component; a backslash takes a byte as it is. A
/// component `**` stands for any number of directories, hidden ones and links left out. With a slash at
/// its end it fits directories alone, which keep that.
public struct Glob {
  private let components: [Text]
  private let isAbsolute: Bool
  private let wantsDirectories: Bool

  public init(_ pattern: Text) {
    isAbsolute = pattern.hasPrefix("/")
    components = pattern.split(at: 0x2F).filter { !$0.isEmpty }
    wantsDirectories = pattern.hasSuffix("/")
  }

  static func isSpecial(_ byte: UInt8) -> Bool {
    byte == 0x2A || byte == 0x3F || byte == 0x5B || byte == 0x5C
  }

  /// Whether unquoted `text` has something that can stand for several names.
  static func isPattern(_ text: Text) -> Bool {
    text.contains(0x2A) || text.contains(0x3F)
      || (text.firstIndex(of: 0x5B).map { text.firstIndex(of: 0x5D, from: $0) != nil } ?? false)
  }

  /// The paths that exist and fit, sorted within each directory.
  func paths(_ context: some ExpansionContext) -> [Text] {
    var found: [Text] = [isAbsolute ? "/" : ""]
    // No name is that long, and matching would take the product of the lengths.
    if components.contains(where: { $0.count > 4096 }) { return [] }
    for (index, component) in components.enumerated() {
      var next: [Text] = []
      if component == "**" {
        // Two of them would find the same twice.
        if index + 1 < components.count, components[index + 1] == "**" { continue }
        for base in found {
          let isLast = index + 1 == components.count
          guard Self.descend(base, 0, files: isLast, context, &next) else { return [] }
        }
        found = next
        continue
      }
      for base in found {
        if Self.isPattern(component) {
          let names = context.names(in: base.isEmpty ? "." : base) ?? []
          for name in names.sorted() where Self.matches(name, component) {
            next.append(Path.join(base, name))
          }
        } else {
          let path = Path.join(base, Self.withoutEscapes(component))
          if context.exists(path) { next.append(path) }
        }
        if next.count > ExpansionLimits.words { return [] }
      }
      found = next
    }
    guard wantsDirectories else { return found }
    return found.filter { context.names(in: $0) != nil }.map { $0 + "/" }
  }

  /// Adds a directory and all below it; or, if `files`, what is in them. False if that is too much.
  private static func descend(
    _ base: Text, _ depth: Int, files: Bool, _ context: some ExpansionContext,
    _ found: inout [Text]
  ) -> Bool {
    guard found.count < ExpansionLimits.directories else { return false }
    guard let names = context.names(in: base.isEmpty ? "." : base) else { return true }
    if !files { found.append(base) }
    if depth == ExpansionLimits.directoryDepth { return true }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = Path.join(base, name)
      if files { found.append(path) }
      // A link might lead back to where this began.
      if context.isLink(path) { continue }
      guard descend(path, depth + 1, files: files, context, &found) else { return false }
    }
    return true
  }

  private static func withoutEscapes(_ text: Text) -> Text {
    guard text.contains(0x5C) else { return text }
    var result = Text()
    var index = 0
    while index < text.count {
      if text[index] == 0x5C, index + 1 < text.count { index += 1 }
      result.put(text[index])
      index += 1
    }
    return result
  }

  /// Whether a whole name fits. A name that begins with a dot needs a pattern that does.
  ///
  /// Only the last `*` is ever tried again, so it takes at most the product of the lengths.
  public static func matches(_ name: Text, _ pattern: Text) -> Bool {
    if name.hasPrefix("."), !pattern.hasPrefix(".") { return false }
    var (at, place) = (0, 0)
    var retry: (at: Int, place: Int)?
    while at < name.count {
      if place < pattern.count, pattern[place] == 0x2A {
        place += 1
        retry = (at, place)
        continue
      }
      if let next = step(name, at, pattern, place) {
        (at, place) = next
        continue
      }
      guard let last = retry else { return false }
      retry = (last.at + 1, last.place)
      (at, place) = (last.at + 1, last.place)
    }
    while place < pattern.count, pattern[place] == 0x2A { place += 1 }
    return place == pattern.count
  }

  /// One character of each, if they fit; `nil` if not.
  private static func step(
    _ name: Text, _ at: Int, _ pattern: Text, _ place: Int
  ) -> (Int, Int)? {
    guard place < pattern.count else { return nil }
    var next = at + 1
    while next < name.count, name[next] & 0xC0 == 0x80 { next += 1 }
    switch pattern[place] {
    case 0x3F: return (next, place + 1)
    case 0x5B:
      guard let (fits, end) = set(pattern, place, name[at]) else {
        return name[at] == 0x5B ? (at + 1, place + 1) : nil
      }
      return fits ? (next, end) : nil
    case 0x5C where place + 1 < pattern.count:
      return name[at] == pattern[place + 1] ? (at + 1, place + 2) : nil
    case let byte: return name[at] == byte ? (at + 1, place + 1) : nil
    }
  }

  /// Whether `byte` is in the set `[…]`, and where the set ends; `nil` if it never does.
  private static func set(_ pattern: Text, _ start: Int, _ byte: UInt8) -> (Bool, Int)? {
    var place = start + 1
    var isInverted = false
    if place < pattern.count, pattern[place] == 0x21 || pattern[place] == 0x5E {
      isInverted = true
      place += 1
    }
    let first = place
    var found = false
    while place < pattern.count {
      if pattern[place] == 0x5D, place > first { return (found != isInverted, place + 1) }
      if place + 2 < pattern.count, pattern[place + 1] == 0x2D, pattern[place + 2] != 0x5D {
        if pattern[place] <= byte, byte <= pattern[place + 2] { found = true }
        place += 3
      } else {
        if pattern[place] == byte { found = true }
        place += 1
      }
    }
    return nil
  }
}
