// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// What concerns a thousand threads takes many entries, each of which does little.
extension OneMachine {
  @Suite("Crowds") struct CrowdTests {
    static let many = 1_000
    private static let badHandle = CallResult(.badHandle).rawValue

    /// Threads that have all begun to wait in `call`.
    private func crowd(_ bench: Bench, _ call: some SystemCall) throws -> [Ref<Thread>] {
      try (0..<Self.many).map { _ in
        let thread = try bench.makeThread()
        #expect(bench.begin(call, on: thread) == nil)
        return thread
      }
    }

    /// Makes entries until nobody of `threads` waits any more.
    /// - Returns: the most that one entry woke.
    private func dismiss(
      _ threads: [Ref<Thread>], _ bench: Bench, by act: () throws -> Void
    ) throws -> Int {
      var waiting = Self.many
      var most = 0
      let other = try bench.makeThread()
      try act()
      for _ in 0..<Self.many {
        let now = threads.count { $0.value.state == .waiting }
        most = max(most, waiting - now)
        waiting = now
        if now == 0 { break }
        // An entry of its own, that lets none of them run.
        Fixture.makeCurrent(other)
        lockKernel()
        unlockKernel()
      }
      #expect(waiting == 0)
      for thread in threads { #expect(bench.settle(thread) == Self.badHandle) }
      return most
    }

    @Test func atAPipe() throws {
      for isWriter in [false, true] {
        let bench = try Bench()
        let reader = try bench.open(try bench.root(.pipe), "", .read)
        let writer = try bench.open(reader, "write", .write)
        let block = [UInt8](repeating: 1, count: 4096)
        if isWriter { for _ in 0..<16 { try bench.write(writer, block) } }
        let threads =
          isWriter
          ? try crowd(bench, bench.writeCall(writer, block))
          : try crowd(bench, bench.readCall(reader, 8))
        #expect(try dismiss(threads, bench) { try bench.close(isWriter ? writer : reader) } <= 32)
        #expect(bench.pipesInUse == 1)
        try bench.close(isWriter ? reader : writer)
        #expect(bench.pipesInUse == 0)
      }
    }

    @Test func bothEndsOfAPipeAtOnce() throws {
      let bench = try Bench()
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try crowd(bench, bench.readCall(reader, 8))
      _ = try dismiss(threads, bench) {
        try bench.close(reader)
        try bench.close(writer)
      }
      #expect(bench.pipesInUse == 0)
    }

    @Test func atAnEventQueueWithManyWatches() throws {
      let bench = try Bench()
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let before = bench.watchesInUse
      for _ in 0..<300 {
        let reader = try bench.open(try bench.root(.pipe), "", .read)
        _ = try bench.open(reader, "write", .write)
        try bench.write(queue, bytesOf(UInt64(reader.rawValue) | 1 << 32) + bytesOf(0) + bytesOf(0))
      }
      var wait = WaitEvents()
      wait.queue = queue
      wait.buffer = UserSpan(address: bench.memory, count: 24)
      let threads = try crowd(bench, wait)
      #expect(try dismiss(threads, bench) { try bench.close(queue) } <= 32)
      for _ in 0..<20 { try bench.call(Null()) }
      #expect(bench.watchesInUse == before)
    }

    @Test func atATimerAndAnInterrupt() throws {
      let bench = try Bench()
      let timer = try bench.open(try bench.root(.time), "4/timer", .readWrite)
      let line = try bench.open(try bench.root(.irq), "9", .readWrite)
      for handle in [timer, line] {
        let threads = try crowd(bench, bench.readCall(handle, 8))
        #expect(try dismiss(threads, bench) { try bench.close(handle) } <= 32)
      }
    }

    @Test func atASessionThatEnds() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      let process = try #require(schemes.server.value.process)
      let threads = try (0..<Self.many).map { _ in
        let thread = try Fixture.makeThread(in: process)
        #expect(bench.begin(schemes.nextCall(), on: thread) == nil)
        return thread
      }
      let most = try dismiss(threads, bench) {
        try bench.close(schemes.session, on: schemes.server)
      }
      #expect(most <= 32)
    }

    @Test func atTheirTurnOfAnOffset() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      let description = try schemes.openDescriptions(1, word: 7)[0]
      let file = try insertHandle(bench.process, description, .everything, OpenFlags())
      #expect(bench.begin(bench.readCall(file, 8), on: bench.thread) == nil)
      let threads = try crowd(bench, bench.readCall(file, 8))
      try bench.close(file, on: try bench.makeThread())
      let request = try #require(try schemes.take())
      let most = try dismiss(threads, bench) { try schemes.answer(request.tag) }
      #expect(most <= 32)
      #expect(bench.settle(bench.thread) == 0)
      // Then its server hears of it.
      for _ in 0..<100 { try bench.call(Null()) }
      #expect(try schemes.take()?.operation == SchemeOperation.close.rawValue)
    }

    @Test func everyChildIsReportedToWhoWaitsForIt() throws {
      let bench = try Bench()
      let pairs = try (0..<200).map { _ in
        let child = try Fixture.makeTask(parent: bench.process)
        let thread = try bench.makeThread()
        var wait = WaitChild()
        wait.selector = Int(child.value.process?.value.number ?? 0)
        #expect(bench.begin(wait, on: thread) == nil)
        return (child, thread)
      }
      for index in [199, 0, 100, 57] {
        let (child, thread) = pairs[index]
        let process = try #require(child.value.process)
        let number = UInt(process.value.number)
        beginEnd(process, state: 0, value: 0)
        Fixture.drain()
        for _ in 0..<10 {
          for (_, other) in pairs where other.value.state != .waiting { _ = bench.settle(other) }
        }
        #expect(thread.value.registers.result == number && thread.value.state != .waiting)
      }
      #expect(pairs.count { $0.1.value.state == .waiting } == 196)
    }

    @Test func twoSignalsToOneGroupDoNotDisturbEachOther() throws {
      try Fixture.start()
      let leader = try Fixture.makeTask()
      var session = SetProcess()
      session.process = .none
      session.property = .newSession
      Fixture.call(session, as: leader)
      let process = try #require(leader.value.process)
      process.value.signals.trampoline = 1
      let members = try (0..<60).map { _ in try SignalProgram(parent: process, allowed: 0) }
      let senders = try [Fixture.makeTask(), Fixture.makeTask()]
      var isDone = [false, false]
      for _ in 0..<50 where isDone.contains(false) {
        for (index, sender) in senders.enumerated() where !isDone[index] {
          var call = Signal()
          call.process = .none
          call.selector = -Int(process.value.number)
          call.signal = 40 + UInt32(index)
          let words = call.words
          Fixture.makeCurrent(sender)
          sender.value.registers = Machine.Registers(
            call: CallNumber.signal.rawValue, words.a, words.b, words.c, words.d, words.e, words.f,
            site: Fixture.site)
          _ = enterSystemCall()
          isDone[index] = !Fixture.isRestarted(sender)
        }
      }
      #expect(isDone == [true, true])
      for member in members { #expect(member.process.value.signals.detailCount == 2) }
    }
  }
}

// `kernel` itself cannot be copied, so expectations ask here.
extension Bench {
  fileprivate var pipesInUse: Int { kernel.pipes.inUse }
  fileprivate var watchesInUse: Int { kernel.watches.inUse }
}
