// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A thread that was woken and ends before it runs must not take the wake with it.
extension OneMachine {
  @Suite("Passing wakes on") struct WakeTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func kill(_ thread: Ref<Thread>) {
      guard let process = thread.value.process else { return }
      beginEnd(process, state: 1, value: 9)
    }

    /// Has `count` processes make a call that waits.
    private func wait(_ count: Int, for call: some SystemCall) throws -> [Ref<Thread>] {
      try (0..<count).map { _ in
        let thread = try bench.makeProcess()
        #expect(bench.begin(call, on: thread) == nil)
        return thread
      }
    }

    /// Ends all that have been woken; those who are then woken in their place are the others.
    private func killWoken(_ threads: [Ref<Thread>]) -> [Ref<Thread>] {
      let woken = threads.filter { $0.value.state != .waiting }
      #expect(!woken.isEmpty && woken.count < threads.count)
      for thread in woken { kill(thread) }
      Fixture.drain()
      return threads.filter { !woken.contains($0) }
    }

    @Test func readersOfAPipe() throws {
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try wait(20, for: bench.readCall(reader, 8))
      try bench.write(writer, [7])
      let rest = killWoken(threads)
      #expect(rest.contains { bench.settle($0) == 1 })
    }

    @Test func writersOfAPipe() throws {
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let block = [UInt8](repeating: 1, count: 4096)
      for _ in 0..<16 { try bench.write(writer, block) }
      let threads = try (0..<20).map { _ in
        let thread = try bench.makeProcess()
        #expect(bench.begin(bench.writeCall(writer, block, on: thread), on: thread) == nil)
        return thread
      }
      _ = try bench.read(reader, 4096)
      let rest = killWoken(threads)
      #expect(rest.contains { bench.settle($0) == 4096 })
    }

