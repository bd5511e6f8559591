// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import ShellEditor

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in
    let text = Text(bytes)
    type(text.bytes)
    readHistory(text.bytes)
  }
  return 0
}

/// Types the bytes after the first three, which choose keys and size. A zero byte lets time pass.
private func type(_ bytes: [UInt8]) {
  guard bytes.count > 3 else { return }
  var editor = LineEditor()
  editor.bindings = bytes[0] & 1 == 0 ? .emacs : .vi
  var history = History()
  for entry in HistoryFile.entries(in: Array("ls\necho one\nfor x\\\nend\n".utf8)) {
    history.add(entry.text, isUnique: true)
  }
  let size = TerminalSize(columns: Int(bytes[1]), rows: Int(bytes[2]))
  func begin() {
    editor.begin(prompt: "\u{1B}[1m$ ", size: bytes[0] & 2 == 0 ? size : nil, history: history)
  }
  begin()
  for byte in bytes[3...] {
    editor.take([byte])
    if byte == 0, editor.isWaiting { editor.timeOut() }
    while let action = editor.next() {
      switch action {
      case .accept(let text):
        if text.hasSuffix("\\") {
          editor.continueStatement()
        } else {
          history.add(text, isUnique: true)
          editor.finish()
          begin()
        }
      case .complete(let target):
        precondition(target.start <= bytes.count * 20)
        editor.offer(target, [Completion.Candidate("a b"), Completion.Candidate("a'\"")])
      case .interrupt, .end: begin()
      }
    }
    editor.draw()
    _ = editor.takeOutput()
  }
}

/// What is read from a file comes back from the file that it is written to.
private func readHistory(_ bytes: [UInt8]) {
  let entries = HistoryFile.entries(in: bytes).map { $0.text }
  var file: [UInt8] = []
  for entry in entries { file += HistoryFile.record(entry, time: 1) }
  let again = HistoryFile.entries(in: file).map { $0.text }
  precondition(again == entries.filter { !isTime($0) })
}

/// A command that looks like the time of another is taken for one.
private func isTime(_ text: Text) -> Bool {
  text.count > 1 && text[0] == 0x23 && !text.bytes[1...].contains { $0 < 0x30 || $0 > 0x39 }
}
