// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Fork and exec") struct ProcessForkTests {
    @Test func forkCopiesMemoryHandlesAndRegisters() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask(parent: nil)
      let memory = try Fixture.map(4, as: parent)
      Fixture.store(memory, 11, as: parent)
      let process = try #require(parent.value.process)
      process.value.realUser = 7
      let handle = try Fixture.makeInheritedMemory(as: parent)
      ModelMachine.floatingPoint = 77
      parent.value.registers.stackPointer = 0x5550
      guard case .done(let number) = Fixture.call(Fork(), as: parent) else {
        Issue.record("no fork")
        return
      }
      let child = try #require(process.value.children.first)
      let thread = try #require(child.value.threads.first)
      #expect(number == UInt(child.value.number) && child.value.realUser == 7)
      #expect(Fixture.result(of: thread) == .done(0))
      Fixture.store(memory, 12, as: parent)
      #expect(Fixture.word(memory, of: thread) == 11)
      Fixture.store(memory, 13, as: thread)
      #expect(Fixture.word(memory, of: parent) == 12)
      Fixture.makeCurrent(thread)
      #expect(ModelMachine.floatingPoint == 77)
      #expect(Fixture.call(Close(handle: handle), as: thread) == .done(0))
      #expect(Fixture.call(Close(handle: handle), as: parent) == .done(0))
    }

    @Test func forkOfAProcessWithManyHandlesTakesSteps() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      for _ in 0..<400 { _ = try Fixture.makeInheritedMemory(as: parent) }
      guard case .done = Fixture.call(Fork(), as: parent) else {
        Issue.record("no fork")
        return
      }
      let child = try #require(parent.value.process?.value.children.first)
      #expect(child.value.handles.posix.count == 400)
    }

    @Test func aForkThatCannotBePaidForLeavesNothing() throws {
      try Fixture.start()
      let account = try Account.create(below: Fixture.rootAccount)
      let process = try createProcess(parent: Fixture.initProcess, account: account)
      let parent = try Fixture.makeThread(in: process)
      for _ in 0..<300 { _ = try Fixture.makeInheritedMemory(as: parent) }
      let used = account.value.used[3]
      try account.setLimit(.handles, minimum: 0, maximum: used + 200)
      #expect(Fixture.call(Fork(), as: parent) == .failed(.quotaExceeded))
      Fixture.drain()
      #expect(account.value.used[3] == used && account.value.used[1] == 1)
      try account.setLimit(.processes, minimum: 0, maximum: 1)
      #expect(Fixture.call(Fork(), as: parent) == .failed(.quotaExceeded))
      Fixture.drain()
      #expect(account.value.used[1] == 1 && account.value.used[2] == 1)
    }

    @Test func execKeepsTheProcessAndOneThread() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      let caller = try Fixture.makeTask(parent: parent.value.process)
      let process = try #require(caller.value.process)
      let old = process.value.space
      for _ in 0..<60 { Fixture.call(Sleep(), as: try Fixture.makeThread(in: process)) }
      guard case .done(let word) = Fixture.call(CreateProcess(account: .none), as: caller) else {
        Issue.record("no process")
        return
      }
      let source = try Handle(word: word)
      // It goes with the program, like all of the runtime's handles.
      var mark = ControlHandle()
      mark.handle = source
      mark.property = .setCloseOnExec
      mark.value = 1
      Fixture.call(mark, as: caller)
      var replace = ReplaceProgram()
      replace.source = source
      replace.entry = 0x4321_0000
      replace.stack = 0x9000
      replace.threadPointer = 0x100
      Fixture.call(replace, as: caller)
      Fixture.drain()
      Fixture.advance(by: 100_000_000)
      #expect(process.value.threads.count == 1 && process.value.threads.first == caller)
      #expect(process.value.space != old)
      #expect(caller.value.registers.instructionPointer == 0x4321_0000)
      #expect(caller.value.threadPointer == 0x100)
      #expect(caller.value.state == .running || caller.value.state == .ready)
      #expect(process.value.care.isEmpty && process.value.survivor == nil)
      #expect(process.value.handles.count == 0 && process.value.embryos.isEmpty)
    }

    @Test func aProcessIsKilledWhileAnExecEndsItsThreads() throws {
      try Fixture.start()
      let caller = try Fixture.makeTask()
      let process = try #require(caller.value.process)
      for _ in 0..<200 { Fixture.call(Sleep(), as: try Fixture.makeThread(in: process)) }
      guard case .done(let word) = Fixture.call(CreateProcess(account: .none), as: caller) else {
        Issue.record("no process")
        return
      }
      var replace = ReplaceProgram()
      replace.source = try Handle(word: word)
      let words = replace.words
      Fixture.makeCurrent(caller)
      caller.value.registers = Machine.Registers(
        call: CallNumber.replaceProgram.rawValue, words.a, words.b, words.c, words.d, words.e,
        site: Fixture.site)
      _ = enterSystemCall()
      #expect(process.value.care.contains(.ending) && process.value.threads.count > 1)
      try post(ArrivedSignal(SignalNumber.kill), to: process)
      Fixture.drain()
      #expect(process.value.state == .ended && process.value.exitValue == SignalNumber.kill)
    }

    @Test func ofTwoThreadsThatExecOneWins() throws {
      try Fixture.start(processors: 2)
      let first = try Fixture.makeTask()
      let process = try #require(first.value.process)
      let second = try Fixture.makeThread(in: process)
      let other = try Fixture.makeThread(in: process)
      Fixture.settle()
      guard case .done(let word) = Fixture.call(CreateProcess(account: .none), as: first) else {
        Issue.record("no process")
        return
      }
      var replace = ReplaceProgram()
      replace.source = try Handle(word: word)
      replace.entry = 0x4321_0000
      for thread in [first, second] {
        guard thread.value.state == .running || thread.value.state == .ready else { continue }
        Fixture.makeCurrent(thread)
        let words = replace.words
        thread.value.registers = Machine.Registers(
          call: CallNumber.replaceProgram.rawValue, words.a, words.b, words.c, words.d, words.e,
          site: Fixture.site)
        Fixture.enter()
      }
      Fixture.advance(by: 50_000_000)
      #expect(process.value.threads.count == 1 && other.value.state == .ended)
      let winner = try #require(process.value.threads.first)
      if Fixture.isRestarted(winner) { Fixture.call(replace, as: winner) }
      #expect(winner.value.registers.instructionPointer == 0x4321_0000)
    }
  }
}
