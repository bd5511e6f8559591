// SPDX-License-Identifier: MIT

/// The changes of a line, so that they can be taken back.
struct UndoLog: Sendable {
  private struct Change {
    var start: Int
    var removed: [UInt8]
    var inserted: Int
    var cursor: Int
    /// Whether the next typed character is part of the same change.
    var isOpen: Bool
  }

  private var changes: [Change] = []

  mutating func clear() { changes = [] }

  /// Notes that `range` of the buffer becomes `inserted` bytes. Typed characters that follow one
  /// another are one change, up to the next space.
  mutating func note(_ buffer: LineBuffer, _ range: Range<Int>, _ inserted: Int, isTyped: Bool) {
    if isTyped, range.isEmpty, let last = changes.last, last.isOpen,
      last.start + last.inserted == range.lowerBound
    {
      changes[changes.count - 1].inserted += inserted
      return
    }
    close()
    changes.append(
      Change(
        start: range.lowerBound, removed: Array(buffer.bytes[range]), inserted: inserted,
        cursor: buffer.cursor, isOpen: isTyped))
    if changes.count > EditorLimits.undoSteps { changes.removeFirst() }
  }

  /// Ends a change to which typed characters were added.
  mutating func close() {
    if !changes.isEmpty { changes[changes.count - 1].isOpen = false }
  }

  /// Takes the last change back; false if there is none.
  mutating func undo(_ buffer: inout LineBuffer) -> Bool {
    guard let change = changes.popLast() else { return false }
    buffer.replace(change.start..<(change.start + change.inserted), with: change.removed)
    buffer.move(to: change.cursor)
    return true
  }
}

/// What was cut, to be put in again.
struct KillRing: Sendable {
  private var texts: [[UInt8]] = []
  /// Which of them comes next, counted from the newest.
  private var turn = 0

  enum Direction { case new, append, prepend }

  mutating func add(_ text: [UInt8], _ direction: Direction) {
    guard !text.isEmpty else { return }
    turn = 0
    if let last = texts.last, direction != .new {
      texts[texts.count - 1] = direction == .append ? last + text : text + last
      return
    }
    texts.append(text)
    if texts.count > EditorLimits.kills { texts.removeFirst() }
  }

  mutating func newest() -> [UInt8]? {
    turn = 0
    return texts.last
  }

  /// The one before that given out last, in a circle.
  mutating func next() -> [UInt8]? {
    guard !texts.isEmpty else { return nil }
    turn = (turn + 1) % texts.count
    return texts[texts.count - 1 - turn]
  }
}
