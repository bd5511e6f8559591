// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Lives of processes") struct ProcessLifeTests {
    @Test func anEndedProcessGivesEverythingBack() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      var uses: [ProcessUse] = []
      for _ in 0..<4 {
        let child = try Fixture.makeTask(parent: parent.value.process)
        let process = try #require(child.value.process)
        let memory = try Fixture.map(20, as: child)
        for page in 0..<20 { Fixture.store(memory + UInt(page) * 4096, 1, as: child) }
        for _ in 0..<40 { _ = try Fixture.makeThread(in: process) }
        for _ in 0..<30 { Fixture.call(CreateMemory(length: 4096), as: child) }
        Fixture.exit(child, 5)
        Fixture.drain()
        #expect(process.value.state == .ended && process.value.threads.isEmpty)
        #expect(Fixture.reap(as: parent) == .done(UInt(process.value.number)))
        Fixture.drain()
        uses.append(ProcessUse())
      }
      #expect(uses[1] == uses[2] && uses[2] == uses[3])
    }

    @Test func aKilledProcessEndsWhereverItsThreadsAre() throws {
      try Fixture.start(processors: 2)
      let parent = try Fixture.makeTask()
      let before = try makeBusyProcess(below: parent)
      Fixture.call(Signal(process: before, signal: 9), as: parent)
      Fixture.drain()
      #expect(before.value.state == .ended && before.value.threads.isEmpty)
      #expect(Fixture.reap(as: parent) == .done(UInt(before.value.number)))
      let use = ProcessUse()
      for _ in 0..<3 {
        let process = try makeBusyProcess(below: parent)
        Fixture.call(Signal(process: process, signal: 9), as: parent)
        Fixture.drain()
        #expect(Fixture.reap(as: parent) == .done(UInt(process.value.number)))
        Fixture.settle()
        #expect(ProcessUse() == use)
      }
    }

    /// A process with threads that run, wait in all sorts of ways, sleep, and are suspended.
    private func makeBusyProcess(below parent: Ref<Thread>) throws -> Ref<Process> {
      let first = try Fixture.makeTask(parent: parent.value.process)
      let process = try #require(first.value.process)
      let word = try Fixture.map(1, as: first)
      for _ in 0..<5 { _ = try Fixture.makeThread(in: process) }
      for _ in 0..<5 {
        var wait = FutexWait()
        wait.address = word
        Fixture.call(wait, as: try Fixture.makeThread(in: process))
        Fixture.call(Sleep(), as: try Fixture.makeThread(in: process))
        suspend(try Fixture.makeThread(in: process))
      }
      return process
    }

    @Test func endingAProcessOfManyThreadsTakesBoundedSteps() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      let child = try Fixture.makeTask(parent: parent.value.process)
      let process = try #require(child.value.process)
      for _ in 0..<500 { Fixture.call(Sleep(), as: try Fixture.makeThread(in: process)) }
      Fixture.makeCurrent(child)
      child.value.registers = Machine.Registers(call: CallNumber.exitProcess.rawValue, 0)
      Fixture.enter()
      // One entry has not ended them all.
      #expect(process.value.threads.count > 400)
      Fixture.drain()
      #expect(process.value.state == .ended)
    }

    @Test func theLastThreadEndsTheProcess() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      let first = try Fixture.makeTask(parent: parent.value.process)
      let process = try #require(first.value.process)
      let second = try Fixture.makeThread(in: process)
      Fixture.call(ExitThread(), as: first)
      #expect(process.value.state == .alive && process.value.threads.count == 1)
      Fixture.call(ExitThread(), as: second)
      Fixture.drain()
      #expect(process.value.state == .ended)
      #expect(process.value.exitState == 0 && process.value.exitValue == 0)
    }

    @Test func anEmbryoEndsWithItsLastHandle() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      #expect(Fixture.call(CreateProcess(account: .none), as: parent) != .waiting)
      Fixture.call(Close(handle: Handle(rawValue: Handle.runtimeBase)), as: parent)
      Fixture.drain()
      let use = ProcessUse()
      for _ in 0..<5 {
        guard case .done(let handle) = Fixture.call(CreateProcess(account: .none), as: parent)
        else {
          Issue.record("no process")
          return
        }
        #expect(Fixture.reap(as: parent) == .failed(.noChild))
        Fixture.call(Close(handle: try Handle(word: handle)), as: parent)
        Fixture.drain()
        #expect(ProcessUse() == use)
      }
      #expect(parent.value.process?.value.embryos.isEmpty == true)
    }

    @Test func threadsStartThroughAHandle() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      guard case .done(let word) = Fixture.call(CreateProcess(account: .none), as: parent) else {
        Issue.record("no process")
        return
      }
      var create = CreateThread()
      create.process = try Handle(word: word)
      create.entry = 0x1234_0000
      create.stack = 0x7000
      create.argument = 99
      create.threadPointer = 0x5000
      #expect(Fixture.call(create, as: parent) != .failed(.badHandle))
      let process = try #require(parent.value.process?.value.children.first)
      let thread = try #require(process.value.threads.first)
      #expect(process.value.state == .alive && thread.value.number == 1)
      #expect(thread.value.registers.instructionPointer == 0x1234_0000)
      #expect(thread.value.registers.stackPointer == 0x7000)
      #expect(thread.value.registers.argument(0) == 99)
      #expect(thread.value.threadPointer == 0x5000)
      create.entry = UInt.max
      #expect(Fixture.call(create, as: parent) == .failed(.badAddress))
    }
  }
}
