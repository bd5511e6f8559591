// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A program that has registered for signals.
struct SignalProgram {
  var thread: Ref<Thread>
  var process: Ref<Process>
  var record: UInt
  static let trampoline: UInt = 0x66_0000

  init(parent: Ref<Process>? = Fixture.initProcess, allowed: UInt64 = UInt64.max) throws {
    thread = try Fixture.makeTask(parent: parent)
    process = try #require(thread.value.process)
    record = try Fixture.map(1, as: thread)
    Fixture.store(record + 8, allowed, as: thread)
    #expect(register(thread, record) == .done(0))
  }

  func register(_ thread: Ref<Thread>, _ record: UInt) -> Fixture.Result {
    var call = SetSignalControl()
    call.process = record + 64
    call.thread = record
    call.trampoline = SignalProgram.trampoline
    return Fixture.call(call, as: thread)
  }

  func word(_ offset: UInt) -> UInt64? { Fixture.word(record + offset, of: thread) }
  var isInTrampoline: Bool {
    thread.value.registers.instructionPointer == SignalProgram.trampoline
  }

  /// What the trampoline does at its end: back to where the program was.
  func finish() {
    Fixture.store(record + 16, 0, as: thread)
    thread.value.registers.instructionPointer = UInt(word(24) ?? 0)
    thread.value.registers.stackPointer = UInt(word(32) ?? 0)
    Fixture.call(Yield(), as: thread)
    Fixture.makeCurrent(thread)
  }
}

extension OneMachine {
  @Suite("Signals") struct SignalTests {
    private func send(
      _ signal: UInt32, to process: Ref<Process>, value: UInt = 0, as thread: Ref<Thread>
    ) -> Fixture.Result {
      Fixture.call(Signal(process: process, signal: signal, value: value), as: thread)
    }

    // MARK: Without handlers

    struct Default: Sendable {
      var signal: UInt32
      var state: ProcessState
    }

    @Test(arguments: [
      Default(signal: 1, state: .ended), Default(signal: 2, state: .ended),
      Default(signal: 9, state: .ended), Default(signal: 15, state: .ended),
      Default(signal: 17, state: .alive), Default(signal: 18, state: .alive),
      Default(signal: 19, state: .stopped), Default(signal: 20, state: .stopped),
      Default(signal: 21, state: .stopped), Default(signal: 22, state: .stopped),
      Default(signal: 23, state: .alive), Default(signal: 28, state: .alive),
      Default(signal: 31, state: .ended), Default(signal: 64, state: .ended),
    ])
    func unregisteredProcessesTakeTheDefaultAction(row: Default) throws {
      try Fixture.start()
      let sender = try Fixture.makeTask()
      // In a group that the sender's keeps from being orphaned.
      let receiver = try Fixture.makeTask(parent: sender.value.process)
      var group = SetProcess()
      group.process = .none
      group.property = .group
      Fixture.call(group, as: receiver)
      let process = try #require(receiver.value.process)
      #expect(send(row.signal, to: process, as: sender) == .done(0))
      Fixture.drain()
      #expect(process.value.state == row.state)
      if row.state == .ended {
        #expect(process.value.exitState == 1 && process.value.exitValue == row.signal)
      }
    }

    @Test func initIsSparedWhatItDoesNotHandle() throws {
      try Fixture.start()
      let first = try Fixture.makeThread(in: Fixture.initProcess!)
      let sender = try Fixture.makeTask()
      let process = Fixture.initProcess!
      for signal: UInt32 in [9, 19] {
        #expect(send(signal, to: process, as: sender) == .failed(.notPermitted))
      }
      for signal: UInt32 in [1, 2, 15, 20] {
        #expect(send(signal, to: process, as: sender) == .done(0))
      }
      Fixture.settle()
      #expect(process.value.state == .alive && first.value.state != .ended)
    }

    @Test func whoMaySignalWhomGoesByUser() throws {
      try Fixture.start()
      let sender = try Fixture.makeTask()
      let receiver = try Fixture.makeTask()
      let from = try #require(sender.value.process)
      let to = try #require(receiver.value.process)
      to.value.realUser = 7
      to.value.savedUser = 8
      for (user, mayKill) in [(0, true), (7, true), (8, true), (9, false)] as [(UInt32, Bool)] {
        from.value.realUser = 5
        from.value.effectiveUser = user
        let expected: Fixture.Result = mayKill ? .done(0) : .failed(.notPermitted)
        #expect(send(0, to: to, as: sender) == expected)
      }
      from.value.effectiveUser = 9
      #expect(send(18, to: to, as: sender) == .done(0))
      var call = Signal()
      call.process = .none
      call.selector = 29_999
      #expect(Fixture.call(call, as: sender) == .failed(.noProcess))
      call.signal = 65
      #expect(Fixture.call(call, as: sender) == .failed(.invalidArgument))
    }

