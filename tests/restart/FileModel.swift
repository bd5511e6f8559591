// SPDX-License-Identifier: MIT
import System

/// What a client's directory must look like.
struct FileModel {
  enum Entry {
    /// A file, by its number.
    case file(Int)
    case directory
    /// A link to a name in the same directory, or, with a slash before it, in the client's own by a
    /// path that leaves the scheme.
    case link(Text)
  }

  /// Names and what they stand for; `d/x` is the name `x` in the directory `d`.
  private(set) var entries: [(path: Text, entry: Entry)] = []

  subscript(path: Text) -> Entry? {
    get {
      for (other, entry) in entries where other == path { return entry }
      return nil
    }
    set {
      let index = entries.firstIndex { $0.path == path }
      if let newValue {
        if let index { entries[index].entry = newValue } else { entries.append((path, newValue)) }
      } else if let index {
        entries.remove(at: index)
      }
    }
  }

  /// The directory that a path lies in; empty for the client's own.
  static func parent(of path: Text) -> Text {
    path.firstIndex(of: UInt8(ascii: "/")).map { path[0..<$0] } ?? Text()
  }

  func hasParent(_ path: Text) -> Bool {
    let parent = Self.parent(of: path)
    return parent.isEmpty || isDirectory(parent)
  }

  func isDirectory(_ path: Text) -> Bool {
    if case .directory = self[path] { true } else { false }
  }

  func file(_ path: Text) -> Int? {
    if case .file(let number) = self[path] { number } else { nil }
  }

  /// The file that opening `path` leads to.
  func fileFollowingLink(_ path: Text) -> Int? {
    guard case .link(let target) = self[path] else { return file(path) }
    if target.hasPrefix("/") { return file(target[1...]) }
    let parent = Self.parent(of: path)
    return file(parent.isEmpty ? target : parent + "/" + target)
  }

  func links(of number: Int) -> Int {
    entries.count { if case .file(number) = $0.entry { true } else { false } }
  }

  /// Names in a directory, empty for the client's own.
  func names(in directory: Text) -> [Text] {
    entries.filter { Self.parent(of: $0.path) == directory }
      .map { directory.isEmpty ? $0.path : $0.path[(directory.count + 1)...] }
  }

  /// Moves a directory with all that is in it.
  mutating func moveDirectory(_ path: Text, to newPath: Text) {
    self[newPath] = nil
    for index in entries.indices {
      let old = entries[index].path
      if old == path { entries[index].path = newPath }
      if Self.parent(of: old) == path { entries[index].path = newPath + old[path.count...] }
    }
  }
}
