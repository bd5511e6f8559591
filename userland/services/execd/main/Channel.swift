// SPDX-License-Identifier: MIT
import CommandExecution
import ExecStream
import System

/// The second serial port, on which frames go to the host (`docs/formats/exec-stream.md`).
struct Channel: ~Copyable {
  private let port: File

  init() throws(SystemError) { port = try File("/scheme/debug/exec", .write) }

  func send(_ kind: FrameKind, _ payload: Span<UInt8>) {
    var bytes = Text()
    bytes.putFrame(kind, payload)
    port.handle.writeIgnoringErrors(bytes)
  }

  func sendReady() {
    let ready = Text { $0.put(Frame.ready) }
    port.handle.writeIgnoringErrors(ready)
  }

  func sendStatus(_ status: UInt32) {
    let frame = Text { $0.putExitStatus(status) }
    port.handle.writeIgnoringErrors(frame)
  }

  /// Words of the system for the user.
  func sendMessage(_ message: Text) {
    let line = message + "\n"
    send(.message, line.span)
  }

  /// Sends the file `path`.
  /// - Throws: what reading it throws.
  func sendFile(_ path: Text) throws(SystemError) {
    let file = try File(path, .read)
    let status = try file.status()
    guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
    let contents = try file.handle.readAll()
    let head = Text {
      $0.putFileStart(
        mode: status.mode & 0o7777, byteCount: UInt64(contents.count), name: path.span)
    }
    port.handle.writeIgnoringErrors(head)
    if !contents.isEmpty { send(.fileData, contents.span) }
    let end = Text { $0.put(Frame.fileEnd) }
    port.handle.writeIgnoringErrors(end)
  }
}
