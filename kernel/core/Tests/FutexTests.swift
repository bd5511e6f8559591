// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Futexes") struct FutexTests {
    /// A process whose first thread has `word` mapped, and `count` more threads that wait for it.
    struct Room {
      var waker: Ref<Thread>
      var word: UInt
      var waiters: [Ref<Thread>] = []

      init(waiters count: Int, flags: FutexFlags = .processPrivate) throws {
        try Fixture.start()
        waker = try Fixture.makeTask()
        word = try Fixture.map(1, as: waker)
        let process = try #require(waker.value.process)
        for _ in 0..<count {
          let thread = try Fixture.makeThread(in: process)
          #expect(wait(thread, flags: flags) == .waiting)
          waiters.append(thread)
        }
      }

      func wait(
        _ thread: Ref<Thread>, expected: UInt32 = 0, until deadline: Deadline = .never,
        at address: UInt? = nil, flags: FutexFlags = .processPrivate
      ) -> Fixture.Result {
        var call = FutexWait()
        call.address = address ?? word
        call.expected = expected
        call.deadline = deadline
        call.flags = flags
        return Fixture.call(call, as: thread)
      }

      func wake(
        _ count: UInt, at address: UInt? = nil, flags: FutexFlags = .processPrivate
      ) -> Fixture.Result {
        var call = FutexWake()
        call.address = address ?? word
        call.count = count
        call.flags = flags
        return Fixture.call(call, as: waker)
      }

      func requeue(expected: UInt32 = 0, wake: UInt32, move: UInt32, to target: UInt)
        -> Fixture.Result
      {
        var call = FutexRequeue()
        call.address = word
        call.expected = expected
        call.wake = wake
        call.target = target
        call.move = move
        call.flags = .processPrivate
        return Fixture.call(call, as: waker)
      }

      /// Which of the waiters wait no longer.
      var awake: [Int] {
        waiters.indices.filter { waiters[$0].value.state != .waiting }
      }
    }

    @Test func theLongestWaitingAreWokenFirst() throws {
      let room = try Room(waiters: 5)
      #expect(room.wake(2) == .done(2))
      #expect(room.awake == [0, 1])
      #expect(room.wake(1) == .done(1))
      #expect(room.awake == [0, 1, 2])
      #expect(room.wake(UInt.max) == .done(2))
      #expect(room.wake(UInt.max) == .done(0))
      for thread in room.waiters { #expect(Fixture.result(of: thread) == .done(0)) }
    }

    @Test func aWordThatDiffersDoesNotWait() throws {
      let room = try Room(waiters: 0)
      #expect(room.wait(room.waker, expected: 1) == .failed(.wouldBlock))
      Fixture.store(room.word, 1, as: room.waker)
      #expect(room.wait(room.waker, expected: 0) == .failed(.wouldBlock))
    }

    @Test func deadlinesEndWaits() throws {
      let room = try Room(waiters: 0)
      ModelMachine.advance(to: 5_000)
      for past: UInt64 in [0, 5_000] {
        let deadline = Deadline(nanoseconds: past)
        #expect(room.wait(room.waker, until: deadline) == .failed(.timedOut))
      }
      #expect(room.wait(room.waker, until: Deadline(nanoseconds: 9_000)) == .waiting)
      Fixture.advance(by: 4_000)
      #expect(Fixture.result(of: room.waker) == .failed(.timedOut))
      #expect(room.wake(1) == .done(0))
    }

    @Test func badArgumentsAreRefused() throws {
      let room = try Room(waiters: 0)
      #expect(room.wait(room.waker, at: room.word + 2) == .failed(.invalidArgument))
      #expect(room.wait(room.waker, at: 0x1000) == .failed(.badAddress))
      #expect(room.wait(room.waker, at: UInt.max - 3) == .failed(.badAddress))
      #expect(room.wait(room.waker, flags: .inheritPriority) == .failed(.notSupported))
    }

    @Test func manyWaitersAreWokenInSteps() throws {
      let room = try Room(waiters: 300)
      #expect(room.wake(100) == .done(100))
      #expect(room.awake == Array(0..<100))
      #expect(room.wake(64) == .done(64))
      #expect(room.wake(UInt.max) == .done(136))
      #expect(room.awake.count == 300)
    }

    @Test(
      arguments: [(1, 2), (0, 10), (3, 0), (7, 100), (10, 0), (100, 100)] as [(UInt32, UInt32)])
    func requeueWakesSomeAndMovesSome(wake: UInt32, move: UInt32) throws {
      let room = try Room(waiters: 10)
      let target = room.word + 64
      let woken = min(wake, 10)
      let moved = min(move, 10 - woken)
      #expect(room.requeue(wake: wake, move: move, to: target) == .done(UInt(woken + moved)))
      #expect(room.awake == Array(0..<Int(woken)))
      // Those that were moved keep their order.
      #expect(room.wake(1, at: target) == .done(moved > 0 ? 1 : 0))
      #expect(room.wake(UInt.max, at: target) == .done(moved > 0 ? UInt(moved) - 1 : 0))
      #expect(room.awake == Array(0..<Int(woken + moved)))
      #expect(room.wake(UInt.max) == .done(UInt(10 - woken - moved)))
    }

    @Test func requeueMovesManyInSteps() throws {
      let room = try Room(waiters: 200)
      let target = room.word + 64
      #expect(room.requeue(wake: 70, move: 100, to: target) == .done(170))
      #expect(room.awake == Array(0..<70))
      #expect(room.wake(UInt.max, at: target) == .done(100))
      #expect(room.wake(UInt.max) == .done(30))
    }

    @Test func requeueChecksTheWord() throws {
      let room = try Room(waiters: 1)
      #expect(
        room.requeue(expected: 5, wake: 1, move: 1, to: room.word + 64) == .failed(.wouldBlock))
      #expect(room.awake.isEmpty)
    }

    @Test func privateAndSharedNamesOfPrivateMemoryAreTheSame() throws {
      let room = try Room(waiters: 2, flags: FutexFlags())
      #expect(room.wake(1) == .done(1))
      #expect(room.wake(1, flags: FutexFlags()) == .done(1))
    }

    @Test func aWordOfSharedMemoryIsTheSameInEveryProcess() throws {
      try Fixture.start()
      let waiter = try Fixture.makeTask()
      let handle = try Fixture.makeInheritedMemory(8192, as: waiter)
      let first = try mapShared(handle, as: waiter)
      guard case .done = Fixture.call(Fork(), as: waiter) else {
        Issue.record("no fork")
        return
      }
      let child = try #require(waiter.value.process?.value.children.first?.value.threads.first)
      let second = try mapShared(handle, as: child)
      #expect(first != second)
      var wait = FutexWait()
      wait.address = first + 4100
      #expect(Fixture.call(wait, as: waiter) == .waiting)
      var wake = FutexWake()
      wake.count = 1
      wake.address = second + 4
      #expect(Fixture.call(wake, as: child) == .done(0))
      wake.address = second + 4100
      #expect(Fixture.call(wake, as: child) == .done(1))
    }

    private func mapShared(_ object: Handle, as thread: Ref<Thread>) throws -> UInt {
      var map = Map()
      map.space = .none
      map.object = object
      map.length = 8192
      map.flags = MapFlags(rawValue: 1 | 2 | 8)
      guard case .done(let address) = Fixture.call(map, as: thread) else {
        Issue.record("cannot map")
        return 0
      }
      return address
    }

    @Test func exitingReleasesTheWord() throws {
      let room = try Room(waiters: 1)
      let process = try #require(room.waker.value.process)
      let leaver = try Fixture.makeThread(in: process)
      Fixture.store(room.word + 8, 1, as: room.waker)
      #expect(room.wait(room.waker, expected: 1, at: room.word + 8) == .waiting)
      var exit = ExitThread()
      exit.release = room.word + 8
      #expect(Fixture.call(exit, as: leaver) == .waiting)
      #expect(leaver.value.state == .ended)
      #expect(room.waker.value.state != .waiting)
      #expect(Fixture.word(room.word + 8, of: room.waker) == 0)
      // A word that is nowhere does no harm.
      exit.release = 0x1000
      let other = try Fixture.makeThread(in: process)
      #expect(Fixture.call(exit, as: other) == .waiting)
      #expect(other.value.state == .ended)
    }

    /// Random waits, wakes, time-outs, signals and ends on a few words, against a plain model of who
    /// has to be waiting.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func noWakeUpIsLost(seed: UInt64) throws {
      var room = try Room(waiters: 0)
      let process = try #require(room.waker.value.process)
      room.waiters = try (0..<24).map { _ in try Fixture.makeThread(in: process) }
      var queues: [UInt: [Ref<Thread>]] = [:]
      var noise = Noise(seed)
      for _ in 0..<4_000 {
        let word = room.word + UInt(noise.next(below: 4)) * 8
        switch noise.next(below: 8) {
        case 0...3:
          let idle = room.waiters.filter { $0.value.state != .waiting }
          guard !idle.isEmpty else { continue }
          let thread = idle[noise.next(below: idle.count)]
          #expect(room.wait(thread, at: word) == .waiting)
          queues[word, default: []].append(thread)
        case 4, 5:
          let count = noise.next(below: 4)
          let expected = min(count, queues[word]?.count ?? 0)
          #expect(room.wake(UInt(count), at: word) == .done(UInt(expected)))
          queues[word]?.removeFirst(expected)
        case 6:
          let target = room.word + UInt(noise.next(below: 4)) * 8
          var call = FutexRequeue()
          call.address = word
          call.wake = 1
          call.target = target
          call.move = 2
          call.flags = .processPrivate
          var source = queues[word] ?? []
          let woken = min(1, source.count)
          source.removeFirst(woken)
          let moved = word == target ? 0 : min(2, source.count)
          queues[word] = source
          if moved > 0 {
            queues[target, default: []] += source.prefix(moved)
            queues[word]?.removeFirst(moved)
          }
          #expect(Fixture.call(call, as: room.waker) == .done(UInt(woken + moved)))
        default:
          guard let queue = queues[word], !queue.isEmpty else { continue }
          let thread = queue[noise.next(below: queue.count)]
          interruptWait(thread, with: noise.next(below: 2) == 0 ? .interrupted : .timedOut)
          queues[word]?.removeAll { $0 == thread }
        }
        let waiting = queues.values.reduce(0) { $0 + $1.count }
        #expect(room.waiters.filter { $0.value.state == .waiting }.count == waiting)
        #expect(Fixture.futexWaiters == waiting)
      }
    }
  }
}
