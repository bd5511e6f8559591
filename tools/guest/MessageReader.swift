// SPDX-License-Identifier: MIT
import ExecStream

/// Turns the bytes of the second serial port into messages. What belongs to no frame is noise of
/// firmware or of a dying kernel, and dropped.
struct MessageReader {
  private var decoder = FrameDecoder()

  mutating func append(_ bytes: [UInt8]) -> [ExecSession.Message] {
    var messages: [ExecSession.Message] = []
    decoder.receive(bytes.span) { event in
      if case .frame(let frame) = event { messages.append(.init(frame)) }
    }
    return messages
  }
}

extension ExecSession.Message {
  init(_ frame: Frame) {
    switch frame {
    case .ready: self = .ready
    case .standardOutput(let bytes): self = .output(bytes)
    case .standardError(let bytes): self = .error(bytes)
    case .exitStatus(let status): self = .exit(status)
    case .message(let text): self = .note(String(decoding: text, as: UTF8.self))
    case .fileStart(let mode, let byteCount, let name):
      self = .fileStart(
        name: String(decoding: name, as: UTF8.self), mode: mode, size: byteCount)
    case .fileData(let bytes): self = .fileData(bytes)
    case .fileEnd: self = .fileEnd
    }
  }
}
