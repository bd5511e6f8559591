// SPDX-License-Identifier: MIT
import Base
import Core

extension LineEditor {
  /// Brings the terminal up to date.
  @export(interface)
  public mutating func draw() { draw(showsHint: true) }

  mutating func draw(showsHint: Bool) {
    if case .asking = mode { return }
    let texts =
      laidOut
      ?? (
        PromptText(prompt.bytes, width: size.columns),
        PromptText(continuation.bytes, width: size.columns)
      )
    laidOut = texts
    var picture = Picture(
      prompt: texts.0, continuation: texts.1, text: buffer.bytes, cursor: buffer.cursor,
      dimStart: buffer.count)
    if case .searching(let search) = mode {
      picture.prompt = PromptText(search.prompt.bytes, width: size.columns)
    } else if let indicator = viIndicator {
      let start = prompt.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let marked = prompt[0..<start] + indicator + prompt[start...]
      picture.prompt = PromptText(marked.bytes, width: size.columns)
    }
    if showsHint, let hint = hint { picture.text += hint }
    screen.draw(
      Layout(picture, columns: size.columns, rows: size.rows), columns: size.columns)
  }

  /// What the line would go on with if it were the newest command of the history that begins so.
  var hint: [UInt8]? {
    guard case .editing = mode, !buffer.bytes.isEmpty, buffer.isAtEnd, entry == nil else {
      return nil
    }
    return history.continuation(of: buffer.bytes)
  }
}
