// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Schemes
import Testing

@testable import Exchange

/// Clients' operations, one at a time, on a server that lives.
final class Desk {
  let kernel = TestKernel(name: "")
  var server: TestServer

  init() throws {
    server = try TestServer(kernel)
    kernel.openRoots()
  }

  /// What a client does; `nil` if it waits.
  func now(
    _ operation: SchemeOperation, _ file: UInt64, code: UInt32 = 0, first: UInt64 = 0,
    second: UInt64 = 0, _ input: [UInt8] = [], room: Int = 0, passing object: Int? = nil
  ) -> TestAnswer? {
    let tag = begin(
      operation, file, code: code, first: first, second: second, input, room: room,
      passing: object)
    return kernel.answer(tag)
  }

  func begin(
    _ operation: SchemeOperation, _ file: UInt64, code: UInt32 = 0, first: UInt64 = 0,
    second: UInt64 = 0, _ input: [UInt8] = [], room: Int = 0, passing object: Int? = nil
  ) -> UInt {
    let tag = kernel.ask(
      operation, file, code: code, first: first, second: second, input, room: room,
      passing: object)
    kernel.deliver(tag, to: &server)
    return tag
  }

  func open(
    _ root: UInt64, _ path: Text, _ flags: OpenFlags = .readWrite, mode: UInt64 = 0o700
  ) -> TestAnswer? {
    now(.open, root, first: UInt64(flags.rawValue), second: mode, path.bytes)
  }

  /// A file that must open.
  func opened(
    _ root: UInt64, _ path: Text, _ flags: OpenFlags = .readWrite
  ) throws -> UInt64 {
    try #require(open(root, path, flags)?.file)
  }

  func read(_ file: UInt64, _ room: Int = 4096) -> TestAnswer? {
    now(.read, file, first: UInt64.max, room: room)
  }
  func write(_ file: UInt64, _ bytes: [UInt8], _ flags: OpenFlags = .write) -> TestAnswer? {
    now(.write, file, first: UInt64.max, second: UInt64(flags.rawValue), bytes)
  }
  func call(
    _ operation: SocketOperation, _ file: UInt64, _ input: [UInt8] = [], room: Int = 0
  ) -> TestAnswer? {
    now(.call, file, code: operation.rawValue, input, room: room)
  }
  func close(_ file: UInt64) { kernel.close(file, at: &server) }

  /// Sends a message, to a name or to the other end.
  func send(
    _ file: UInt64, _ bytes: [UInt8], to name: Text = "", handles: Int = 0, batch: UInt64 = 0,
    flags: UInt32 = 0
  ) -> TestAnswer? {
    call(.sendMessage, file, messageHead(flags, name.count, handles, batch) + name.bytes + bytes)
  }

  /// Receives a message.
  func receive(
    _ file: UInt64, handles: Int = 16, flags: UInt32 = 0, room: Int = 4096
  ) -> ReceivedMessage? {
    let answer = call(.receiveMessage, file, messageHead(flags, 255, handles, 0), room: room)
    return answer.map { ReceivedMessage($0) }
  }
}

func messageHead(_ flags: UInt32, _ name: Int, _ handles: Int, _ batch: UInt64) -> [UInt8] {
  words32([flags, UInt32(name), UInt32(handles), 0]) + words64([batch])
    + [UInt8](repeating: 0, count: 40)
}

func words32(_ words: [UInt32]) -> [UInt8] {
  words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}

func words64(_ words: [UInt64]) -> [UInt8] {
  words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
}

struct ReceivedMessage {
  var error: SystemError?
  var flags: UInt32 = 0
  var name = Text()
  var handles = 0
  var batch: UInt64 = 0
  var process: UInt64 = 0
  var whole: UInt64 = 0
  var bytes: [UInt8] = []

  init(_ answer: TestAnswer) {
    error = answer.error
    guard answer.bytes.count >= 64 else { return }
    func word(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(answer.bytes[start + $1]) << UInt64(8 * $1) }
    }
    flags = UInt32(word(0, 4))
    let nameEnd = 64 + Int(word(4, 4))
    name = Text(answer.bytes[64..<nameEnd])
    handles = Int(word(8, 4))
    batch = word(16, 8)
    process = word(24, 4)
    whole = word(40, 8)
    bytes = Array(answer.bytes[nameEnd...])
  }
}
