// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// System calls that there are not.
  @Suite("Unknown calls") struct UnknownCallTests {
    let bench: Bench
    let reader: Handle
    let writer: Handle

    init() throws {
      bench = try Bench()
      let pipe = try bench.root(.pipe)
      reader = try bench.open(pipe, "", .read)
      writer = try bench.open(reader, "write", .write)
    }

    /// Makes a call by its number alone.
    private func call(_ number: UInt, on thread: Ref<Thread>) {
      Fixture.makeCurrent(thread)
      thread.value.registers = Machine.Registers(call: number, site: Fixture.site)
      _ = enterSystemCall()
      Fixture.settle()
    }

    private func setHandle(_ value: UInt) throws {
      var set = SetProcess()
      set.process = .none
      set.property = .exceptionHandle
      set.value = value
      try bench.call(set)
    }

    @Test(arguments: [CallNumber.count, 1 << 20, UInt.max])
    func theyFailAndThatIsAll(number: UInt) throws {
      for hasHandle in [false, true] {
        if hasHandle { try setHandle(writer.word) }
        call(number, on: bench.thread)
        #expect(bench.thread.value.state == .running)
        #expect(Fixture.result(of: bench.thread) == .failed(.noSystemCall))
      }
      #expect(throws: SystemError.busy) { try bench.read(reader, 48) }
    }

    @Test func whoAsksHearsOfThem() throws {
      try setHandle(writer.word | 1 << 32)
      let other = try Fixture.makeThread(in: bench.process)
      call(99, on: other)
      #expect(other.value.state == .waiting)
      let message = try bench.read(reader, 48)
      #expect(message.count == 48)
      #expect(word(of: message, at: 8) & 0xFFFF_FFFF == 64 && word(of: message, at: 16) == 99)
      try answerException(other, .retry)
      #expect(Fixture.result(of: other) == .failed(.noSystemCall))
      #expect(other.value.state != .waiting)
      // Forked children are watched like their parent.
      #expect(bench.process.value.reportsUnknownCalls)
      try setHandle(Handle.none.word)
      #expect(!bench.process.value.reportsUnknownCalls)
      #expect(throws: SystemError.invalidArgument) { try setHandle(writer.word | 1 << 33) }
    }

    @Test func nobodyReadingIsNoReasonToEnd() throws {
      try setHandle(writer.word | 1 << 32)
      try bench.close(reader)
      let other = try Fixture.makeThread(in: bench.process)
      call(99, on: other)
      #expect(other.value.state != .waiting && bench.process.value.state == .alive)
      #expect(Fixture.result(of: other) == .failed(.noSystemCall))
    }
  }
}