    @Test func waitersForEvents() throws {
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let record = bytesOf(UInt64(reader.rawValue) | 1 << 32) + bytesOf(0) + bytesOf(0)
      try bench.write(queue, record)
      var call = WaitEvents()
      call.queue = queue
      call.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24)
      let threads = try wait(3, for: call)
      try bench.write(writer, [1])
      let rest = killWoken(threads)
      #expect(rest.contains { bench.settle($0) == 1 })
    }

    @Test func waitersForASharedWord() throws {
      var map = Map()
      map.space = .none
      map.object = try Fixture.makeInheritedMemory(as: bench.thread)
      map.length = 4096
      map.flags = .read | .write | .shared
      let threads = try (0..<3).map { _ in
        let thread = try bench.makeProcess()
        var wait = FutexWait()
        wait.address = try bench.call(map, on: thread)
        #expect(bench.begin(wait, on: thread) == nil)
        return thread
      }
      var wake = FutexWake()
      wake.address = try bench.call(map)
      wake.count = 1
      #expect(try bench.call(wake) == 1)
      let rest = killWoken(threads)
      #expect(rest.filter { $0.value.state != .waiting }.count == 1)
    }

    @Test func aWakeThatAProgramHasSeenIsItsOwn() throws {
      let word = try Fixture.map(as: bench.thread)
      let threads = try [bench.makeThread(), bench.makeThread()]
      var wait = FutexWait()
      wait.address = word
      for thread in threads { #expect(bench.begin(wait, on: thread) == nil) }
      var wake = FutexWake()
      wake.address = word
      wake.count = 1
      #expect(try bench.call(wake) == 1)
      let woken = try #require(threads.first { $0.value.state != .waiting })
      Fixture.makeCurrent(woken)
      kernel.processors[0].needsReschedule = true
      _ = leave()
      Fixture.call(ExitThread(), as: woken)
      #expect(threads.filter { $0.value.state == .waiting }.count == 1)
    }

    @Test func readersOfAnInterruptAndOfATimer() throws {
      let line = try bench.open(try bench.root(.irq), "9", .readWrite)
      let readers = try wait(3, for: bench.readCall(line, 8))
      handleInterrupt(line: 9)
      let rest = killWoken(readers)
      #expect(rest.contains { bench.settle($0) == 8 })
      let timer = try bench.open(try bench.root(.time), "4/timer", .readWrite)
      let watchers = try wait(3, for: bench.readCall(timer, 8))
      try bench.write(timer, bytesOf(0) + bytesOf(Machine.now() + 1_000_000))
      Fixture.advance(by: 2_000_000)
      let others = killWoken(watchers)
      #expect(others.contains { bench.settle($0) == 8 })
    }

    @Test func everyDriverOfALineIsWoken() throws {
      let first = try bench.open(try bench.root(.irq), "9", .readWrite)
      let second = try bench.open(try bench.root(.irq), "9", .readWrite)
      // Many threads of one driver before the one of the other.
      let crowd = try (0..<40).map { _ in
        let thread = try bench.makeThread()
        #expect(bench.begin(bench.readCall(first, 8), on: thread) == nil)
        return thread
      }
      let other = try bench.makeThread()
      #expect(bench.begin(bench.readCall(second, 8, at: 0x9000), on: other) == nil)
      handleInterrupt(line: 9)
      #expect(bench.settle(other) == 8)
      #expect(crowd.filter { $0.value.state != .waiting }.count == 1)
    }

    @Test func readersOfAConsole() throws {
      let console = try bench.open(try bench.root(.debug), "", .read)
      let threads = try wait(20, for: bench.readCall(console, 8))
      ModelMachine.type([65], port: 0)
      receiveSerial(port: 0)
      let rest = killWoken(threads)
      #expect(rest.contains { bench.settle($0) == 1 })
    }

    @Test func whoWaitsForItsTurnAtAnOffset() throws {
      let schemes = try SchemeBench()
      let bench = schemes.bench
      _ = bench.begin(bench.readCall(schemes.root, 8), on: bench.thread)
      let threads = try (0..<3).map { _ in
        let thread = try bench.makeProcess()
        #expect(bench.begin(bench.readCall(schemes.root, 8), on: thread) == nil)
        return thread
      }
      let request = try schemes.take()
      try schemes.answer(request?.tag ?? 0)
      let woken = threads.filter { $0.value.state != .waiting }
      #expect(woken.count == 1)
      for thread in woken { kill(thread) }
      Fixture.drain()
      // The next one asks the server.
      for thread in threads { _ = bench.settle(thread) }
      #expect(try schemes.take()?.operation == SchemeOperation.read.rawValue)
    }

    @Test func aStoppedThreadLetsOthersGo() throws {
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try wait(20, for: bench.readCall(reader, 8))
      for thread in threads[..<16] { stop(thread.value.process!, by: 19) }
      try bench.write(writer, [7])
      Fixture.advance(by: 50_000_000)
      #expect(threads[16...].contains { bench.settle($0) == 1 })
    }

    @Test func aSuspendedThreadLetsOthersGo() throws {
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try wait(40, for: bench.readCall(reader, 8))
      // Some are held while they wait, some once they have been woken.
      for thread in threads[..<10] { suspend(thread) }
      try bench.write(writer, [7])
      for thread in threads[10..<39] where thread.value.state == .ready { suspend(thread) }
      for thread in threads[10..<39] { suspend(thread) }
      Fixture.advance(by: 50_000_000)
      #expect(threads[..<39].filter { !$0.isHeld }.isEmpty)
      #expect(bench.settle(threads[39]) == 1)
      // They wait again when they go on.
      for thread in threads[..<39] { resume(thread) }
      Fixture.advance(by: 50_000_000)
      try bench.write(writer, [8])
      Fixture.advance(by: 50_000_000)
      #expect(threads[..<39].contains { bench.settle($0) == 1 })
    }

    @Test func whoWaitsAtWhatClosesLooksAgain() throws {
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try (0..<40).map { _ in
        let thread = try bench.makeThread()
        #expect(bench.begin(bench.readCall(reader, 8), on: thread) == nil)
        return thread
      }
      try bench.close(reader)
      try bench.close(writer)
      for thread in threads {
        #expect(bench.settle(thread) == CallResult(.badHandle).rawValue)
      }
    }
  }
}
