// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `sockets`: what processes do through `ipcd`.
@main struct Sockets {
  static func main() {
    let role = Arguments.text(at: 1)
    if !role.isEmpty { Helper.run(role) }
    var run = TestRun("sockets")
    run.test("a channel carries bytes to another process and back") { () throws(TestFailure) in
      try channels()
    }
    run.test("a handle is passed to another process") { () throws(TestFailure) in
      try passing()
    }
    run.test("datagrams keep their boundaries, and a full queue its sender waiting") {
      () throws(TestFailure) in
      try datagrams()
    }
    run.test("shared memory is the same in every process") { () throws(TestFailure) in
      try sharedMemory()
    }
    run.test("event queues hear of connections, bytes and ends") { () throws(TestFailure) in
      try events()
    }
    run.test("calls without sense are refused") { () throws(TestFailure) in try hostile() }
    exit(run.end())
  }

  private static func opened(_ path: Text) throws(SystemError) -> File {
    let deadline = Deadline.after(.seconds(10))
    while true {
      do throws(SystemError) { return try File(path, .readWrite) } catch {
        guard error == .notFound, !deadline.hasPassed else { throw error }
      }
      Clock.sleep(.milliseconds(1))
    }
  }

  private static func channels() throws(TestFailure) {
    try succeed("a channel") { () throws(SystemError) in
      let server = try Helper.start("echo", "test-echo")
      let file = try opened("/scheme/chan/test-echo")
      var buffer = [UInt8](repeating: 0, count: 70_000)
      for size in [1, 4096, 70_000] {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try file.writeAll(bytes.span)
        var done = 0
        while done < size {
          let count = try file.read(into: buffer.mutableSpan)
          guard count > 0, count <= size - done else { throw .inputOutput }
          for index in 0..<count where buffer[index] != bytes[done + index] ^ 0xFF {
            throw .protocolError
          }
          done += count
        }
      }
      _ = file.release()
      try Helper.kill(server)
    }
    // The other end has gone with its process, and the name with it.
    try fail(with: .notFound, "the name") { () throws(SystemError) in
      try File("/scheme/chan/test-echo", .readWrite).release()
    }
  }

  private static func passing() throws(TestFailure) {
    try succeed("passing a handle") { () throws(SystemError) in
      let listener = try Socket(.stream)
      try listener.bind("test-passing")
      try listener.listen()
      let child = try Helper.start("write", "test-passing")
      let connection = try listener.accept()
      guard try connection.peer().process == child else { throw .protocolError }
      var pipe = try Pipe()
      guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else {
        throw .badHandle
      }
      _ = try connection.send([7].span, [writing.handle])
      let last = writing.release()
      performIgnoringErrors(Close { $0.handle = last })
      // The only ends for writing are on their way and then the other process's.
      let text = Text(try reading.handle.readAll())
      guard text == "through a passed handle" else { throw .protocolError }
      _ = try connection.receive()
      guard try connection.receive().flags & MessageHeader.endOfStream != 0 else {
        throw .protocolError
      }
      _ = try Process.wait(.process(child))
    }
  }

  private static func datagrams() throws(TestFailure) {
    try succeed("datagrams") { () throws(SystemError) in
      let receiver = try Socket(.datagram)
      try receiver.bind("test-datagrams")
      let sender = try Socket(.datagram)
      try sender.bind("test-sender")
      for size in [0, 1, 5000, 61_440] {
        _ = try sender.send([UInt8](repeating: 5, count: size).span, to: "test-datagrams")
      }
      for size in [0, 1, 5000, 61_440] {
        let message = try receiver.receive()
        guard message.bytes.count == size, message.name == "test-sender",
          message.sender.process == Process.currentNumber
        else { throw .protocolError }
      }
      // Somebody who does not stop, and dies while it waits for room.
      let flood = try Helper.start("fill", "test-datagrams")
      for _ in 0..<20 {
        guard try receiver.receive().bytes.count == 30_000 else { throw .protocolError }
      }
      Clock.sleep(.milliseconds(20))
      try Helper.kill(flood)
      var left = 0
      while true {
        do throws(SystemError) {
          _ = try receiver.receive(flags: MessageHeader.doNotWait)
          left += 1
        } catch {
          guard error == .wouldBlock else { throw error }
          break
        }
      }
      guard left <= 4 else { throw .protocolError }
    }
  }

  private static func sharedMemory() throws(TestFailure) {
    try succeed("shared memory") { () throws(SystemError) in
      let file = try File("/scheme/shm/test-memory", .readWrite | .create | .exclusive)
      try file.truncate(to: 8192)
      let memory = try Mapping(file.handle, byteCount: 8192, .read | .write | .shared).shared()
      memory.storeReleasing64(41, at: 0)
      let child = try Helper.start("map", "test-memory")
      _ = try Process.wait(.process(child))
      guard memory.loadAcquiring64(at: 0) == 42 else { throw .protocolError }
      try FileSystem.remove("/scheme/shm/test-memory")
      memory.storeReleasing64(43, at: 4096)
      guard memory.loadAcquiring64(at: 4096) == 43 else { throw .protocolError }
    }
    try fail(with: .notFound, "an unlinked object") { () throws(SystemError) in
      try File("/scheme/shm/test-memory", .readWrite).release()
    }
  }

  private static func events() throws(TestFailure) {
    try succeed("events") { () throws(SystemError) in
      let listener = try Socket(.stream)
      try listener.bind("test-events")
      try listener.listen()
      let queue = try EventQueue()
      try queue.watch(listener.handle, .readable, data: 1)
      var batch = EventBatch()
      let client = try Socket(.stream)
      try client.connect(to: "test-events")
      try queue.wait(for: &batch, until: .after(.seconds(10)))
      guard batch.count == 1, batch[0].data == 1 else { throw .protocolError }
      let server = try listener.accept()
      try queue.unwatch(listener.handle)
      try queue.watch(server.handle, .readable, data: 2)
      _ = try client.send([1, 2].span)
      try queue.wait(for: &batch, until: .after(.seconds(10)))
      guard batch.count == 1, batch[0].data == 2,
        try server.receive().bytes.count == 2
      else { throw .protocolError }
      let last = client.release()
      performIgnoringErrors(Close { $0.handle = last })
      var events: UInt32 = 0
      while events & EventSet.hangUp.rawValue == 0 {
        try queue.wait(for: &batch, until: .after(.seconds(10)))
        for index in 0..<batch.count { events |= batch[index].events }
      }
    }
  }

  private static func hostile() throws(TestFailure) {
    try succeed("hostile calls") { () throws(SystemError) in
      let socket = try Socket(.stream)
      let noise = [UInt8](repeating: 0xFF, count: 5000)
      var output = [UInt8](repeating: 0, count: 200)
      for code in 0..<UInt32(16) {
        for count in [0, 3, 63, 64, 5000] {
          if code == SocketOperation.listen.rawValue || code == SocketOperation.token.rawValue {
            continue
          }
          do throws(SystemError) {
            _ = try socket.handle.call(
              code, noise.span.extracting(0..<count), into: output.mutableSpan)
          } catch { continue }
        }
      }
      let pair = try Socket.pair(.stream)
      guard try pair.one.send([1].span) == 1, try pair.other.receive().bytes.count == 1 else {
        throw .protocolError
      }
    }
    try fail(with: .nameTooLong, "a name that is too long") { () throws(SystemError) in
      let name = Text([UInt8](repeating: 65, count: 256))
      try Socket(.stream).bind(name)
    }
  }
}
