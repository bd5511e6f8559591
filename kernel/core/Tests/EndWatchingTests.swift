// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Watching ends") struct EndWatchingTests {
    let bench: Bench
    let queue: Handle

    init() throws {
      bench = try Bench()
      queue = try bench.open(try bench.root(.event), "", .readWrite)
    }

    private func watch(_ handle: Handle, _ events: EventSet = .readable, in queue: Handle) throws {
      let record =
        bytesOf(UInt64(handle.rawValue) | UInt64(events.rawValue) << 32) + bytesOf(5) + bytesOf(0)
      try bench.write(queue, record)
    }

    private func poll() throws -> UInt {
      var call = WaitEvents()
      call.queue = queue
      call.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24 * 4)
      call.deadline = .immediately
      do { return try bench.call(call) } catch SystemError.timedOut { return 0 }
    }

    private func handle(of process: Ref<Process>) throws -> Handle {
      let description = try newDescription(.process(process), bench.process.value.account)
      process.value.references += 1
      return try insertHandle(bench.process, description, .everything, .runtimeHandle)
    }

    private func handle(of thread: Ref<Thread>) throws -> Handle {
      let description = try newDescription(.thread(thread), bench.process.value.account)
      thread.value.references += 1
      return try insertHandle(bench.process, description, .everything, .runtimeHandle)
    }

    @Test func aProcessIsReadableOnceItHasEnded() throws {
      let child = try bench.makeProcess()
      let process = try #require(child.value.process)
      let handle = try handle(of: process)
      try watch(handle, in: queue)
      #expect(try poll() == 0)
      var wait = WaitEvents()
      wait.queue = queue
      wait.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24)
      let waiter = try bench.makeThread()
      #expect(bench.begin(wait, on: waiter) == nil)
      beginEnd(process, state: 0, value: 3)
      Fixture.drain()
      #expect(bench.settle(waiter) == 1)
      #expect(try poll() == 1)
      let late = try self.handle(of: process)
      try watch(late, in: queue)
      #expect(try poll() == 2)
      try bench.close(handle)
      #expect(try poll() == 1)
      try bench.close(late)
      #expect(try poll() == 0)
    }

    @Test func aThreadIsReadableOnceItHasEnded() throws {
      let thread = try bench.makeThread()
      let handle = try handle(of: thread)
      try watch(handle, .readable | .edge, in: queue)
      #expect(try poll() == 0)
      Fixture.call(ExitThread(), as: thread)
      #expect(try poll() == 1)
      #expect(try poll() == 0)
      try bench.close(handle)
    }

    @Test func fewDescriptionsOfOneProcessAreWatched() throws {
      let process = try #require(try bench.makeProcess().value.process)
      let handles = try (0..<9).map { _ in try handle(of: process) }
      for handle in handles[..<8] { try watch(handle, in: queue) }
      #expect(throws: SystemError.busy) { try watch(handles[8], in: queue) }
      // One that nobody watches any more makes room.
      try watch(handles[3], EventSet(), in: queue)
      try watch(handles[8], in: queue)
      #expect(throws: SystemError.busy) { try watch(handles[3], in: queue) }
      try bench.close(handles[0])
      try watch(handles[3], in: queue)
      let queues = try (0..<5).map { _ in try bench.open(try bench.root(.event), "", .readWrite) }
      for queue in queues[..<3] { try watch(handles[1], in: queue) }
      #expect(throws: SystemError.busy) { try watch(handles[1], in: queues[3]) }
      beginEnd(process, state: 0, value: 0)
      Fixture.drain()
      #expect(try poll() == 4)
    }

    @Test func watchedThreadsOfAProcessEndInSteps() throws {
      let process = try #require(try bench.makeProcess().value.process)
      let threads = try (0..<60).map { _ in try Fixture.makeThread(in: process) }
      let handles = try threads.map { try handle(of: $0) }
      for handle in handles { try watch(handle, in: queue) }
      beginEnd(process, state: 0, value: 0)
      Fixture.drain()
      #expect(threads.allSatisfy { $0.value.state == .ended })
      #expect(try poll() == 4)
      for handle in handles { try bench.close(handle) }
      #expect(try poll() == 0)
    }
  }
}
