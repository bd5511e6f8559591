// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing

@testable import Exchange

private enum Root {
  static let chan: UInt64 = 0
  static let shm: UInt64 = 1
  static let stream: UInt64 = 2
  static let datagram: UInt64 = 3
}

@Suite struct ServerTests {
  @Test func aChannelConnectsItsTwoEnds() throws {
    let desk = try Desk()
    #expect(desk.open(Root.chan, "a/b")?.error == .notFound)
    let listener = try desk.opened(Root.chan, "/a//b", .readWrite | .create)
    #expect(desk.open(Root.chan, "a/b", .create | .exclusive)?.error == .alreadyExists)
    let accepting = desk.begin(.open, listener, Array("listen".utf8))
    #expect(desk.kernel.answer(accepting) == nil)
    let client = try desk.opened(Root.chan, "a/b")
    let server = try #require(desk.kernel.answer(accepting)?.file)
    #expect(desk.write(client, [1, 2, 3])?.result == 3)
    #expect(desk.read(server, 2)?.bytes == [1, 2])
    #expect(desk.read(server)?.bytes == [3])
    let reading = desk.begin(.read, client, first: UInt64.max, room: 9)
    #expect(desk.kernel.answer(reading) == nil)
    #expect(desk.write(server, [7, 8])?.result == 2)
    #expect(desk.kernel.answer(reading)?.bytes == [7, 8])
    // Bytes that were sent before an end closes are received all the same.
    #expect(desk.write(client, [9])?.result == 1)
    desk.close(client)
    #expect(desk.read(server)?.bytes == [9])
    #expect(desk.read(server)?.result == 0)
    #expect(desk.write(server, [1])?.error == .brokenPipe)
    desk.close(listener)
    #expect(desk.open(Root.chan, "a/b")?.error == .notFound)
  }