    // MARK: Delivery

    @Test func aSignalTurnsTheThreadToItsTrampoline() throws {
      try Fixture.start()
      let program = try SignalProgram()
      let sender = try Fixture.makeTask()
      Fixture.makeCurrent(program.thread)
      program.thread.value.registers.instructionPointer = 0x7777
      program.thread.value.registers.stackPointer = 0x8888
      #expect(send(10, to: program.process, value: 99, as: sender) == .done(0))
      Fixture.makeCurrent(program.thread)
      #expect(program.isInTrampoline)
      #expect(program.word(16) == 1)
      #expect(program.word(24) == 0x7777)
      #expect(program.word(32) == 0x8888)
      #expect(program.word(40) == 10)
      #expect(program.word(48) == 99)
      #expect(program.word(56) == UInt64(sender.value.process!.value.number))
      program.finish()
      #expect(!program.isInTrampoline)
    }

    @Test func furtherSignalsWaitForTheTrampolineToFinish() throws {
      try Fixture.start()
      let program = try SignalProgram()
      let sender = try Fixture.makeTask()
      for signal: UInt32 in [12, 3, 10] {
        #expect(send(signal, to: program.process, as: sender) == .done(0))
      }
      Fixture.makeCurrent(program.thread)
      #expect(program.word(40) == 3)
      #expect(program.word(0) == UInt64(1 << 9 | 1 << 11))
      for expected: UInt64 in [10, 12] {
        program.finish()
        #expect(program.isInTrampoline)
        #expect(program.word(40) == expected)
      }
      program.finish()
      #expect(!program.isInTrampoline)
      #expect(program.process.value.signals.pending == 0)
    }

    @Test func blockedSignalsStayPendingUntilAllowed() throws {
      try Fixture.start()
      let program = try SignalProgram(allowed: ~(1 << 9))
      let sender = try Fixture.makeTask()
      #expect(send(10, to: program.process, as: sender) == .done(0))
      Fixture.makeCurrent(program.thread)
      #expect(Fixture.call(Null(), as: program.thread) == .done(0))
      #expect(!program.isInTrampoline)
      Fixture.store(program.record + 8, UInt64.max, as: program.thread)
      Fixture.call(Yield(), as: program.thread)
      Fixture.makeCurrent(program.thread)
      #expect(program.isInTrampoline && program.word(40) == 10)
    }

    @Test func signalsEndWaits() throws {
      try Fixture.start()
      let program = try SignalProgram()
      let sender = try Fixture.makeTask()
      #expect(Fixture.call(Sleep(), as: program.thread) == .waiting)
      #expect(send(10, to: program.process, as: sender) == .done(0))
      Fixture.makeCurrent(program.thread)
      #expect(program.isInTrampoline)
      #expect(Fixture.result(of: program.thread) == .failed(.interrupted))
      #expect(program.word(24) == UInt64(Fixture.site + 2))
      // A wait does not begin while a signal is due.
      Fixture.store(program.record + 16, 1, as: program.thread)
      #expect(send(11, to: program.process, as: sender) == .done(0))
      #expect(Fixture.call(Sleep(), as: program.thread) == .failed(.interrupted))
    }

    @Test func blockedSignalsDoNotEndWaits() throws {
      try Fixture.start()
      let program = try SignalProgram(allowed: 0)
      let sender = try Fixture.makeTask()
      #expect(Fixture.call(Sleep(), as: program.thread) == .waiting)
      #expect(send(10, to: program.process, as: sender) == .done(0))
      #expect(program.thread.value.state == .waiting)
      #expect(send(9, to: program.process, as: sender) == .done(0))
      Fixture.drain()
      #expect(program.process.value.state == .ended)
    }

    @Test func aSignalGoesToAThreadThatAllowsIt() throws {
      try Fixture.start()
      let program = try SignalProgram(allowed: 0)
      let other = try Fixture.makeThread(in: program.process)
      Fixture.store(program.record + 256 + 8, 1 << 9, as: other)
      #expect(program.register(other, program.record + 256) == .done(0))
      Fixture.call(Sleep(), as: program.thread)
      Fixture.call(Sleep(), as: other)
      let sender = try Fixture.makeTask()
      #expect(send(10, to: program.process, as: sender) == .done(0))
      #expect(program.thread.value.state == .waiting && other.value.state != .waiting)
      Fixture.makeCurrent(other)
      #expect(other.value.registers.instructionPointer == SignalProgram.trampoline)
    }

