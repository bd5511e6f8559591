// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// Timers where time begins and ends, and where many meet.
  @Suite("Timers at their limits") struct TimerLimitTests {
    // MARK: The wheel

    @Test(arguments: [0, 1, 4_095, 4_096, 1 << 30, UInt64.max - 100_000] as [UInt64])
    func thousandsAtOneInstantComeTogether(instant: UInt64) throws {
      try Fixture.start()
      let process = try Fixture.makeProcess()
      var wheel = TimerWheel()
      for _ in 0..<2_000 {
        let thread = try Kernel.makeThread(in: process)
        thread.value.deadline = instant
        wheel.insert(thread)
      }
      if instant > 1 << 20 {
        var steps = 64
        #expect(wheel.takeExpired(at: instant - 50_000, &steps) == nil)
      }
      var taken = 0
      var rounds = 0
      while wheel.count > 0, rounds < 1_000 {
        var steps = 64
        while wheel.takeExpired(at: instant + 4_096, &steps) != nil { taken += 1 }
        rounds += 1
      }
      #expect(taken == 2_000 && wheel.next == UInt64.max)
    }

    @Test func manyAtTheEndOfTimeDoNotWrap() throws {
      try Fixture.start()
      let process = try Fixture.makeProcess()
      var wheel = TimerWheel()
      for index in 0..<20 as Range<UInt64> {
        let thread = try Kernel.makeThread(in: process)
        thread.value.deadline = UInt64.max - 1 - index
        wheel.insert(thread)
      }
      for now in [0, 1 << 40, UInt64.max - 300_000, UInt64.max - 5_000, UInt64.max - 2_000] {
        var steps = 64
        #expect(wheel.takeExpired(at: now, &steps) == nil)
        while steps == 0 {
          steps = 64
          #expect(wheel.takeExpired(at: now, &steps) == nil)
        }
        #expect(wheel.next > now)
      }
    }

    // MARK: Sleeping

    private func sleep(until nanoseconds: UInt64) -> Sleep {
      var sleep = Sleep()
      sleep.deadline = Deadline(nanoseconds: nanoseconds)
      return sleep
    }

    @Test func theClockNearItsEnd() throws {
      try Fixture.start()
      let end = UInt64.max - 60_000_000
      ModelMachine.advance(to: end)
      let past = try Fixture.makeTask()
      #expect(Fixture.call(sleep(until: end), as: past) == .done(0))
      let soon = try Fixture.makeTask()
      #expect(Fixture.call(sleep(until: end + 10_000_000), as: soon) == .waiting)
      let late = try Fixture.makeTask()
      #expect(Fixture.call(sleep(until: UInt64.max - 1), as: late) == .waiting)
      let never = try Fixture.makeTask()
      #expect(Fixture.call(Sleep(), as: never) == .waiting)
      // Two share the processor: the end of a slice lies beyond the end of time, or not in the past.
      let other = try Fixture.makeTask()
      for step in 1...20 as ClosedRange<UInt64> {
        ModelMachine.advance(to: end + step * 2_500_000)
        Fixture.settle()
        #expect(ModelMachine.deadline(of: 0) ?? UInt64.max > Machine.now())
      }
      #expect(soon.value.state != .waiting && other.value.state != .waiting)
      #expect(late.value.state == .waiting && never.value.state == .waiting)
      ModelMachine.advance(to: UInt64.max - 1)
      Fixture.settle()
      #expect(late.value.state != .waiting && never.value.state == .waiting)
    }

    @Test func deadlinesOfEachKindOfWait() throws {
      let bench = try Bench()
      ModelMachine.advance(to: 5_000)
      bench.store(bytesOf(7), at: bench.memory)
      let queue = try Handle(
        word: bench.call(openCall(bench, try bench.root(.event), ""), on: bench.thread))
      for deadline: UInt64 in [0, 1, 4_999, 5_000] {
        var futex = FutexWait()
        futex.address = bench.memory
        futex.expected = 7
        futex.deadline = Deadline(nanoseconds: deadline)
        #expect(throws: SystemError.timedOut) { try bench.call(futex) }
        var events = WaitEvents()
        events.queue = queue
        events.buffer = UserSpan(address: bench.memory + 64, count: 24)
        events.deadline = Deadline(nanoseconds: deadline)
        #expect(throws: SystemError.timedOut) { try bench.call(events) }
      }
      for deadline: UInt64 in [UInt64.max - 1, UInt64.max] {
        let thread = try bench.makeThread()
        var futex = FutexWait()
        futex.address = bench.memory
        futex.expected = 7
        futex.deadline = Deadline(nanoseconds: deadline)
        #expect(bench.begin(futex, on: thread) == nil)
        ModelMachine.advance(to: Machine.now() + 1 << 50)
        Fixture.settle()
        #expect(thread.value.state == .waiting)
        var wake = FutexWake()
        wake.address = bench.memory
        wake.count = 1
        #expect(try bench.call(wake) == 1)
      }
    }

    private func openCall(_ bench: Bench, _ parent: Handle, _ path: String) -> Open {
      bench.store(Array(path.utf8), at: bench.memory + 0x1000)
      var call = Open()
      call.parent = parent
      call.path = UserSpan(address: bench.memory + 0x1000, count: UInt(path.utf8.count))
      call.flags = .readWrite
      return call
    }

    // MARK: Timers as files

    private struct Timers {
      let bench: Bench
      let root: Handle

      init() throws {
        bench = try Bench()
        root = try bench.root(.time)
      }

      func make(_ clock: Int = 4) throws -> Handle {
        try bench.open(root, "\(clock)/timer", .readWrite | .nonBlocking)
      }

      func arm(_ timer: Handle, _ seconds: UInt64, _ nanoseconds: UInt64) throws {
        try bench.write(timer, bytesOf(seconds) + bytesOf(nanoseconds))
      }

      func hasExpired(_ timer: Handle) throws -> Bool {
        do { return try bench.read(timer, 8) == bytesOf(1) } catch SystemError.wouldBlock {
          return false
        }
      }
    }

    @Test func timesThatAreNone() throws {
      let timers = try Timers()
      let timer = try timers.make()
      for (seconds, nanoseconds) in [
        (UInt64.max, 0), (0, UInt64.max), (0, 1_000_000_000), (1 << 63, 0),
        (18_446_744_073, 709_551_616), (18_446_744_074, 0), (UInt64(Int64.max), 999_999_999),
      ] as [(UInt64, UInt64)] {
        #expect(throws: SystemError.invalidArgument) {
          try timers.arm(timer, seconds, nanoseconds)
        }
      }
      #expect(kernel.interrupts.timers.count == 0)
      #expect(throws: SystemError.self) { try timers.bench.write(timer, [1, 2, 3]) }
    }

    @Test func theFirstAndTheLastMoment() throws {
      let timers = try Timers()
      ModelMachine.advance(to: 2_000_000_000)
      for clock in [1, 4] {
        let past = try timers.make(clock)
        try timers.arm(past, 0, 1)
        let end = try timers.make(clock)
        try timers.arm(end, 18_446_744_073, 709_551_615)
        Fixture.settle()
        #expect(try timers.hasExpired(past))
        ModelMachine.advance(to: Machine.now() + 1 << 55)
        Fixture.settle()
        #expect(try !timers.hasExpired(end) && !timers.hasExpired(past))
        // All zeros disarm, and expiries that were not read are forgotten.
        try timers.arm(past, 0, 1)
        Fixture.settle()
        try timers.arm(past, 0, 0)
        #expect(try !timers.hasExpired(past))
      }
    }

    @Test func thousandsOfFilesAtOneInstant() throws {
      let timers = try Timers()
      let handles = try (0..<2_000).map { _ in try timers.make() }
      for handle in handles { try timers.arm(handle, 3, 0) }
      Fixture.advance(by: 2_999_999_999)
      #expect(kernel.interrupts.timers.count == 2_000)
      Fixture.advance(by: 1)
      #expect(kernel.interrupts.timers.count == 0)
      for handle in handles { #expect(try timers.hasExpired(handle)) }
    }

    @Test func someAreTakenAwayWhileTheyFire() throws {
      let timers = try Timers()
      let handles = try (0..<200).map { _ in try timers.make() }
      for handle in handles { try timers.arm(handle, 1, 0) }
      ModelMachine.advance(to: 1_000_000_000)
      // One interrupt, which takes a few; the others are still armed when calls come between.
      #expect(ModelMachine.takeTrap())
      _ = enterTrap(.timer)
      let left = kernel.interrupts.timers.count
      #expect(left > 100 && left < 200)
      for (index, handle) in handles.enumerated() {
        switch index % 4 {
        case 0: try timers.bench.close(handle)
        case 1: try timers.arm(handle, 0, 0)
        case 2: try timers.arm(handle, 5, 0)
        default: break
        }
      }
      Fixture.settle()
      for index in 0..<50 {
        #expect(try !timers.hasExpired(handles[index * 4 + 1]))
        #expect(try !timers.hasExpired(handles[index * 4 + 2]))
        #expect(try timers.hasExpired(handles[index * 4 + 3]))
      }
      #expect(kernel.interrupts.timers.count == 50)
      Fixture.advance(by: 4_000_000_000)
      for index in 0..<50 { #expect(try timers.hasExpired(handles[index * 4 + 2])) }
      #expect(kernel.interrupts.timers.pool.inUse == 150)
    }
  }
}
