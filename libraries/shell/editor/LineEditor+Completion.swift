// SPDX-License-Identifier: MIT
import Base
import Core

extension LineEditor {
  mutating func requestCompletion() -> Action? {
    // `offer` sees whether this is the second Tab.
    last = previous == .completion ? .completion : .other
    return .complete(CompletionTarget(buffer.bytes, cursor: buffer.cursor))
  }

  /// Answers `complete` with the names there are; those that do not fit are passed over.
  @export(interface)
  public mutating func offer(_ target: CompletionTarget, _ names: [Completion.Candidate]) {
    let completion = Completion(target, from: names)
    let isRepeated = last == .completion
    last = .completion
    guard let first = completion.candidates.first, target.start <= buffer.cursor else {
      last = .other
      return bell()
    }
    let following = buffer.isAtEnd ? nil : buffer.bytes[buffer.cursor]
    let isSingle = completion.candidates.count == 1
    let name = isSingle ? first.name : completion.commonPrefix
    if isSingle || name.count > target.prefix.count {
      let text = completion.replacement(name, isFinal: isSingle, following: following)
      if Array(buffer.bytes[target.start..<buffer.cursor]) != text {
        replace(target.start..<buffer.cursor, with: text)
        if !isSingle { bell() }
        return
      }
    }
    guard isRepeated, !isSingle else { return bell() }
    if completion.candidates.count > EditorLimits.listedWithoutAsking {
      ask(completion)
    } else {
      list(completion)
    }
  }

  private mutating func list(_ completion: Completion) {
    leaveForList()
    screen.output += completion.listing(columns: size.columns)
    showPromptHead()
  }

  /// Draws the whole line, and goes below it.
  private mutating func leaveForList() {
    let place = buffer.cursor
    buffer.move(to: buffer.count)
    draw(showsHint: false)
    screen.leave()
    buffer.move(to: place)
  }

  private mutating func ask(_ completion: Completion) {
    leaveForList()
    screen.output +=
      Text { text in
        text.put("Display all ")
        text.put(decimal: UInt64(completion.candidates.count))
        text.put(" possibilities? (y or n)")
      }.bytes
    mode = .asking(completion)
  }

  mutating func answer(_ completion: Completion, _ key: Key) {
    switch key {
    case .text([0x79]), .text([0x59]), .text([0x20]), .named(.tab, _):
      screen.put("\r\n")
      screen.output += completion.listing(columns: size.columns)
    case .text([0x6E]), .text([0x4E]), .named(.backspace, _), .named(.enter, _),
      .named(.escape, _), .control(0x43), .control(0x47):
      screen.put("\r\n")
    default: return bell()
    }
    mode = .editing
    last = .other
    showPromptHead()
  }
}
