// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Test hooks") struct TestHookTests {
    private func hooks(_ line: String) -> TestHooks {
      var hooks = TestHooks()
      let bytes = Array(line.utf8)
      hooks.read(bytes.span)
      return hooks
    }

    private var console: String {
      String(decoding: Machine.serialOutput(port: 0), as: UTF8.self)
    }

    @Test func withoutThemAllProcessorsAreStarted() throws {
      try Fixture.start()
      for line in ["", "   ", "root=1 test debug.skip-processor=1\0", "\u{1}\u{2}"] {
        let hooks = hooks(line)
        for index in 0..<40 { #expect(hooks.isInvited(index)) }
      }
      #expect(console.isEmpty)
    }

    @Test func aProcessorIsSkipped() throws {
      try Fixture.start()
      let hooks = hooks("quiet test.skip-processor=1  test.skip-processor=31\n")
      for index in 0..<40 { #expect(hooks.isInvited(index) == (index != 1 && index != 31)) }
    }

    @Test(arguments: [
      "test.", "test.skip-processor", "test.skip-processor=", "test.skip-processor=0",
      "test.skip-processor=32", "test.skip-processor=x", "test.skip-processor=1x",
      "test.skip-processor=99999999999999999999", "test.panic=-1", "test.fault=", "test.storm=1",
    ])
    func aWordThatIsNoneIsReported(_ word: String) throws {
      try Fixture.start()
      let hooks = hooks("a=b \(word) c")
      for index in 0..<40 { #expect(hooks.isInvited(index)) }
      #expect(console == "kernel: the command line's word is not understood: \(word)\n")
    }

    // MARK: Processors that never start

    /// A machine with processors of which one stays silent.
    private func startWithout(_ silent: Int, of count: Int, _ line: String = "") throws {
      try Fixture.start(processors: count)
      for index in 1..<count { kernel.processors[index].isOnline = false }
      kernel.onlineProcessors = 1
      kernel.hooks = hooks(line)
      if line.isEmpty { ModelMachine.failProcessor(silent) }
      startOtherProcessors()
    }

    @Test(arguments: ["", "test.skip-processor=1"])
    func theSystemGoesOnWithoutIt(_ line: String) throws {
      try startWithout(1, of: 3, line)
      #expect(Self.online == [0, 2])
      #expect(console == "kernel: processor 1 does not answer; going on without it\n")
      // Threads are shared out among those that are there, and none is sent to the other.
      let threads = try (0..<12).map { _ in try Fixture.makeTask() }
      Fixture.advance(by: 200_000_000)
      for thread in threads { #expect(thread.value.processor != 1) }
      #expect(Fixture.current(of: 0) != nil && Fixture.current(of: 2) != nil)
      #expect(!ModelMachine.hasInterrupt(1))
      for thread in threads { Fixture.call(ExitProcess(), as: thread) }
      Fixture.drain()
    }

    @Test func aThreadThatWantsOnlyThatProcessorRunsElsewhere() throws {
      try startWithout(1, of: 2)
      let thread = try Fixture.makeTask()
      var affinity = ControlThread()
      affinity.thread = .none
      affinity.operation = .affinity
      affinity.value = 0b10
      Fixture.call(affinity, as: thread)
      var sleep = Sleep()
      sleep.deadline = Deadline(nanoseconds: 1_000)
      #expect(Fixture.call(sleep, as: thread) == .waiting)
      Fixture.advance(by: 1_000_000)
      #expect(Fixture.current(of: 0) == thread)
    }

    @Test func noneButTheFirstIsEnough() throws {
      try startWithout(1, of: 2)
      #expect(Self.online == [0])
      let thread = try Fixture.makeTask()
      Fixture.settle()
      #expect(Fixture.current() == thread)
    }

    @Test func interruptsGoOnlyToProcessorsThatAreThere() throws {
      try startWithout(1, of: 3)
      let thread = try Fixture.makeTask()
      let process = try #require(thread.value.process)
      let description = try newDescription(.kernel(.root(.irq)), Fixture.rootAccount)
      let root = try insertHandle(process, description, .everything, OpenFlags())
      for (path, expected) in [("cpu-00", true), ("cpu-01", false), ("cpu-02", true)] {
        let memory = try Fixture.map(1, as: thread)
        let bytes = Array(path.utf8) + [0, 0]
        Fixture.store(memory, word(of: bytes), as: thread)
        var call = Open()
        call.parent = root
        call.path = UserSpan(address: memory, count: UInt(path.utf8.count))
        call.flags = .read
        if case .done = Fixture.call(call, as: thread) {
          #expect(expected)
        } else {
          #expect(!expected && Fixture.result(of: thread) == .failed(.notFound))
        }
      }
    }

    private static var online: [Int] {
      (0..<8).filter { kernel.processors[$0].isOnline }
    }
  }
}
