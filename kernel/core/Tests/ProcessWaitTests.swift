// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Waiting for children") struct ProcessWaitTests {
    /// What has happened to a child before its parent waits.
    enum Event: Sendable { case nothing, exited, killed, stopped, continued }

    struct Row: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var event: Event
      var options: WaitOptions = WaitOptions()
      /// The record's state and value, or nil if the parent has to wait.
      var report: (UInt64, UInt64)?
      var repeats = false
    }

    static let rows = [
      Row(testDescription: "a running child is waited for", event: .nothing, report: nil),
      Row(
        testDescription: "an exit is reported with its status", event: .exited, report: (0, 42)),
      Row(testDescription: "a kill is reported with its signal", event: .killed, report: (1, 9)),
      Row(
        testDescription: "an exit that is kept is reported again", event: .exited, options: .keep,
        report: (0, 42), repeats: true),
      Row(testDescription: "a stop is not reported unasked", event: .stopped, report: nil),
      Row(
        testDescription: "a stop is reported if asked for", event: .stopped, options: .stopped,
        report: (2, 19)),
      Row(testDescription: "a continue is not reported unasked", event: .continued, report: nil),
      Row(
        testDescription: "a continue is reported if asked for", event: .continued,
        options: .continued, report: (3, 18)),
      Row(
        testDescription: "a stop that is over is not reported", event: .continued,
        options: .stopped, report: nil),
    ]

    @Test(arguments: rows)
    func reports(row: Row) throws {
      try Fixture.start()
      let family = try Family()
      family.make(row.event)
      let number = UInt(family.child.value.number)
      guard let report = row.report else {
        #expect(family.wait(row.options | .noHang) == .done(0))
        #expect(family.wait(row.options) == .waiting)
        return
      }
      #expect(family.wait(row.options) == .done(number))
      #expect(family.record == (number, report.0, report.1))
      if row.repeats {
        #expect(family.wait(row.options) == .done(number))
      } else {
        let isGone = row.event == .exited || row.event == .killed
        #expect(family.wait(row.options | .noHang) == (isGone ? .failed(.noChild) : .done(0)))
      }
    }

    @Test(arguments: rows)
    func reportsToAParentThatWaitsAlready(row: Row) throws {
      try Fixture.start()
      let family = try Family()
      #expect(family.wait(row.options) == .waiting)
      family.make(row.event)
      guard let report = row.report else {
        // It may have looked, but goes on waiting.
        #expect(family.parent.value.state == .waiting || family.wait(row.options) == .waiting)
        return
      }
      family.finishWait(row.options)
      #expect(Fixture.result(of: family.parent) == .done(UInt(family.child.value.number)))
      #expect(family.record == (UInt(family.child.value.number), report.0, report.1))
    }

    /// A parent that waits and its child, in a group of its own that is not orphaned.
    struct Family {
      var parent: Ref<Thread>
      var thread: Ref<Thread>
      var child: Ref<Process>
      var buffer: UInt
      var sender: Ref<Thread>

      init() throws {
        sender = try Fixture.makeTask()
        parent = try Fixture.makeTask()
        buffer = try Fixture.map(1, as: parent)
        thread = try Fixture.makeTask(parent: parent.value.process)
        child = try #require(thread.value.process)
      }

      func make(_ event: Event) {
        switch event {
        case .nothing:
          break
        case .exited:
          var exit = ExitProcess()
          exit.status = 42
          Fixture.call(exit, as: thread)
        case .killed:
          Fixture.call(Signal(process: child, signal: 9), as: sender)
        case .stopped:
          Fixture.call(Signal(process: child, signal: 19), as: sender)
        case .continued:
          Fixture.call(Signal(process: child, signal: 19), as: sender)
          Fixture.settle()
          Fixture.call(Signal(process: child, signal: 18), as: sender)
        }
        Fixture.drain()
      }

      private func call(_ options: WaitOptions, _ selector: Int) -> WaitChild {
        var call = WaitChild()
        call.selector = selector
        call.options = options
        call.buffer = UserSpan(address: buffer, count: 24)
        return call
      }

      func wait(_ options: WaitOptions, _ selector: Int = -1) -> Fixture.Result {
        Fixture.call(call(options, selector), as: parent)
      }

      /// Makes the call again that a waker restarted.
      func finishWait(_ options: WaitOptions) {
        #expect(parent.value.state != .waiting && Fixture.isRestarted(parent))
        #expect(wait(options) != .waiting)
      }

      var record: (UInt, UInt64, UInt64) {
        let first = Fixture.word(buffer, of: parent) ?? 0
        let second = Fixture.word(buffer + 8, of: parent) ?? 0
        return (UInt(first & 0xFFFF_FFFF), first >> 32, second & 0xFFFF_FFFF)
      }
    }

    @Test func selectorsChooseByNumberAndGroup() throws {
      try Fixture.start()
      let family = try Family()
      let other = try Fixture.makeTask(parent: family.parent.value.process)
      let otherProcess = try #require(other.value.process)
      var group = SetProcess()
      group.process = .none
      group.property = .group
      Fixture.call(group, as: other)
      family.make(.exited)
      let number = Int(family.child.value.number)
      let otherNumber = Int(otherProcess.value.number)
      #expect(family.wait(.noHang, otherNumber) == .done(0))
      #expect(family.wait(.noHang, -otherNumber) == .done(0))
      #expect(family.wait(.noHang, 29_000) == .failed(.noChild))
      #expect(family.wait(.noHang, -29_000) == .failed(.noChild))
      #expect(family.wait(.noHang, Int(Fixture.initProcess!.value.number)) == .failed(.noChild))
      #expect(family.wait(.noHang | .keep, 0) == .done(UInt(number)))
      #expect(family.wait(.noHang | .keep, number) == .done(UInt(number)))
      #expect(family.wait(.noHang, -1) == .done(UInt(number)))
      #expect(family.wait(.noHang, number) == .failed(.noChild))
    }

    @Test func aWaitEndsAtItsDeadline() throws {
      try Fixture.start()
      let family = try Family()
      var call = WaitChild()
      call.selector = -1
      call.deadline = Deadline(nanoseconds: Machine.now() + 1_000_000)
      #expect(Fixture.call(call, as: family.parent) == .waiting)
      Fixture.advance(by: 1_000_000)
      #expect(Fixture.result(of: family.parent) == .failed(.timedOut))
    }

    @Test func severalWaitersGetOneChildEach() throws {
      try Fixture.start()
      let parent = try Fixture.makeTask()
      let process = try #require(parent.value.process)
      let waiters = try (0..<6).map { _ in try Fixture.makeThread(in: process) }
      let children = try (0..<6).map { _ in try Fixture.makeTask(parent: process) }
      for thread in waiters {
        var call = WaitChild()
        call.selector = -1
        #expect(Fixture.call(call, as: thread) == .waiting)
      }
      for child in children { Fixture.call(ExitProcess(), as: child) }
      Fixture.drain()
      var seen: Set<UInt> = []
      for thread in waiters {
        #expect(thread.value.state != .waiting)
        var call = WaitChild()
        call.selector = -1
        if case .done(let number) = Fixture.call(call, as: thread) { seen.insert(number) }
      }
      #expect(seen.count == 6)
    }

    @Test func processorTimeOfChildrenAddsUp() throws {
      try Fixture.start()
      let family = try Family()
      Fixture.makeCurrent(family.thread)
      Fixture.advance(by: 30_000_000)
      family.make(.exited)
      let time = family.child.value.processorTime
      #expect(time > 5_000_000)
      #expect(family.wait(WaitOptions()) == .done(UInt(family.child.value.number)))
      #expect(Fixture.word(family.buffer + 16, of: family.parent) == time)
      #expect(family.parent.value.process?.value.childProcessorTime == time)
    }

    @Test func aStoppedProcessDoesNotRunUntilItIsContinued() throws {
      try Fixture.start(processors: 2)
      let family = try Family()
      for _ in 0..<40 { _ = try Fixture.makeThread(in: family.child) }
      Fixture.advance(by: 10_000_000)
      family.make(.stopped)
      Fixture.advance(by: 50_000_000)
      Fixture.chargeAll()
      let time = family.child.value.processorTime
      Fixture.advance(by: 50_000_000)
      Fixture.chargeAll()
      #expect(family.child.value.processorTime == time)
      #expect(family.child.value.stoppedThreads.count == 41)
      Fixture.call(Signal(process: family.child, signal: 18), as: family.sender)
      Fixture.advance(by: 1_000_000_000)
      Fixture.chargeAll()
      #expect(family.child.value.processorTime > time)
      #expect(family.child.value.stoppedThreads.isEmpty && family.child.value.care.isEmpty)
      family.make(.stopped)
      family.make(.killed)
      #expect(family.child.value.state == .ended && Fixture.stoppedProcesses == 0)
    }

    /// POSIX, `_exit`: members of a group that becomes orphaned while one of them is stopped get
    /// SIGHUP and SIGCONT.
    @Test func aStoppedGroupThatIsOrphanedIsReleased() throws {
      try Fixture.start()
      let shell = try Fixture.makeTask()
      var session = SetProcess()
      session.process = .none
      session.property = .newSession
      Fixture.call(session, as: shell)
      let shellProcess = try #require(shell.value.process)
      let leader = try Fixture.makeTask(parent: shellProcess)
      let job = try #require(leader.value.process)
      var group = SetProcess()
      group.process = .none
      group.property = .group
      Fixture.call(group, as: leader)
      let members = try (0..<60).map { _ in try Fixture.makeTask(parent: job) }
      #expect(members[0].value.process?.value.group == job.value.number)
      Fixture.call(Signal(process: members[0].value.process!, signal: 20), as: shell)
      Fixture.settle()
      #expect(members[0].value.process?.value.state == .stopped)
      // The shell's end leaves the job without anybody who could continue it: SIGHUP ends it.
      Fixture.call(ExitProcess(), as: shell)
      Fixture.drain()
      #expect(job.value.state == .ended && job.value.exitValue == 1)
      for member in members { #expect(member.value.state == .ended) }
    }
  }
}
