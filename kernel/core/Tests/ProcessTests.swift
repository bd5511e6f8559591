// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Processes") struct ProcessTests {
    /// What the root account has in use, without the frames that the kernel keeps for its objects.
    struct Use: Equatable {
      var frames: UInt64
      var processes: UInt64
      var threads: UInt64
      var handles: UInt64

      init() {
        let account = Fixture.rootAccount!
        frames = account.value.used[0] - UInt64(kernel.frames.kernelCount)
        processes = account.value.used[1]
        threads = account.value.used[2]
        handles = account.value.used[3]
      }
    }

    /// Waits for any child, without waiting.
    private func reap(
      as thread: Ref<Thread>, _ options: WaitOptions = .noHang, _ selector: Int = -1
    ) -> Fixture.Result {
      var wait = WaitChild()
      wait.selector = selector
      wait.options = options
      return Fixture.call(wait, as: thread)
    }

    private func exit(_ thread: Ref<Thread>, _ status: UInt32 = 0) {
      var call = ExitProcess()
      call.status = status
      Fixture.call(call, as: thread)
    }

    // MARK: The table

    /// A process that is in no table.
    private func blank() throws -> Ref<Process> {
      let process = try takeObject(&kernel.processes)
      process.value.groupLink = Link()
      return process
    }

    @Test func numbersComeBackOnlyAfterAFullCycle() throws {
      try Fixture.start(memoryBytes: 8 << 20)
      let process = try blank()
      let others = try (0..<3).map { _ in try blank() }
      var table = ProcessTable()
      try table.add(process)
      #expect(process.value.number == 1 && process.value.generation == 0)
      table.join(process, group: 1, session: 1)
      var expected: UInt32 = 2
      for round in 0..<70_000 {
        let other = others[round % 3]
        try table.add(other)
        #expect(other.value.number == expected)
        #expect(table.find(expected) == other)
        table.remove(other)
        #expect(table.find(expected) == nil)
        expected = expected == ProcessTable.limit - 1 ? 2 : expected + 1
      }
      #expect(table.find(1) == process)
      #expect(table.find(0) == nil && table.find(UInt32.max) == nil)
      #expect(table.count == 1)
      #expect(others[0].value.generation == 2)
    }

    @Test func aNumberStaysTakenWhileItsGroupOrSessionLives() throws {
      try Fixture.start(memoryBytes: 8 << 20)
      let leader = try blank()
      let member = try blank()
      let other = try blank()
      var table = ProcessTable()
      try table.add(leader)
      table.join(leader, group: 1, session: 1)
      try table.add(member)
      table.join(member, group: 1, session: 1)
      table.leave(leader)
      table.remove(leader)
      #expect(table.find(1) == nil)
      #expect(table.members(of: 1).count == 1)
      for _ in 0..<40_000 {
        try table.add(other)
        #expect(other.value.number > 2)
        table.remove(other)
      }
      table.leave(member)
      #expect(table.members(of: 1).isEmpty)
    }

    @Test func nextWalksAllProcessesInOrder() throws {
      try Fixture.start(memoryBytes: 8 << 20)
      let threads = try (0..<200).map { _ in try Fixture.makeTask() }
      for index in stride(from: 0, to: 200, by: 3) { exit(threads[index]) }
      var found: [UInt32] = []
      var number: UInt32 = 0
      while let process = Fixture.process(after: number) {
        number = process.value.number
        found.append(number)
      }
      #expect(found == found.sorted() && found.count == 201)
    }

    // MARK: Life

    @Test func anEndedProcessGivesEverythingBack() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      var uses: [Use] = []
      for _ in 0..<4 {
        let child = try Fixture.makeTask(parent: parent.value.process)
        let process = try #require(child.value.process)
        let memory = try Fixture.map(20, as: child)
        for page in 0..<20 { Fixture.store(memory + UInt(page) * 4096, 1, as: child) }
        for _ in 0..<40 { _ = try Fixture.makeThread(in: process) }
        for _ in 0..<30 { Fixture.call(CreateMemory(length: 4096), as: child) }
        exit(child, 5)
        Fixture.drain()
        #expect(process.value.state == .ended && process.value.threads.isEmpty)
        #expect(reap(as: parent) == .done(UInt(process.value.number)))
        Fixture.drain()
        uses.append(Use())
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
      #expect(reap(as: parent) == .done(UInt(before.value.number)))
      let use = Use()
      for _ in 0..<3 {
        let process = try makeBusyProcess(below: parent)
        Fixture.call(Signal(process: process, signal: 9), as: parent)
        Fixture.drain()
        #expect(reap(as: parent) == .done(UInt(process.value.number)))
        Fixture.settle()
        #expect(Use() == use)
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
      let use = Use()
      for _ in 0..<5 {
        guard case .done(let handle) = Fixture.call(CreateProcess(account: .none), as: parent)
        else {
          Issue.record("no process")
          return
        }
        #expect(reap(as: parent) == .failed(.noChild))
        Fixture.call(Close(handle: try Handle(word: handle)), as: parent)
        Fixture.drain()
        #expect(Use() == use)
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

    // MARK: Fork and exec

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

    // MARK: Families

    @Test func orphansGoToInit() throws {
      try Fixture.start()
      let collector = try Fixture.makeThread(in: Fixture.initProcess!)
      let parent = try Fixture.makeTask()
      let children = try (0..<50).map { _ in
        try Fixture.makeTask(parent: parent.value.process)
      }
      for index in 0..<25 { exit(children[index], UInt32(index)) }
      Fixture.drain()
      exit(parent)
      Fixture.drain()
      for index in 25..<50 {
        #expect(children[index].value.process?.value.parent == Fixture.initProcess)
      }
      var reaped = 0
      while case .done(let number) = reap(as: collector), number != 0 { reaped += 1 }
      #expect(reaped == 26)
    }

    @Test func groupsAndSessionsFollowPOSIX() throws {
      try Fixture.start()
      let leader = try Fixture.makeTask()
      let process = try #require(leader.value.process)
      let number = UInt(process.value.number)
      #expect(set(.newSession, 0, as: leader) == .done(0))
      #expect(process.value.session == process.value.number)
      #expect(set(.newSession, 0, as: leader) == .failed(.notPermitted))
      #expect(set(.group, 0, as: leader) == .failed(.notPermitted))
      let child = try Fixture.makeTask(parent: process)
      let childProcess = try #require(child.value.process)
      #expect(childProcess.value.group == process.value.number)
      #expect(set(.group, 12_345, as: child) == .failed(.notPermitted))
      #expect(set(.group, 0, as: child) == .done(0))
      #expect(childProcess.value.group == childProcess.value.number)
      #expect(set(.group, number, as: child) == .done(0))
      #expect(childProcess.value.group == process.value.number)
      let stranger = try Fixture.makeTask()
      #expect(set(.group, number, as: stranger) == .failed(.notPermitted))
      #expect(set(.newSession, 0, as: child) == .done(0))
    }

    private func set(
      _ property: ProcessProperty, _ value: UInt, as thread: Ref<Thread>
    ) -> Fixture.Result {
      var call = SetProcess()
      call.process = .none
      call.property = property
      call.value = value
      call.authority = .none
      return Fixture.call(call, as: thread)
    }

    @Test func credentialsNeedTheAuthorityHandle() throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      let process = try #require(thread.value.process)
      #expect(set(.realUser, 5, as: thread) == .failed(.notPermitted))
      let description = try newDescription(.kernel(.authority), Fixture.rootAccount)
      let handle = try insertHandle(process, description, .everything, OpenFlags())
      var call = SetProcess()
      call.process = .none
      call.property = .effectiveUser
      call.value = 5
      call.authority = handle
      #expect(Fixture.call(call, as: thread) == .done(0))
      #expect(process.value.effectiveUser == 5)
      guard case .done(let other) = Fixture.call(CreateMemory(length: 4096), as: thread) else {
        Issue.record("no memory")
        return
      }
      call.authority = try Handle(word: other)
      #expect(Fixture.call(call, as: thread) == .failed(.notPermitted))
    }

    @Test func niceGoesUpFreelyAndDownWithAuthority() throws {
      try Fixture.start()
      let thread = try Fixture.makeTask()
      #expect(set(.nice, 25, as: thread) == .done(0))
      #expect(thread.value.process?.value.nice == 5)
      #expect(set(.nice, 24, as: thread) == .failed(.notPermitted))
      #expect(set(.nice, 40, as: thread) == .failed(.invalidArgument))
    }

    /// Random forks, exits, kills and waits; in the end everything has come back.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aCrowdOfProcessesLeavesNothingBehind(seed: UInt64) throws {
      try Fixture.start(processors: 2)
      let collector = try Fixture.makeThread(in: Fixture.initProcess!)
      var noise = Noise(seed)
      func round(_ count: Int) {
        for _ in 0..<count {
          let all = Fixture.aliveProcesses.filter { $0 != Fixture.initProcess }
          let chosen = all.isEmpty ? Fixture.initProcess! : all[noise.next(below: all.count)]
          guard let thread = chosen.value.threads.first, thread.value.state != .stopped else {
            continue
          }
          switch noise.next(below: all.count > 20 ? 8 : 5) {
          case 0, 1:
            if thread.value.state != .waiting { Fixture.call(Fork(), as: thread) }
          case 2:
            if chosen == Fixture.initProcess { continue }
            _ = try? createThread(
              chosen, entry: Fixture.site, stack: 0, argument: 0, threadPointer: 0)
          case 3:
            if thread.value.state != .waiting, chosen != Fixture.initProcess {
              Fixture.call(WaitChild(), as: thread)
            }
          case 4, 5:
            if chosen != Fixture.initProcess { postFromKernel(SignalNumber.kill, to: chosen) }
          default:
            if chosen != Fixture.initProcess, thread.value.state != .waiting {
              Fixture.call(ExitProcess(), as: thread)
            }
          }
          Fixture.advance(by: UInt64(noise.next(below: 2_000_000)))
        }
        for process in Fixture.aliveProcesses where process != Fixture.initProcess {
          postFromKernel(SignalNumber.kill, to: process)
        }
        Fixture.drain()
        while case .done(let number) = reap(as: collector), number != 0 {}
        Fixture.advance(by: 1_000_000)
      }
      round(150)
      let use = Use()
      #expect(use.processes == 1)
      round(300)
      #expect(Use() == use)
    }
  }
}

extension CreateMemory {
  init(length: UInt64) {
    self.init()
    self.length = length
  }
}

extension CreateProcess {
  init(account: Handle) {
    self.init()
    self.account = account
  }
}

extension Close {
  init(handle: Handle) {
    self.init()
    self.handle = handle
  }
}

extension Signal {
  init(process: Ref<Process>, signal: UInt32, value: UInt = 0) {
    self.init()
    self.process = .none
    self.selector = Int(process.value.number)
    self.signal = signal
    self.value = value
  }
}
