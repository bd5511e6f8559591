// SPDX-License-Identifier: MIT
import Base
import Core

/// A search through the history that goes on with each key.
struct Search: Sendable {
  var query: [UInt8] = []
  var isForward: Bool
  var hasFailed = false
  /// The entry that is shown; the count of the history if none is yet.
  var entry: Int
  /// The line before the search.
  var original: LineBuffer

  /// What stands in the place of the prompt.
  var prompt: Text {
    Text { text in
      text.put("(")
      if hasFailed { text.put("failed ") }
      if !isForward { text.put("reverse-") }
      text.put("i-search)'")
      text.put(Text(query))
      text.put("': ")
    }
  }
}

extension LineEditor {
  mutating func beginSearch(isForward: Bool) {
    mode = .searching(
      Search(isForward: isForward, entry: entry ?? history.entries.count, original: buffer))
  }

  mutating func continueSearch(_ current: Search, _ key: Key) -> Action? {
    var search = current
    switch key {
    case .text(let bytes):
      search.query += bytes
      find(&search, from: search.entry)
    case .control(0x52), .control(0x53):
      search.isForward = key == .control(0x53)
      find(&search, from: search.isForward ? search.entry + 1 : search.entry - 1)
    case .named(.backspace, _), .control(0x48):
      guard !search.query.isEmpty else {
        bell()
        break
      }
      let query = LineBuffer(search.query)
      search.query.removeLast(query.count - query.before(query.count))
      // From the newest on: what the shorter text finds may be newer.
      search.entry = history.entries.count
      find(&search, from: search.isForward ? 0 : search.entry)
    case .control(0x47), .control(0x43):
      replaceAll(with: search.original.bytes)
      buffer.move(to: search.original.cursor)
      mode = .editing
      return nil
    default:
      mode = .editing
      if search.entry < history.entries.count {
        entry = search.entry
        draft = search.original.bytes
      }
      last = .other
      if case .named(.escape, _) = key { return nil }
      return bindings == .vi ? handleVi(key) : handleEmacs(key)
    }
    mode = .searching(search)
    return nil
  }

  /// Looks from `start` on, which counts too.
  private mutating func find(_ search: inout Search, from start: Int) {
    guard !search.query.isEmpty else {
      search.hasFailed = false
      return
    }
    let query = Text(search.query)
    let found =
      search.isForward
      ? history.firstIndex(of: query, after: start - 1)
      : history.lastIndex(of: query, before: start + 1)
    search.hasFailed = found == nil
    guard let found else { return bell() }
    search.entry = found.entry
    replaceAll(with: history.entries[found.entry].bytes)
    buffer.move(to: found.offset)
  }
}
