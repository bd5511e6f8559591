// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Families of processes") struct ProcessFamilyTests {
    @Test func orphansGoToInit() throws {
      try Fixture.start()
      let collector = try Fixture.makeThread(in: Fixture.initProcess!)
      let parent = try Fixture.makeTask()
      let children = try (0..<50).map { _ in
        try Fixture.makeTask(parent: parent.value.process)
      }
      for index in 0..<25 { Fixture.exit(children[index], UInt32(index)) }
      Fixture.drain()
      Fixture.exit(parent)
      Fixture.drain()
      for index in 25..<50 {
        #expect(children[index].value.process?.value.parent == Fixture.initProcess)
      }
      var reaped = 0
      while case .done(let number) = Fixture.reap(as: collector), number != 0 { reaped += 1 }
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
        while case .done(let number) = Fixture.reap(as: collector), number != 0 {}
        Fixture.advance(by: 1_000_000)
      }
      round(150)
      let use = ProcessUse()
      #expect(use.processes == 1)
      round(300)
      #expect(ProcessUse() == use)
    }
  }
}