  @Test func connectionsWaitInOrderAndUpToALimit() throws {
    let desk = try Desk()
    let listener = try desk.opened(Root.stream, "")
    #expect(desk.call(.bind, listener, Array("x".utf8))?.result == 0)
    #expect(desk.call(.bind, listener, Array("y".utf8))?.error == .invalidArgument)
    #expect(desk.open(Root.stream, "x")?.error == .connectionRefused)
    #expect(desk.call(.listen, listener, words32([2]))?.result == 0)
    let first = try desk.opened(Root.stream, "x")
    let second = try desk.opened(Root.stream, "")
    let name = words32([0, 0]) + Array("x".utf8)
    #expect(desk.call(.connect, second, name)?.result == 0)
    #expect(desk.call(.connect, second, name)?.error == .alreadyConnected)
    #expect(desk.open(Root.stream, "x", .readWrite | .nonBlocking)?.error == .wouldBlock)
    let third = try desk.opened(Root.stream, "")
    #expect(desk.call(.connect, third, words32([1, 0]) + Array("x".utf8))?.error == .wouldBlock)
    let connecting = desk.begin(
      .call, third, code: SocketOperation.connect.rawValue, name)
    #expect(desk.kernel.answer(connecting) == nil)
    for (number, client) in [first, second].enumerated() {
      #expect(desk.write(client, [UInt8(number)])?.result == 1)
      let accepted = try desk.opened(listener, "listen")
      #expect(desk.read(accepted)?.bytes == [UInt8(number)])
      if number == 0 { #expect(desk.kernel.answer(connecting)?.result == 0) }
    }
    #expect(desk.call(.name, listener, room: 99)?.bytes == Array("x".utf8))
    #expect(desk.call(.peerName, first, room: 99)?.bytes == Array("x".utf8))
    // A listener that closes takes with it who waits.
    desk.close(listener)
    #expect(desk.read(third)?.result == 0)
    #expect(desk.open(Root.stream, "x")?.error == .notFound)
  }

  @Test func datagramsKeepTheirBoundariesAndSenders() throws {
    let desk = try Desk()
    let receiver = try desk.opened(Root.datagram, "r", .readWrite | .create)
    let sender = try desk.opened(Root.datagram, "s", .readWrite | .create)
    desk.kernel.caller.process = 77
    #expect(desk.send(sender, [1, 2, 3], to: "r")?.result == 3)
    #expect(desk.send(sender, [], to: "r")?.result == 0)
    #expect(desk.send(sender, [4], to: "none")?.error == .notFound)
    #expect(desk.write(sender, [4])?.error == .notConnected)
    let peeked = try #require(desk.receive(receiver, flags: MessageHeader.peek))
    #expect(peeked.bytes == [1, 2, 3])
    let first = try #require(desk.receive(receiver, room: 64 + 2))
    #expect(first.name == "s" && first.bytes == [1] && first.process == 77 && first.whole == 3)
    #expect(first.flags == MessageHeader.truncated)
    let second = try #require(desk.receive(receiver))
    #expect(second.bytes == [] && second.flags == 0 && second.name == "s")
    #expect(desk.receive(receiver, flags: MessageHeader.doNotWait)?.error == .wouldBlock)
    #expect(
      desk.call(.connect, sender, words32([0, 0]) + Array("r".utf8))?.result == 0)
    #expect(desk.write(sender, [5, 6])?.result == 2)
    #expect(desk.read(receiver, 1)?.bytes == [5])
    #expect(
      desk.send(sender, [UInt8](repeating: 0, count: 2040))?.error == .messageTooLong)
    desk.close(receiver)
    #expect(desk.write(sender, [5])?.error == .connectionRefused)
  }

  @Test func aFullQueueHasItsSenderWait() throws {
    let desk = try Desk()
    let one = try desk.opened(Root.datagram, "")
    let other = try desk.opened(one, "connect")
    let message = [UInt8](repeating: 3, count: 500)
    for _ in 0..<3 { #expect(desk.write(one, message)?.result == 500) }
    #expect(desk.write(one, message, .write | .nonBlocking)?.error == .wouldBlock)
    let waiting = desk.begin(.write, one, first: UInt64.max, message)
    #expect(desk.kernel.answer(waiting) == nil)
    #expect(desk.read(other)?.bytes == message)
    #expect(desk.kernel.answer(waiting)?.result == 500)
    let lost = desk.begin(.write, one, first: UInt64.max, message)
    #expect(desk.kernel.answer(lost) == nil)
    desk.close(other)
    #expect(desk.kernel.answer(lost)?.error == .connectionRefused)
  }

  @Test func aStreamTakesWhatFitsAndTheRestLater() throws {
    let desk = try Desk()
    let one = try desk.opened(Root.stream, "")
    let other = try desk.opened(one, "connect")
    let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(desk.write(one, bytes)?.result == 2048)
    let waiting = desk.begin(.write, one, first: UInt64.max, Array(bytes[2048...]))
    #expect(desk.kernel.answer(waiting) == nil)
    #expect(desk.read(other, 1000)?.bytes == Array(bytes[..<1000]))
    #expect(desk.kernel.answer(waiting)?.result == 952)
    #expect(desk.read(other, 4000)?.bytes == Array(bytes[1000...]))
    #expect(desk.call(.shutDown, one, words32([1]))?.result == 0)
    #expect(desk.read(other)?.result == 0)
    #expect(desk.write(one, [1])?.error == .brokenPipe)
    #expect(desk.write(other, [1])?.result == 1)
    #expect(desk.read(one)?.bytes == [1])
    #expect(desk.call(.shutDown, one, words32([0]))?.result == 0)
    #expect(desk.write(other, [1])?.error == .brokenPipe)
    #expect(desk.call(.shutDown, one, words32([3]))?.error == .invalidArgument)
  }

  @Test func handlesArriveWithTheirMessage() throws {
    let desk = try Desk()
    let one = try desk.opened(Root.stream, "")
    let other = try desk.opened(one, "connect")
    let pass = SocketOperation.passHandle
    for object in 1...3 {
      let staged = desk.now(.sendHandle, one, code: pass, first: 9, passing: object)
      #expect(staged?.result == UInt(object))
    }
    #expect(desk.send(one, [1, 2])?.result == 2)
    #expect(desk.send(one, [3], handles: 2, batch: 9)?.error == .invalidArgument)
    #expect(desk.send(one, [3, 4], handles: 3, batch: 9)?.result == 2)
    #expect(desk.write(one, [5])?.result == 1)
    // Bytes before a message with handles come by themselves.
    let first = try #require(desk.receive(other))
    #expect(first.bytes == [1, 2] && first.handles == 0)
    let second = try #require(desk.receive(other, handles: 2))
    #expect(second.bytes == [3, 4, 5] && second.handles == 2)
    #expect(second.flags == MessageHeader.handlesClosed)
    for object in 1...2 {
      let taken = desk.now(.receiveHandle, other, code: pass, first: second.batch)
      #expect(taken?.object == object)
    }
    let none = desk.now(.receiveHandle, other, code: pass, first: second.batch)
    #expect(none?.error == .notFound)
    #expect(desk.kernel.kept.isEmpty && desk.kernel.held.isEmpty)
    // What is never sent or never received ends with its socket.
    for object in 4...5 {
      _ = desk.now(.sendHandle, one, code: pass, first: UInt64(object), passing: object)
    }
    #expect(desk.send(one, [3], handles: 1, batch: 4)?.result == 1)
    #expect(desk.kernel.kept.count == 2)
    desk.close(other)
    #expect(desk.kernel.kept.count == 1)
    desk.close(one)
    #expect(desk.kernel.kept.isEmpty && desk.kernel.held.isEmpty)
  }

  @Test func aClientThatDiesWhileItWaitsTakesNothing() throws {
    let desk = try Desk()
    let one = try desk.opened(Root.stream, "")
    let other = try desk.opened(one, "connect")
    let dead = desk.begin(.read, other, first: UInt64.max, room: 9)
    desk.kernel.forget(dead)
    #expect(desk.write(one, [1, 2])?.result == 2)
    #expect(desk.read(other)?.bytes == [1, 2])
    let listener = try desk.opened(Root.chan, "l", .create)
    let accepting = desk.begin(.open, listener, Array("listen".utf8))
    desk.kernel.forget(accepting)
    let client = try desk.opened(Root.chan, "l")
    #expect(desk.write(client, [3])?.result == 1)
    let accepted = try desk.opened(listener, "listen")
    #expect(desk.read(accepted)?.bytes == [3])
  }

  @Test func eventsSayWhatIsPossible() throws {
    let desk = try Desk()
    let listener = try desk.opened(Root.chan, "l", .create)
    desk.kernel.watch(listener, .readable, at: &desk.server)
    #expect(desk.kernel.events(of: listener).isEmpty)
    let one = try desk.opened(Root.chan, "l")
    #expect(desk.kernel.events(of: listener) == .readable)
    let other = try desk.opened(listener, "listen")
    #expect(desk.kernel.events(of: listener).isEmpty)
    desk.kernel.watch(one, .readable | .writable, at: &desk.server)
    desk.kernel.watch(other, .readable, at: &desk.server)
    #expect(desk.kernel.events(of: one) == .writable)
    #expect(desk.write(one, [UInt8](repeating: 1, count: 2048))?.result == 2048)
    #expect(desk.kernel.events(of: one).isEmpty)
    #expect(desk.kernel.events(of: other) == .readable | .writable)
    #expect(desk.read(other)?.result == 2048)
    #expect(desk.kernel.events(of: one) == .writable)
    #expect(desk.kernel.events(of: other) == .writable)
    desk.close(other)
    #expect(desk.kernel.events(of: one) == .readable | .writable | .hangUp)
  }

  @Test func sharedMemoryLivesAsLongAsItsNameOrItsOpeners() throws {
    let desk = try Desk()
    #expect(desk.open(Root.shm, "m")?.error == .notFound)
    let one = try desk.opened(Root.shm, "m", .readWrite | .create)
    #expect(desk.now(.map, one, second: 1)?.error == .outOfRange)
    #expect(desk.now(.truncate, one, first: 5000)?.result == 0)
    #expect(desk.now(.map, one, second: 8192)?.object == 1_005_000)
    #expect(desk.now(.map, one, first: 8192, second: 1)?.error == .outOfRange)
    desk.close(one)
    let other = try desk.opened(Root.shm, "m")
    #expect(desk.now(.unlink, Root.shm, Array("m".utf8))?.result == 0)
    #expect(desk.open(Root.shm, "m")?.error == .notFound)
    #expect(desk.now(.map, other, second: 1)?.object == 1_005_000)
    #expect(desk.kernel.kept.count == 1)
    desk.close(other)
    #expect(desk.kernel.kept.isEmpty)
    let unnamed = try desk.opened(Root.shm, "")
    #expect(desk.now(.truncate, unnamed, first: 1)?.result == 0)
    desk.close(unnamed)
    #expect(desk.kernel.kept.isEmpty && desk.kernel.held.isEmpty)
  }

  @Test func namesHaveOwnersAndModes() throws {
    let desk = try Desk()
    desk.kernel.caller.user = 5
    let mine = try #require(desk.open(Root.shm, "m", .readWrite | .create, mode: 0o640)?.file)
    _ = try #require(desk.open(Root.chan, "c", .readWrite | .create, mode: 0o600)?.file)
    desk.kernel.caller.user = 6
    desk.kernel.caller.group = 6
    #expect(desk.open(Root.shm, "m", .read)?.error == .accessDenied)
    #expect(desk.open(Root.chan, "c")?.error == .accessDenied)
    #expect(desk.now(.unlink, Root.shm, Array("m".utf8))?.error == .notPermitted)
    desk.kernel.caller.user = 0
    #expect(desk.open(Root.chan, "c")?.file != nil)
    #expect(desk.now(.unlink, Root.shm, Array("m".utf8))?.result == 0)
    desk.close(mine)
  }

  @Test func hostileCallsAreRefused() throws {
    let desk = try Desk()
    let socket = try desk.opened(Root.stream, "")
    let listener = try desk.opened(Root.chan, "l", .create)
    for file in [Root.chan, socket, listener] {
      for code in 0..<UInt32(20) {
        for count in [0, 3, 8, 63, 64, 200] {
          let input = [UInt8](repeating: 0xFF, count: count)
          let tag = desk.begin(.call, file, code: code, input, room: count)
          if desk.kernel.answer(tag) == nil { desk.kernel.forget(tag) }
        }
      }
      #expect(desk.now(.sendHandle, file, code: 7, first: 1, passing: 1)?.error != nil)
      #expect(desk.now(.receiveHandle, file, code: 1, first: 1)?.error != nil)
      #expect(desk.now(.truncate, file, first: 1)?.error != nil)
      #expect(desk.now(.map, file, second: 1)?.error != nil)
      #expect(desk.open(file, "../x")?.error != nil)
    }
    #expect(desk.kernel.held.isEmpty)
    let long = Text([UInt8](repeating: 65, count: 256))
    #expect(desk.open(Root.chan, long, .create)?.error == .nameTooLong)
    #expect(desk.open(Root.chan, "a\0b", .create)?.error == .invalidArgument)
    var open = 0
    while desk.open(Root.stream, "")?.file != nil { open += 1 }
    #expect(open > 10 && open < 40)
    #expect(desk.open(Root.stream, "")?.error == .quotaExceeded)
  }
}
