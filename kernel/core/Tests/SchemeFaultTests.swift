// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// What servers do wrong, and what becomes of what they had.
extension OneMachine {
  @Suite("Faults of servers") struct SchemeFaultTests {
    // MARK: Answers

    @Test(arguments: [8, 127, 128, 4096, 8192])
    func moreThanThereIsRoomForIsRefused(room: Int) throws {
      let setup = try DirectBench()
      let server = try setup.makeWaitingServer()
      for isSettled in [false, true] {
        _ = setup.start(setup.reading(room, at: setup.outputPlace))
        let tag = server.tag
        if isSettled { _ = try server.next(answering: 0, 0, [], .doNotWait) }
        for count in [UInt(room) + 1, 1 << 40, UInt.max - 4095] {
          #expect(throws: SystemError.outOfRange) {
            try server.next(answering: tag, count, [UInt8](repeating: 9, count: 16))
          }
          #expect(setup.result() == nil)
        }
        #expect(try server.next(answering: tag, UInt(room), [5, 6]) == nil)
        #expect(setup.result() == UInt(room) && setup.output(2) == [5, 6])
      }
    }

    @Test func moreThanWasWrittenIsRefused() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      #expect(bench.begin(bench.writeCall(schemes.root, [1, 2, 3]), on: bench.thread) == nil)
      let tag = try schemes.take()?.tag ?? 0
      #expect(throws: SystemError.outOfRange) { try schemes.answer(tag, 4) }
      #expect(bench.settle(bench.thread) == nil)
      try schemes.answer(tag, 3)
      #expect(bench.settle(bench.thread) == 3)
    }

    // MARK: Death

    @Test func whatSeveralSessionsHadComesBackInTheOrderOfArrival() throws {
      var noise = Noise(11)
      for _ in 0..<20 {
        var schemes = try SchemeBench()
        for _ in 0..<3 { try schemes.addServerThread() }
        let bench = schemes.bench
        let clients = try (0..<12).map { _ in try bench.makeThread() }
        var call = CallScheme()
        call.handle = schemes.root
        for (number, client) in clients.enumerated() {
          Fixture.advance(by: 1_000)
          // Some are handed over directly, others wait in the queue.
          let index = noise.next(below: 4)
          if schemes.servers[index].value.state != .waiting, noise.next(below: 2) == 0 {
            _ = bench.begin(schemes.nextCall(index: index), on: schemes.servers[index])
          }
          call.operation = UInt32(number)
          #expect(bench.begin(call, on: client) == nil)
        }
        for index in 0..<4 where schemes.servers[index].value.state != .waiting {
          for _ in 0..<noise.next(below: 4) { _ = try schemes.take(index: index) }
        }
        // Twice: what came back and was taken again comes back in its place.
        for _ in 0..<2 {
          let order = [0, 1, 2, 3].sorted { _, _ in noise.next(below: 2) == 0 }
          for index in order {
            Fixture.makeCurrent(bench.thread)
            let process = try #require(schemes.servers[0].value.process)
            try closeHandle(process, schemes.sessions[index])
            if noise.next(below: 2) == 0 { try bench.call(Null()) }
          }
          while schemes.scheme.value.choreLink.isLinked { try bench.call(Null()) }
          var codes: [UInt32] = []
          var next = schemes.scheme.value.queue.first
          while let request = next {
            codes.append(request.value.record.code)
            next = schemes.scheme.value.queue.next(after: request)
          }
          #expect(codes == (0..<12).map(UInt32.init))
          try schemes.attachAgain()
          for index in 0..<4 where schemes.servers[index].value.state != .waiting {
            for _ in 0..<noise.next(below: 4) { _ = try schemes.take(index: index) }
          }
        }
      }
    }

    // MARK: Giving up

    private func event(_ queue: Handle, _ bench: Bench) throws -> EventSet {
      var call = WaitEvents()
      call.queue = queue
      call.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24)
      call.deadline = .immediately
      do {
        #expect(try bench.call(call) == 1)
      } catch SystemError.timedOut {
        return EventSet()
      }
      return EventSet(
        rawValue: UInt32(word(of: bench.load(8, at: bench.memory + 0x2_0000)) >> 32))
    }

    @Test func watchersHearThatASchemeIsGivenUp() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let record =
        bytesOf(UInt64(schemes.root.rawValue) | UInt64(EventSet.readable.rawValue) << 32)
        + bytesOf(0) + bytesOf(0)
      try bench.write(queue, record)
      let watch = try #require(try schemes.take())
      #expect(watch.operation == SchemeOperation.watch.rawValue)
      try schemes.answer(watch.tag)
      #expect(try event(queue, bench).isEmpty)
      var giveUp = GiveUpScheme()
      giveUp.scheme = schemes.management
      giveUp.error = UInt32(SystemError.inputOutput.rawValue)
      try bench.call(giveUp, on: schemes.server)
      try schemes.work()
      #expect(try event(queue, bench).isSuperset(of: .hangUp))
      // So does who comes later.
      let other = try bench.open(try bench.root(.event), "", .readWrite)
      try bench.write(other, record)
      #expect(try event(other, bench).isSuperset(of: .hangUp))
      // Served again, it is as after any restart, and the server hears who watches.
      try bench.close(schemes.session, on: schemes.server)
      try schemes.work()
      let session = try schemes.attach(schemes.server)
      try schemes.work()
      for queue in [queue, other] {
        #expect(try event(queue, bench).intersection(.hangUp | .restarted) == .restarted)
      }
      var next = NextRequest()
      next.server = session
      next.flags = .doNotWait
      #expect(try bench.call(next, on: schemes.server) != 0)
    }
  }
}
