// SPDX-License-Identifier: MIT
import Base

@testable import ShellEditor

extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// Somebody at a terminal: types, and answers what the editor asks as a shell would.
struct Typist {
  var editor = LineEditor()
  var terminal: TerminalModel
  var history = History()
  var prompt: Text = "$ "
  /// The names that there are to complete with.
  var names: [Completion.Candidate] = []
  /// What became of the lines.
  var results: [String] = []
  private let knowsSize: Bool

  init(columns: Int = 20, rows: Int = 8, knowsSize: Bool = true, history: [String] = []) {
    terminal = TerminalModel(columns: columns, rows: rows)
    self.knowsSize = knowsSize
    for entry in history { self.history.add(Text(entry), isUnique: false) }
  }

  mutating func begin() {
    let size = TerminalSize(columns: terminal.columns, rows: terminal.rows)
    editor.begin(prompt: prompt, size: knowsSize ? size : nil, history: history)
    show()
  }

  mutating func show() {
    editor.draw()
    flush()
    let answers = terminal.takeAnswers()
    if !answers.isEmpty {
      editor.take(answers)
      work()
      editor.draw()
      flush()
    }
  }

  private mutating func flush() { terminal.write(editor.takeOutput()) }

  /// Types the bytes, all at once, and then lets time pass.
  mutating func type(_ string: String) { type(Array(string.utf8)) }

  mutating func type(_ bytes: [UInt8]) {
    editor.take(bytes)
    work()
    if editor.isWaiting {
      editor.timeOut()
      work()
    }
    show()
  }

  private mutating func work() {
    while let action = editor.next() {
      switch action {
      case .accept(let text):
        // A line that ends in a backslash goes on, as a stand-in for the parser.
        if text.hasSuffix("\\") {
          editor.continueStatement()
        } else {
          editor.finish()
          end(text.string)
        }
      case .complete(let target): editor.offer(target, names)
      case .interrupt: end("^C")
      case .end: end("^D")
      }
    }
  }

  private mutating func end(_ result: String) {
    results.append(result)
    flush()
    begin()
  }

  /// The screen with a bar where the cursor is.
  var screen: [String] {
    var lines = terminal.text
    while lines.count <= terminal.row { lines.append("") }
    return lines
  }

  var line: String { String(decoding: editor.buffer.bytes, as: UTF8.self) }

  /// The line with a bar at the cursor.
  var marked: String {
    let bytes = editor.buffer.bytes
    return String(decoding: bytes[..<editor.buffer.cursor], as: UTF8.self) + "|"
      + String(decoding: bytes[editor.buffer.cursor...], as: UTF8.self)
  }
}
