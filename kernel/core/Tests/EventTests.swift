// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Event queue") struct EventQueueTests {
    let bench: Bench
    let queue: Handle
    let reader: Handle
    let writer: Handle

    init() throws {
      bench = try Bench()
      queue = try bench.open(try bench.root(.event), "", .readWrite)
      reader = try bench.open(try bench.root(.pipe), "", .read | .nonBlocking)
      writer = try bench.open(reader, "write", .write)
    }

    // MARK: Steps

    private func watch(
      _ handle: Handle, _ events: EventSet, data: UInt64 = 0, in queue: Handle? = nil,
      on thread: Ref<Thread>? = nil
    ) throws {
      let record =
        bytesOf(UInt64(handle.rawValue) | UInt64(events.rawValue) << 32) + bytesOf(data)
        + bytesOf(0)
      #expect(try bench.write(queue ?? self.queue, record, on: thread) == 24)
    }

    private func waitCall(_ queue: Handle, until deadline: Deadline) -> WaitEvents {
      var call = WaitEvents()
      call.queue = queue
      call.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24 * 32)
      call.deadline = deadline
      return call
    }

    private struct Seen: Equatable {
      var handle: Handle
      var events: EventSet
      var data: UInt64 = 0
    }

    private func records(_ count: UInt) -> [Seen] {
      let bytes = bench.load(Int(count) * 24, at: bench.memory + 0x2_0000)
      return (0..<Int(count)).map {
        let first = word(of: bytes, at: $0 * 24)
        return Seen(
          handle: Handle(rawValue: UInt32(truncatingIfNeeded: first)),
          events: EventSet(rawValue: UInt32(first >> 32)),
          data: word(of: bytes, at: $0 * 24 + 8))
      }
    }

    /// What is there now.
    private func poll(_ queue: Handle? = nil) throws -> [Seen] {
      do {
        return records(try bench.call(waitCall(queue ?? self.queue, until: .immediately)))
      } catch SystemError.timedOut {
        return []
      }
    }

    // MARK: Tests

    @Test func aLastingConditionIsReportedAsLongAsItLasts() throws {
      try watch(reader, .readable, data: 77)
      #expect(try poll() == [])
      try bench.write(writer, [1])
      #expect(try poll() == [Seen(handle: reader, events: .readable, data: 77)])
      #expect(try poll() == [Seen(handle: reader, events: .readable, data: 77)])
      _ = try bench.read(reader, 10)
      #expect(try poll() == [])
      try bench.write(writer, [2])
      #expect(try poll().count == 1)
    }

    @Test func anEdgeIsReportedOnceUntilTheConditionComesBack() throws {
      try watch(reader, .readable | .edge)
      try bench.write(writer, [1])
      #expect(try poll().count == 1)
      #expect(try poll() == [])
      try bench.write(writer, [2])
      #expect(try poll() == [])
      _ = try bench.read(reader, 10)
      try bench.write(writer, [3])
      #expect(try poll().count == 1)
    }

    @Test func whatIsPossibleAlreadyIsReportedAtOnce() throws {
      try bench.write(writer, [1])
      try watch(reader, .readable)
      try watch(writer, .writable | .edge)
      #expect(try poll().count == 2)
      #expect(try poll() == [Seen(handle: reader, events: .readable)])
    }

    @Test func aWaiterIsWoken() throws {
      try watch(reader, .readable)
      let other = try bench.makeThread()
      #expect(bench.begin(waitCall(queue, until: .never), on: other) == nil)
      try bench.write(writer, [1])
      #expect(bench.settle(other) == 1)
      #expect(records(1) == [Seen(handle: reader, events: .readable)])
    }

    @Test func aWaitEndsAtItsDeadline() throws {
      try watch(reader, .readable)
      let other = try bench.makeThread()
      #expect(
        bench.begin(waitCall(queue, until: Deadline(nanoseconds: 5_000_000)), on: other) == nil)
      Fixture.advance(by: 6_000_000)
      #expect(bench.settle(other) == CallResult(.timedOut).rawValue)
    }

    @Test func theEndOfAPipeIsReportedUnasked() throws {
      try watch(writer, .writable | .edge)
      #expect(try poll() == [Seen(handle: writer, events: .writable)])
      try bench.close(reader)
      let seen = try poll()
      #expect(seen.count == 1)
      #expect(seen[0].events.isSuperset(of: .hangUp | .error))
    }

    @Test func removingEndsReports() throws {
      try bench.write(writer, [1])
      try watch(reader, .readable)
      try watch(reader, EventSet())
      #expect(try poll() == [])
      #expect(throws: SystemError.notFound) { try watch(reader, EventSet()) }
      #expect(kernel.watches.inUse == 0)
    }

    @Test func changingRearmsAnEdge() throws {
      try bench.write(writer, [1])
      try watch(reader, .readable | .edge, data: 1)
      #expect(try poll().count == 1)
      try watch(reader, .readable | .edge, data: 2)
      #expect(try poll() == [Seen(handle: reader, events: .readable, data: 2)])
      #expect(kernel.watches.inUse == 1)
    }

    @Test func closingTheHandleRemovesItsWatch() throws {
      var call = Duplicate()
      call.handle = reader
      call.rights = .everything
      call.target = .none
      let copy = Handle(rawValue: UInt32(try bench.call(call)))
      try watch(copy, .readable)
      try watch(reader, .readable)
      #expect(kernel.watches.inUse == 2)
      try bench.close(copy)
      #expect(kernel.watches.inUse == 1)
      try bench.write(writer, [1])
      #expect(try poll() == [Seen(handle: reader, events: .readable)])
      try bench.close(reader)
      #expect(kernel.watches.inUse == 0)
      #expect(try poll() == [])
    }

    @Test func everyHandleHasItsTurn() throws {
      var writers: [Handle] = []
      let root = try bench.root(.pipe)
      for index: UInt64 in 0..<80 {
        let reader = try bench.open(root, "", .read | .nonBlocking)
        writers.append(try bench.open(reader, "write", .write))
        try watch(reader, .readable, data: index)
        try bench.write(writers[Int(index)], [1])
      }
      var seen: Set<UInt64> = []
      for _ in 0..<3 { seen.formUnion(try poll().map(\.data)) }
      #expect(seen.count == 80)
    }

    @Test func aQueueCanWatchAQueueButNotACircle() throws {
      let outer = try bench.open(try bench.root(.event), "", .readWrite)
      try watch(reader, .readable)
      try watch(queue, .readable, in: outer)
      #expect(try poll(outer) == [])
      try bench.write(writer, [1])
      #expect(try poll(outer) == [Seen(handle: queue, events: .readable)])
      _ = try bench.read(reader, 10)
      #expect(try poll(outer) == [])
      #expect(throws: SystemError.deadlock) { try watch(outer, .readable) }
      #expect(throws: SystemError.deadlock) { try watch(queue, .readable, in: queue) }
      let third = try bench.open(try bench.root(.event), "", .readWrite)
      #expect(throws: SystemError.deadlock) { try watch(outer, .readable, in: third) }
    }

    @Test func aWaiterOfTheOuterQueueIsWoken() throws {
      let outer = try bench.open(try bench.root(.event), "", .readWrite)
      try watch(reader, .readable)
      try watch(queue, .readable, in: outer)
      let other = try bench.makeThread()
      #expect(bench.begin(waitCall(outer, until: .never), on: other) == nil)
      try bench.write(writer, [1])
      #expect(bench.settle(other) == 1)
    }

    @Test func closedQueuesLeaveNothingBehind() throws {
      let before = try #require(bench.process.value.account).value.used[3]
      let root = try bench.root(.pipe)
      let handles = try (0..<100).map { _ in try bench.open(root, "", .read | .nonBlocking) }
      for _ in 0..<5 {
        let queue = try bench.open(try bench.root(.event), "", .readWrite)
        for handle in handles { try watch(handle, .readable, in: queue) }
        try bench.close(queue)
      }
      for handle in handles { try bench.close(handle) }
      #expect(kernel.watches.inUse == 0)
      #expect(kernel.eventQueues.inUse == 1)
      // The roots that this test opened stay.
      #expect(try #require(bench.process.value.account).value.used[3] == before + 6 * 2)
    }

    @Test func tooManyWatchersOfOneHandleAreRefused() throws {
      var queues: [Handle] = []
      for _ in 0..<Watch.descriptionLimit {
        queues.append(try bench.open(try bench.root(.event), "", .readWrite))
        try watch(reader, .readable, in: queues[queues.count - 1])
      }
      #expect(throws: SystemError.busy) { try watch(reader, .readable) }
      try bench.close(queues[0])
      try watch(reader, .readable)
    }

    @Test func whatNeverHasEventsIsRefused() throws {
      let memory = try bench.open(try bench.root(.memory), "", .readWrite)
      var call = Truncate()
      call.handle = memory
      call.length = 4096
      try bench.call(call)
      #expect(throws: SystemError.notSupported) { try watch(memory, .readable) }
      #expect(throws: SystemError.badHandle) { try watch(Handle(rawValue: 999), .readable) }
    }

    @Test func badRecordsChangeNothing() throws {
      #expect(throws: SystemError.invalidArgument) { try bench.write(queue, [1, 2, 3]) }
      let record = bytesOf(UInt64(reader.rawValue) | 0xFFFF << 32) + bytesOf(0) + bytesOf(0)
      #expect(throws: SystemError.invalidArgument) { try bench.write(queue, record) }
      #expect(throws: SystemError.invalidArgument) { try bench.read(queue, 23) }
      #expect(kernel.watches.inUse == 0)
    }

    /// A handle of a user scheme that nobody serves, and its description.
    private func userFile() throws -> (Handle, Ref<Description>) {
      let scheme = Handle(rawValue: UInt32(try bench.call(CreateScheme())))
      var call = CreateRoot()
      call.scheme = scheme
      let root = Handle(rawValue: UInt32(try bench.call(call)))
      return (root, try #require(bench.process.value.handles.entry(root)?.description))
    }

    @Test func aServerSaysAllThatIsPossible() throws {
      let (file, description) = try userFile()
      try watch(file, .readable)
      #expect(watchedEvents(of: description) == .readable)
      #expect(try poll() == [])
      notify(description, .readable | .writable)
      #expect(try poll() == [Seen(handle: file, events: .readable)])
      #expect(try poll().count == 1)
      notify(description, .writable)
      #expect(try poll() == [])
    }

    @Test func anEdgeOfAServersFileIsReportedOnce() throws {
      let (file, description) = try userFile()
      try watch(file, .readable | .edge)
      notify(description, .readable)
      #expect(try poll().count == 1)
      notify(description, .readable)
      #expect(try poll() == [])
      notify(description, EventSet())
      notify(description, .readable)
      #expect(try poll().count == 1)
    }

    @Test func aNewServerMakesEveryoneLookOnce() throws {
      let (file, description) = try userFile()
      try watch(file, .readable | .writable)
      notify(description, .readable)
      notify(description, .restarted)
      #expect(
        try poll() == [Seen(handle: file, events: .readable | .writable | .restarted)])
      #expect(try poll() == [])
      notify(description, .writable)
      #expect(try poll() == [Seen(handle: file, events: .writable)])
    }

    @Test func aTimerIsReadableOnceItsDeadlinePasses() throws {
      let timer = try bench.open(
        try bench.root(.time), "4/timer", .readWrite | .nonBlocking)
      try watch(timer, .readable)
      #expect(throws: SystemError.wouldBlock) { try bench.read(timer, 8) }
      #expect(try bench.write(timer, bytesOf(0) + bytesOf(3_000_000)) == 16)
      #expect(try poll() == [])
      Fixture.advance(by: 2_000_000)
      #expect(try poll() == [])
      Fixture.advance(by: 2_000_000)
      #expect(try poll() == [Seen(handle: timer, events: .readable)])
      #expect(try bench.read(timer, 8) == bytesOf(1))
      #expect(try poll() == [])
      #expect(throws: SystemError.wouldBlock) { try bench.read(timer, 8) }
    }

    @Test func timersExpireInOrderAndAThreadCanWaitForOne() throws {
      let root = try bench.root(.time)
      var timers: [(Handle, UInt64)] = []
      var noise = Noise(11)
      for _ in 0..<40 {
        let timer = try bench.open(root, "4/timer", .readWrite | .nonBlocking)
        let deadline = UInt64(noise.next(below: 1_000_000)) * 1000
        try bench.write(timer, bytesOf(0) + bytesOf(deadline))
        timers.append((timer, deadline))
      }
      let other = try bench.makeThread()
      let waiting = try bench.open(root, "4/timer", .readWrite)
      try bench.write(waiting, bytesOf(0) + bytesOf(500_000_000))
      #expect(bench.begin(bench.readCall(waiting, 8), on: other) == nil)
      while Machine.now() < 1_000_000_000 {
        Fixture.advance(by: 50_000_000)
        for (timer, deadline) in timers where deadline > 0 {
          let isDue = deadline <= Machine.now()
          let description = try #require(bench.process.value.handles.entry(timer)?.description)
          #expect(readiness(of: description).contains(.readable) == isDue)
        }
      }
      #expect(bench.settle(other) == 8)
      for (timer, _) in timers { try bench.close(timer) }
      try bench.close(waiting)
      #expect(kernel.interrupts.timers.pool.inUse == 0)
      #expect(kernel.interrupts.timers.count == 0)
    }
  }
}
