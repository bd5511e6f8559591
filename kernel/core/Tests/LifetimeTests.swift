// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

// What goes away while somebody still uses it: each of these was found by `tests/fuzz`.

extension OneMachine {
  @Suite("Ends of what is in use") struct LifetimeTests {
    private static let badHandle = CallResult(.badHandle).rawValue

    /// A file of the scheme that nobody else has open.
    private func makeFile(_ schemes: SchemeBench) throws -> Handle {
      let description = try schemes.openDescriptions(1, word: 7)[0]
      return try insertHandle(schemes.bench.process, description, .everything, OpenFlags())
    }

    // MARK: Handles that close under a waiting thread

    @Test func closingAnEventQueueEndsTheWaitForIt() throws {
      let bench = try Bench()
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let waiter = try bench.makeThread()
      var wait = WaitEvents()
      wait.queue = queue
      wait.buffer = UserSpan(address: bench.memory, count: 24)
      #expect(bench.begin(wait, on: waiter) == nil)
      try bench.close(queue)
      #expect(bench.settle(waiter) == Self.badHandle)
    }

    @Test func closingATimerEndsTheWaitForIt() throws {
      let bench = try Bench()
      let timer = try bench.open(try bench.root(.time), "4/timer", .readWrite)
      let waiter = try bench.makeThread()
      #expect(bench.begin(bench.readCall(timer, 8), on: waiter) == nil)
      try bench.close(timer)
      #expect(bench.settle(waiter) == Self.badHandle)
    }

    @Test func closingEitherEndOfAPipeEndsTheWaitsThroughIt() throws {
      let bench = try Bench()
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let waiter = try bench.makeThread()
      #expect(bench.begin(bench.readCall(reader, 8), on: waiter) == nil)
      try bench.close(reader)
      #expect(bench.settle(waiter) == Self.badHandle)
      try bench.close(writer)
    }

    @Test func closingASessionEndsTheWaitForRequests() throws {
      var schemes = try SchemeBench()
      try schemes.addServerThread()
      let bench = schemes.bench
      #expect(bench.begin(schemes.nextCall(index: 1), on: schemes.servers[1]) == nil)
      try bench.close(schemes.sessions[1], on: schemes.server)
      try schemes.work()
      #expect(bench.settle(schemes.servers[1]) == Self.badHandle)
      // A request goes to the session that is left, not to where the other's area was.
      #expect(bench.begin(bench.readCall(schemes.root, 8), on: bench.thread) == nil)
      let request = try schemes.take()
      #expect(request?.operation == SchemeOperation.read.rawValue)
      try schemes.answer(request?.tag ?? 0)
      #expect(bench.settle(bench.thread) == 0)
    }

    @Test func closingAFileEndsTheWaitsForItsOffset() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      let file = try makeFile(schemes)
      let others = try (0..<3).map { _ in try bench.makeThread() }
      for other in others {
        var read = bench.readCall(file, 8)
        read.offset = UInt64.max
        #expect(bench.begin(read, on: other) == nil)
      }
      try bench.close(file)
      let request = try schemes.take()
      try schemes.answer(request?.tag ?? 0)
      #expect(bench.settle(others[0]) == 0)
      for other in others[1...] { #expect(bench.settle(other) == Self.badHandle) }
    }

    // MARK: Schemes

    @Test func aFileWithNewsClosesAfterItsSchemeWasGivenUp() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      let file = try makeFile(schemes)
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let record =
        bytesOf(UInt64(file.rawValue) | UInt64(EventSet.readable.rawValue) << 32)
        + bytesOf(0) + bytesOf(0)
      try bench.write(queue, record)
      var giveUp = GiveUpScheme()
      giveUp.scheme = schemes.management
      giveUp.error = 5
      try bench.call(giveUp, on: schemes.server)
      // The session's end asks about what is watched.
      try bench.close(schemes.session, on: schemes.server)
      try bench.close(file)
      #expect(schemes.scheme.value.pending.isEmpty)
    }