    @Test func aThreadsOwnSignalGoesToIt() throws {
      try Fixture.start()
      let program = try SignalProgram()
      let other = try Fixture.makeThread(in: program.process)
      Fixture.store(program.record + 256 + 8, UInt64.max, as: other)
      #expect(program.register(other, program.record + 256) == .done(0))
      Fixture.call(Sleep(), as: program.thread)
      var call = SignalThread()
      call.thread = 1
      call.signal = 12
      call.value = 5
      #expect(Fixture.call(call, as: other) == .done(0))
      Fixture.makeCurrent(program.thread)
      #expect(program.isInTrampoline && program.word(40) == 12 && program.word(48) == 5)
      call.thread = 99
      #expect(Fixture.call(call, as: other) == .failed(.noProcess))
    }

    @Test func realTimeSignalsQueueUpWithTheirValues() throws {
      try Fixture.start()
      let program = try SignalProgram(allowed: 0)
      let sender = try Fixture.makeTask()
      for value: UInt in 1...8 {
        #expect(send(40, to: program.process, value: value, as: sender) == .done(0))
      }
      #expect(send(40, to: program.process, value: 9, as: sender) == .failed(.wouldBlock))
      // Ordinary ones do not, and always get through.
      #expect(send(10, to: program.process, as: sender) == .done(0))
      #expect(send(10, to: program.process, as: sender) == .done(0))
      Fixture.store(program.record + 8, UInt64.max, as: program.thread)
      Fixture.call(Yield(), as: program.thread)
      Fixture.makeCurrent(program.thread)
      #expect(program.word(40) == 10)
      for value: UInt64 in 1...8 {
        program.finish()
        #expect(program.word(40) == 40 && program.word(48) == value)
      }
      program.finish()
      #expect(!program.isInTrampoline)
    }

    @Test func afterForkEachSideHasItsOwnRecord() throws {
      try Fixture.start()
      let program = try SignalProgram()
      guard case .done = Fixture.call(Fork(), as: program.thread) else {
        Issue.record("no fork")
        return
      }
      let child = try #require(program.process.value.children.first)
      let thread = try #require(child.value.threads.first)
      let sender = try Fixture.makeTask()
      #expect(send(10, to: child, as: sender) == .done(0))
      Fixture.makeCurrent(thread)
      #expect(thread.value.registers.instructionPointer == SignalProgram.trampoline)
      #expect(Fixture.word(program.record + 40, of: thread) == 10)
      #expect(!program.isInTrampoline && program.word(40) == 0)
    }

    @Test func aRecordThatIsGoneEndsTheProgram() throws {
      try Fixture.start()
      let program = try SignalProgram()
      let sender = try Fixture.makeTask()
      var unmap = Unmap()
      unmap.space = .none
      unmap.address = program.record
      unmap.length = 4096
      #expect(Fixture.call(unmap, as: program.thread) == .done(0))
      // Nobody can tell that the signal is allowed, so the program lives until it asks.
      #expect(send(10, to: program.process, as: sender) == .done(0))
      Fixture.call(Yield(), as: program.thread)
      Fixture.advance(by: 20_000_000)
      Fixture.drain()
      #expect(program.process.value.state == .ended)
      #expect(program.process.value.exitValue == 11)
    }

    @Test func unregisteringTakesDefaultActionsOfWhatWaits() throws {
      try Fixture.start()
      let program = try SignalProgram(allowed: 0)
      let sender = try Fixture.makeTask()
      #expect(send(15, to: program.process, as: sender) == .done(0))
      #expect(program.process.value.state == .alive)
      Fixture.call(SetSignalControl(), as: program.thread)
      Fixture.drain()
      #expect(program.process.value.exitValue == 15)
    }

    @Test func recordsMustBeMemoryAndAligned() throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      let memory = try Fixture.map(1, as: thread)
      for (record, error) in [
        (memory + 8, SystemError.invalidArgument), (0x1000, .badAddress),
        (UInt.max - 63, .badAddress),
      ] {
        var call = SetSignalControl()
        call.thread = record
        call.trampoline = 0x5000
        #expect(Fixture.call(call, as: thread) == .failed(error))
      }
    }

