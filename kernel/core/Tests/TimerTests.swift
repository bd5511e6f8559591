// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Timers") struct TimerTests {
    /// Takes out all that have expired, in as many rounds as it takes.
    private func takeAll(_ wheel: inout TimerWheel, at now: UInt64) -> [Ref<Thread>] {
      var taken: [Ref<Thread>] = []
      while wheel.next <= now {
        var steps = 64
        while let thread = wheel.takeExpired(at: now, &steps) { taken.append(thread) }
      }
      return taken
    }

    private func threads(_ count: Int) throws -> [Ref<Thread>] {
      try Fixture.start()
      let process = try Fixture.makeProcess()
      return try (0..<count).map { _ in try Kernel.makeThread(in: process) }
    }

    /// A random number with a random number of bits, so that all levels of the wheel are used.
    private func span(_ noise: inout Noise) -> UInt64 {
      noise.next() >> UInt64(noise.next(below: 63) + 1)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func theWheelAgreesWithASortedList(seed: UInt64) throws {
      var idle = try threads(300)
      var wheel = TimerWheel()
      var armed: [Ref<Thread>] = []
      var noise = Noise(seed)
      var now: UInt64 = 0
      for _ in 0..<6_000 {
        switch noise.next(below: 4) {
        case 0, 1:
          guard let thread = idle.popLast() else { continue }
          let ahead = noise.next(below: 10) == 0 ? 0 : span(&noise) >> 8
          thread.value.deadline = noise.next(below: 20) == 0 ? now / 2 : now &+ ahead
          wheel.insert(thread)
          armed.append(thread)
        case 2:
          guard !armed.isEmpty else { continue }
          let thread = armed.remove(at: noise.next(below: armed.count))
          wheel.remove(thread)
          idle.append(thread)
        default:
          now += span(&noise) >> 16
          let taken = takeAll(&wheel, at: now)
          for thread in taken { #expect(thread.value.deadline <= now) }
          // What is not taken may be a tick late, and only if many share it.
          armed.removeAll { taken.contains($0) }
          for thread in armed { #expect(thread.value.deadline > now &- 4096) }
          idle += taken
        }
        #expect(wheel.count == armed.count)
        let earliest = armed.map { $0.value.deadline }.min() ?? UInt64.max
        #expect(wheel.next <= max(earliest, now) &+ 4096 || earliest == UInt64.max)
      }
    }

    @Test func fewTimersAreExact() throws {
      let threads = try threads(8)
      var wheel = TimerWheel()
      var noise = Noise(21)
      for thread in threads {
        thread.value.deadline = span(&noise) >> 4
        wheel.insert(thread)
      }
      for deadline in threads.map({ $0.value.deadline }).sorted() {
        var steps = 64
        #expect(wheel.takeExpired(at: deadline - 1, &steps) == nil)
        #expect(wheel.next == deadline)
        let thread = wheel.takeExpired(at: deadline, &steps)
        #expect(thread?.value.deadline == deadline)
      }
    }

    @Test func deadlinesAtTheEndsOfTimeBehave() throws {
      let threads = try threads(3)
      var wheel = TimerWheel()
      for (thread, deadline) in zip(threads, [0, UInt64.max - 1, UInt64.max - 4096]) {
        thread.value.deadline = deadline
        wheel.insert(thread)
      }
      #expect(takeAll(&wheel, at: 1) == [threads[0]])
      #expect(takeAll(&wheel, at: UInt64.max - 5000).isEmpty)
      #expect(takeAll(&wheel, at: UInt64.max - 4096) == [threads[2]])
      #expect(takeAll(&wheel, at: UInt64.max - 1) == [threads[1]])
      #expect(wheel.next == UInt64.max)
    }

    @Test func manyTimersAreATickLateAtMost() throws {
      let threads = try threads(20)
      var wheel = TimerWheel()
      for (index, thread) in threads.enumerated() {
        thread.value.deadline = 10_000_000 + UInt64(index)
        wheel.insert(thread)
      }
      var now: UInt64 = 0
      var rounds = 0
      while wheel.count > 0 {
        now = max(now, wheel.next)
        _ = takeAll(&wheel, at: now)
        rounds += 1
      }
      #expect(now <= 10_000_000 + 4096 && rounds < 4)
    }

    @Test func oneEntryTakesABoundedNumber() throws {
      let threads = try threads(1_000)
      var wheel = TimerWheel()
      for (index, thread) in threads.enumerated() {
        thread.value.deadline = 1 << 40 | UInt64(index)
        wheel.insert(thread)
      }
      // Too many for an exact look at each, but never more than a tick late.
      #expect(wheel.next <= 1 << 40)
      var rounds = 0
      var taken = 0
      while wheel.count > 0 {
        var steps = 64
        while wheel.takeExpired(at: 1 << 41, &steps) != nil { taken += 1 }
        #expect(wheel.count == 0 || wheel.next <= 1 << 41)
        rounds += 1
      }
      #expect(taken == 1_000 && rounds >= 1_000 / 64)
    }

    // MARK: Sleeping

    @Test func sleepersWakeInOrderWithOneInterruptEach() throws {
      try Fixture.start()
      let delays: [UInt64] = [70_000_000, 1, 4_000, 1_000_000_000, 3_600_000_000_000, 123_456]
      let threads = try delays.map { delay in
        let thread = try Fixture.makeTask()
        var sleep = Sleep()
        sleep.deadline = Deadline(nanoseconds: delay)
        #expect(Fixture.call(sleep, as: thread) == .waiting)
        return thread
      }
      #expect(Fixture.current() == nil)
      for (thread, delay) in zip(threads, delays).sorted(by: { $0.1 < $1.1 }) {
        #expect(ModelMachine.deadline(of: 0) == delay)
        ModelMachine.advance(to: delay)
        Fixture.settle()
        #expect(Fixture.current() == thread)
        #expect(Fixture.result(of: thread) == .done(0))
        Fixture.call(ExitProcess(), as: thread)
      }
      #expect(ModelMachine.deadline(of: 0) == nil)
    }

    @Test func sleepingUntilThePastReturnsAtOnce() throws {
      try Fixture.start()
      ModelMachine.advance(to: 1_000)
      let thread = try Fixture.makeTask()
      for deadline: UInt64 in [0, 999, 1_000] {
        var sleep = Sleep()
        sleep.deadline = Deadline(nanoseconds: deadline)
        #expect(Fixture.call(sleep, as: thread) == .done(0))
      }
      #expect(Fixture.call(Sleep(), as: thread) == .waiting)
      Fixture.advance(by: 1 << 40)
      #expect(thread.value.state == .waiting)
    }

    @Test func theProcessorThatAddsTheEarliestDeadlineLooksAfterTheWheel() throws {
      try Fixture.start(processors: 2)
      let first = try Fixture.makeTask()
      let second = try Fixture.makeTask()
      Fixture.settle()
      var sleep = Sleep()
      sleep.deadline = Deadline(nanoseconds: 9_000_000)
      Fixture.call(sleep, as: first, on: Int(first.value.processor))
      sleep.deadline = Deadline(nanoseconds: 5_000_000)
      Fixture.call(sleep, as: second, on: Int(second.value.processor))
      Fixture.advance(by: 5_000_000)
      #expect(second.value.state == .running && first.value.state == .waiting)
      Fixture.advance(by: 4_000_000)
      #expect(first.value.state == .running)
    }
  }
}