    @Test func clientsSeeOnlyErrorsOfTheABI() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      for answered: UInt in [0 &- 512, 0 &- 4000] {
        #expect(bench.begin(bench.readCall(schemes.root, 8), on: bench.thread) == nil)
        let request = try schemes.take()
        try schemes.answer(request?.tag ?? 0, answered)
        #expect(bench.settle(bench.thread) == CallResult(.protocolError).rawValue)
      }
    }

    // MARK: Handle tables

    @Test func aHandleBeyondTheLimitStaysWhenNothingCanTakeItsPlace() throws {
      let bench = try Bench()
      var duplicate = Duplicate()
      duplicate.handle = try bench.open(try bench.root(.pipe), "", .read)
      duplicate.rights = .everything
      duplicate.target = Handle(rawValue: 200)
      try bench.call(duplicate)
      var limit = SetProcess()
      limit.process = .none
      limit.property = .handleLimit
      limit.value = 100
      try bench.call(limit)
      let before = ProcessUse()
      #expect(throws: SystemError.badHandle) { try bench.call(duplicate) }
      #expect(ProcessUse() == before)
      try bench.close(duplicate.target)
    }

    // MARK: Processes

    @Test func anEmbryoThatHoldsItselfEndsWithItsMaker() throws {
      try Fixture.start()
      let before = ProcessUse()
      let maker = try Fixture.makeTask()
      guard case .done(let made) = Fixture.call(CreateProcess(), as: maker) else {
        Issue.record("no process")
        return
      }
      var transfer = TransferHandle()
      transfer.process = try Handle(word: made)
      transfer.handle = transfer.process
      transfer.rights = .everything
      #expect(Fixture.call(transfer, as: maker) != .waiting)
      Fixture.call(ExitProcess(), as: maker)
      Fixture.drain()
      var wait = WaitChild()
      wait.selector = -1
      wait.options = .noHang
      let parent = try Fixture.makeThread(in: #require(Fixture.initProcess))
      #expect(Fixture.call(wait, as: parent) != .failed(.noChild))
      var now = ProcessUse()
      // init has begun to live, and the parent's thread is its first.
      now.threads = before.threads
      #expect(now.processes == before.processes)
      #expect(now.handles == before.handles)
    }

    /// A process whose end begins while its thread runs on another processor.
    private func makeVictim() throws -> (Ref<Thread>, Ref<Process>) {
      try Fixture.start(processors: 2)
      let killer = try Fixture.makeTask()
      let victim = try Fixture.makeTask()
      let process = try #require(victim.value.process)
      Fixture.makeCurrent(victim, on: 1)
      Fixture.makeCurrent(killer, on: 0)
      ModelMachine.currentProcessor = 0
      beginEnd(process, state: 1, value: 9)
      ModelMachine.currentProcessor = 1
      return (victim, process)
    }

    /// Two calls may wait for each other's ranges for ever: then their process can still be ended.
    @Test func aProcessEndsWhoseThreadsWaitForEachOthersRanges() throws {
      try Fixture.start()
      let first = try Fixture.makeTask()
      let process = try #require(first.value.process)
      let second = try Fixture.makeThread(in: process)
      let space = try #require(process.value.space)
      for thread in [first, second] {
        Fixture.makeCurrent(thread)
        #expect(throws: SystemError.restart) { try Waiter.call(thread).wait(for: space) }
        _ = leave()
      }
      beginEnd(process, state: 1, value: 9)
      Fixture.drain()
      #expect(process.value.state == .ended)
    }

    @Test func theLastThreadDoesNotReportAFaultOnceItsProcessEnds() throws {
      let (_, process) = try makeVictim()
      let pipe = try newPipeForExceptions()
      process.value.exceptionDescription = pipe
      _ = enterTrap(.pageFault(address: 0x1000, access: .read, isPresent: false))
      Fixture.drain()
      #expect(process.value.state == .ended)
    }

    /// The writing end of a pipe whose reading end stays open.
    private func newPipeForExceptions() throws -> Ref<Description> {
      let reader = try makePipe(.read, Fixture.rootAccount)
      guard case .pipe(let pipe, _) = reader.value.kind else { throw SystemError.badHandle }
      return try pipeEnd(pipe, isWriter: true, .write, Fixture.rootAccount)
    }

    @Test func theLastThreadDoesNotWaitOnceItsProcessEnds() throws {
      let (victim, process) = try makeVictim()
      let words = Sleep().words
      victim.value.registers = Machine.Registers(
        call: CallNumber.sleep.rawValue, words.a, words.b, words.c, words.d, words.e, words.f,
        site: Fixture.site)
      Fixture.enter()
      Fixture.drain()
      #expect(process.value.state == .ended)
    }
  }
}