    // MARK: Faults

    @Test func aFaultIsASignalIfTheProgramAllowsIt() throws {
      try Fixture.start()
      let program = try SignalProgram()
      Fixture.makeCurrent(program.thread)
      _ = enterTrap(.pageFault(address: 0x10, access: .write, isPresent: false))
      #expect(program.isInTrampoline && program.word(40) == 11 && program.word(48) == 0x10)
      // Inside the trampoline nobody catches it.
      _ = enterTrap(.pageFault(address: 0x10, access: .write, isPresent: false))
      Fixture.drain()
      #expect(program.process.value.state == .ended && program.process.value.exitValue == 11)
    }

    @Test(
      arguments: [
        (ProcessorException.divideError, 8), (.breakpoint, 5), (.illegalInstruction, 4),
        (.alignment, 7), (.generalProtection, 11),
      ] as [(ProcessorException, UInt32)])
    func aFaultThatNobodyHandlesEndsTheProcess(row: (ProcessorException, UInt32)) throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      let process = try #require(thread.value.process)
      Fixture.makeCurrent(thread)
      _ = enterTrap(.exception(row.0, code: 0))
      Fixture.drain()
      #expect(process.value.exitState == 1 && process.value.exitValue == row.1)
    }

    @Test func anExceptionHandleHearsOfFaults() throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      let process = try #require(thread.value.process)
      let debugger = try Fixture.makeTask()
      let reader = try makePipe(OpenFlags(), Fixture.rootAccount)
      guard case .pipe(let pipe, _) = reader.value.kind else {
        Issue.record("no pipe")
        return
      }
      let writer = try newDescription(.pipe(pipe, isWriter: true), Fixture.rootAccount)
      pipe.value.writer = writer
      let owner = try #require(debugger.value.process)
      let end = try insertHandle(owner, reader, .everything, OpenFlags())
      process.value.exceptionDescription = writer
      Fixture.makeCurrent(thread)
      _ = enterTrap(.exception(.illegalInstruction, code: 3))
      #expect(thread.value.state == .waiting && thread.isHeld)
      let buffer = try Fixture.map(1, as: debugger)
      var read = Read()
      read.handle = end
      read.buffer = UserSpan(address: buffer, count: 4096)
      read.offset = UInt64.max
      #expect(Fixture.call(read, as: debugger) == .done(48))
      #expect(
        Fixture.word(buffer, of: debugger) == UInt64(process.value.number) | UInt64(1) << 32)
      #expect(Fixture.word(buffer + 8, of: debugger) == 6 | UInt64(3) << 32)
      try answerException(thread, .retry)
      #expect(thread.value.state == .ready || thread.value.state == .running)
      Fixture.makeCurrent(thread)
      _ = enterTrap(.exception(.illegalInstruction, code: 3))
      try answerException(thread, .endProcess)
      Fixture.drain()
      #expect(process.value.state == .ended && process.value.exitValue == 4)
    }

    // MARK: Groups

    @Test func aGroupGetsASignalOnceEach() throws {
      try Fixture.start()
      let leader = try Fixture.makeTask()
      var session = SetProcess()
      session.process = .none
      session.property = .newSession
      Fixture.call(session, as: leader)
      let process = try #require(leader.value.process)
      let members = try (0..<100).map { _ in try SignalProgram(parent: process, allowed: 0) }
      var call = Signal()
      call.process = .none
      call.selector = -Int(process.value.number)
      call.signal = 40
      process.value.signals.trampoline = 1
      #expect(Fixture.call(call, as: leader) == .done(0))
      for member in members {
        #expect(member.process.value.signals.detailCount == 1)
      }
      call.selector = 0
      #expect(Fixture.call(call, as: leader) == .done(0))
      for member in members {
        #expect(member.process.value.signals.detailCount == 2)
      }
      call.selector = -30_000
      #expect(Fixture.call(call, as: leader) == .failed(.noProcess))
    }

    @Test func everyoneButInitAndTheSenderGetsABroadcast() throws {
      try Fixture.start()
      let sender = try Fixture.makeTask()
      let others = try (0..<80).map { _ in try Fixture.makeTask() }
      var call = Signal()
      call.process = .none
      call.selector = -1
      call.signal = 15
      #expect(Fixture.call(call, as: sender) == .done(0))
      Fixture.drain()
      for thread in others { #expect(thread.value.state == .ended) }
      #expect(sender.value.state != .ended)
      #expect(Fixture.initProcess?.value.state == .embryo)
    }
  }
}
