// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Scheduler") struct SchedulerTests {
    // MARK: Fairness

    @Test(
      arguments: [
        [0, 0], [0, 5], [-5, 0, 5], [0, 0, 0, 10], [-10, 0], [3, 4, 5, 6, 7], [0, 19], [-20, 0],
      ] as [[Int8]])
    func processorTimeFollowsWeights(nice: [Int8]) throws {
      try Fixture.start()
      let threads = try nice.map { try Fixture.makeTask(nice: $0) }
      Fixture.advance(by: 60_000_000_000)
      Fixture.chargeAll()
      let weights = nice.map { power(0.8, Int($0)) }
      let total = weights.reduce(0, +)
      for (thread, weight) in zip(threads, weights) {
        let share = Double(thread.value.processorTime) / 60e9
        #expect(abs(share / (weight / total) - 1) < 0.05, "nice \(nice): \(share)")
      }
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
      (0..<abs(exponent)).reduce(1.0) { value, _ in exponent < 0 ? value / base : value * base }
    }

    @Test func theLoadIsThoseWhoRunAndWait() throws {
      try Fixture.start()
      let threads = try (0..<3).map { _ in try Fixture.makeTask() }
      #expect(kernel.load.hundredths(0) == 0)
      Fixture.advance(by: 60_000_000_000)
      // 3 (1 - 1/e), and what twelve periods of a longer average give.
      #expect((185...195).contains(kernel.load.hundredths(0)))
      #expect((50...58).contains(kernel.load.hundredths(1)))
      #expect((17...22).contains(kernel.load.hundredths(2)))
      Fixture.advance(by: 3_000_000_000_000)
      #expect((0..<3).map { kernel.load.hundredths($0) } == [300, 300, 290])
      #expect(threads.count == 3)
      // Nobody ran in a week.
      var load = kernel.load
      load.count(until: load.next + 604_800_000_000_000, running: 0)
      #expect((0..<3).map { load.hundredths($0) } == [0, 0, 0])
    }

    @Test func anAccountsShareWeighsItsThreads() throws {
      try Fixture.start()
      let account = try Account.create(below: Fixture.rootAccount)
      try account.setLimit(.processorShare, minimum: 0, maximum: 256)
      let process = try createProcess(parent: Fixture.initProcess, account: account)
      let light = try Fixture.makeThread(in: process)
      let full = try Fixture.makeTask()
      Fixture.advance(by: 20_000_000_000)
      Fixture.chargeAll()
      let ratio = Double(full.value.processorTime) / Double(light.value.processorTime)
      #expect(abs(ratio / 4 - 1) < 0.05, "\(ratio)")
    }

    @Test func threeThreadsShareTwoProcessorsEqually() throws {
      try Fixture.start(processors: 2)
      let threads = try (0..<3).map { _ in try Fixture.makeTask() }
      Fixture.advance(by: 20_000_000_000)
      Fixture.chargeAll()
      for thread in threads {
        let share = Double(thread.value.processorTime) / 20e9
        #expect(abs(share * 1.5 - 1) < 0.05, "\(share)")
      }
    }

    @Test func aSleeperThatWakesRunsAtOnceButEarnsNoCredit() throws {
      try Fixture.start()
      let sleeper = try Fixture.makeTask()
      var sleep = Sleep()
      sleep.deadline = Deadline(nanoseconds: 5_000_000_000)
      Fixture.call(sleep, as: sleeper)
      let worker = try Fixture.makeTask()
      Fixture.advance(by: 5_000_000_000)
      #expect(Fixture.current() == sleeper)
      // From here on both compute: five seconds of sleep are not made up for.
      Fixture.advance(by: 1_000_000_000)
      Fixture.chargeAll()
      let made = sleeper.value.processorTime
      #expect(made > 480_000_000 && made < 520_000_000, "\(made)")
      #expect(worker.value.processorTime > 5_400_000_000)
    }

    // MARK: Real time

    @Test func realTimeThreadsRunFirstInOrderOfPriorityAndArrival() throws {
      try Fixture.start()
      let fair = try Fixture.makeTask()
      Fixture.settle()
      Fixture.makeCurrent(fair)
      let low = try Fixture.makeTask(priority: 3)
      let high = try Fixture.makeTask(priority: 40)
      let second = try Fixture.makeTask(priority: 40)
      _ = leave()
      #expect(Fixture.current() == high)
      // No slice ends among real-time threads.
      Fixture.advance(by: 100_000_000)
      #expect(Fixture.current() == high)
      for expected in [second, low, fair] {
        Fixture.call(ExitProcess(), as: Fixture.current()!)
        #expect(Fixture.current() == expected)
      }
    }

    @Test func aThreadPreemptedByRealTimeKeepsItsTurn() throws {
      try Fixture.start()
      let first = try Fixture.makeTask()
      Fixture.makeCurrent(first)
      _ = try Fixture.makeTask()
      let urgent = try Fixture.makeTask(priority: 1)
      _ = leave()
      #expect(Fixture.current() == urgent)
      Fixture.call(ExitProcess(), as: urgent)
      #expect(Fixture.current() == first)
    }

    // MARK: Ticks

    @Test func oneThreadAndNoThreadGetNoTick() throws {
      try Fixture.start()
      #expect(leave() == 0)
      #expect(ModelMachine.deadline(of: 0) == nil)
      let only = try Fixture.makeTask()
      _ = leave()
      #expect(Fixture.current() == only)
      #expect(ModelMachine.deadline(of: 0) == nil)
      let other = try Fixture.makeTask()
      _ = leave()
      #expect(ModelMachine.deadline(of: 0) != nil)
      Fixture.call(ExitProcess(), as: only)
      Fixture.call(ExitProcess(), as: other)
      #expect(Fixture.current() == nil)
      #expect(ModelMachine.deadline(of: 0) == nil)
    }

    /// A slice that ends when nobody waits any more is over: who comes after that gets a turn.
    @Test(arguments: [1, 2]) func whoComesAfterALonelySliceRuns(processors: Int) throws {
      try Fixture.start(processors: processors)
      let worker = try Fixture.makeTask()
      worker.value.affinity = 1
      Fixture.settle()
      let guests = try (0..<2).map { _ in try Fixture.makeTask() }
      for guest in guests { guest.value.affinity = 1 }
      Fixture.settle()
      for guest in guests { suspend(guest) }
      Fixture.advance(by: 100_000_000)
      Fixture.makeCurrent(worker)
      Fixture.advance(by: 100_000_000)
      for guest in guests { resume(guest) }
      Fixture.advance(by: 100_000_000)
      Fixture.chargeAll()
      for guest in guests { #expect(guest.value.processorTime > 20_000_000) }
    }

    /// Nothing enters the kernel while a thread computes alone; its time is known all the same.
    @Test func whoComputesAloneIsSeenToUseTime() throws {
      try Fixture.start(processors: 2)
      let worker = try Fixture.makeTask()
      Fixture.settle()
      ModelMachine.advance(to: Machine.now() + 3_000_000_000)
      #expect(worker.value.processorTime < 100_000_000)
      let used = uncountedTime { $0 == worker }
      #expect(used > 2_900_000_000 && used <= 3_100_000_000)
      #expect(uncountedTime { $0 != worker } == 0)
      Fixture.chargeAll()
      #expect(uncountedTime { $0 == worker } == 0)
    }

    @Test func leavingWithNothingPendingGoesBackToTheSameThread() throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      Fixture.makeCurrent(thread)
      let switches = Fixture.switches
      #expect(Fixture.call(Null(), as: thread) == .done(0))
      #expect(Fixture.switches == switches)
    }

    @Test func yieldLetsTheOthersRunFirst() throws {
      try Fixture.start()
      let threads = try (0..<3).map { _ in try Fixture.makeTask() }
      Fixture.makeCurrent(threads[0])
      var order: [Int] = []
      for _ in 0..<6 {
        let current = try #require(Fixture.current())
        order.append(try #require(threads.firstIndex(of: current)))
        Fixture.call(Yield(), as: current)
      }
      #expect(order == [0, 1, 2, 0, 1, 2])
    }

    // MARK: Hand-off

    @Test func aServerWorksInItsClientsName() throws {
      try Fixture.start()
      let account = try Account.create(below: kernel.rootAccount)
      let clientProcess = try createProcess(parent: kernel.initProcess, account: account)
      let client = try Fixture.makeThread(in: clientProcess, priority: 7)
      let server = try Fixture.makeTask()
      Fixture.makeCurrent(server)
      park(server, .none)
      Fixture.makeCurrent(client)
      ModelMachine.advance(to: 1_000)
      park(client, .answer)
      #expect(handOff(to: server) == server.address)
      #expect(server.value.effectivePriority == 7)
      #expect(server.value.payer == account)
      ModelMachine.advance(to: 5_000)
      park(server, .none)
      client.value.wait = .none
      #expect(handOff(to: client) == client.address)
      #expect(account.value.processorTime == 5_000)
      #expect(server.value.processorTime == 4_000)
      #expect(server.value.effectivePriority == 0)
      #expect(server.value.payer == Fixture.rootAccount)
      #expect(client.value.virtualTime == server.value.virtualTime)
    }

    // MARK: Registers

    @Test func everythingOfAThreadFollowsItBetweenProcessors() throws {
      try Fixture.start(processors: 2)
      let threads = try (0..<5).map { index in
        let thread = try Fixture.makeTask()
        thread.value.threadPointer = UInt(index)
        return thread
      }
      var expected = [UInt64](repeating: 0, count: threads.count)
      var noise = Noise(7)
      for round in 0..<2_000 {
        Fixture.advance(by: UInt64(noise.next(below: 3_000_000)))
        for index in 0..<2 {
          ModelMachine.currentProcessor = index
          let thread = try #require(Fixture.current(of: index))
          let number = try #require(threads.firstIndex(of: thread))
          #expect(ModelMachine.currentFrame == thread.address)
          #expect(ModelMachine.threadPointer == UInt(number))
          #expect(ModelMachine.floatingPoint == expected[number])
          expected[number] = UInt64(round * 8 + number)
          ModelMachine.floatingPoint = expected[number]
        }
      }
    }

    // MARK: Several processors

    @Test func anIdleProcessorTakesWhatWaitsElsewhere() throws {
      try Fixture.start(processors: 4)
      let threads = try (0..<4).map { _ in try Fixture.makeTask() }
      Fixture.settle()
      let running = (0..<4).map { Fixture.current(of: $0) }
      for thread in threads { #expect(running.contains(thread)) }
    }

    @Test func threadsStayWhereTheirAffinityAllows() throws {
      try Fixture.start(processors: 3)
      var noise = Noise(11)
      let threads = try (0..<9).map { index in
        let thread = try Fixture.makeTask()
        try setAffinity(of: thread, UInt(index % 7 + 1))
        return thread
      }
      for _ in 0..<500 {
        Fixture.advance(by: UInt64(noise.next(below: 5_000_000)))
        let index = noise.next(below: threads.count)
        try setAffinity(of: threads[index], UInt(noise.next(below: 7) + 1))
        Fixture.settle()
        for processor in 0..<3 {
          guard let current = Fixture.current(of: processor) else { continue }
          #expect(current.value.affinity & (1 << processor) != 0)
        }
      }
      Fixture.chargeAll()
      for thread in threads { #expect(thread.value.processorTime > 0) }
    }

    @Test func suspendingHoldsAThreadWhereverItIs() throws {
      try Fixture.start(processors: 2)
      let threads = try (0..<4).map { _ in try Fixture.makeTask() }
      Fixture.settle()
      for thread in threads { suspend(thread) }
      Fixture.settle()
      for thread in threads { #expect(thread.value.state == .stopped && thread.isHeld) }
      #expect(Fixture.current(of: 0) == nil && Fixture.current(of: 1) == nil)
      for thread in threads { resume(thread) }
      Fixture.advance(by: 100_000_000)
      Fixture.chargeAll()
      for thread in threads { #expect(thread.value.processorTime > 20_000_000) }
    }

    // MARK: The queue itself

    @Test func theQueueGivesThreadsByPriorityThenVirtualTimeThenArrival() throws {
      try Fixture.start()
      let process = try Fixture.makeProcess()
      let pool = try (0..<64).map { _ in try Kernel.makeThread(in: process) }
      var queue = RunQueue()
      var reference: [(thread: Ref<Thread>, arrival: Int)] = []
      var noise = Noise(3)
      var arrival = 0
      for _ in 0..<20_000 {
        let thread = pool[noise.next(below: pool.count)]
        if let place = reference.firstIndex(where: { $0.thread == thread }) {
          if noise.next(below: 3) > 0 { continue }
          queue.remove(thread)
          reference.remove(at: place)
        } else if noise.next(below: 2) == 0 {
          thread.value.effectivePriority = noise.next(below: 4) == 0 ? 5 : 0
          thread.value.virtualTime =
            (queue.base + UInt64(noise.next(below: 80))) << RunQueue.slotShift
          queue.insert(thread, at: .back)
          arrival += 1
          reference.append((thread, arrival))
        } else {
          let best = reference.indices.min { a, b in
            key(reference[a].thread, reference[a].arrival)
              < key(reference[b].thread, reference[b].arrival)
          }
          #expect(queue.takeFirst() == best.map { reference[$0].thread })
          if let best { reference.remove(at: best) }
        }
        #expect(queue.count == reference.count)
      }
    }

    private func key(_ thread: Ref<Thread>, _ arrival: Int) -> (Int, UInt64, Int) {
      let priority = Int(thread.value.effectivePriority)
      return (-priority, priority > 0 ? 0 : thread.value.virtualTime >> RunQueue.slotShift, arrival)
    }
  }
}
