// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// A call that goes on in steps is not left in between for a handler, which might make another.
  @Suite("Signals amid calls") struct AmidCallTests {
    let sender: Ref<Thread>
    let program: SignalProgram

    init() throws {
      try Fixture.start()
      sender = try Fixture.makeTask()
      program = try SignalProgram()
    }

    /// Makes one entry of a call.
    private func step(_ call: some SystemCall) {
      Fixture.makeCurrent(program.thread)
      let words = call.words
      program.thread.value.registers = Machine.Registers(
        call: type(of: call).number.rawValue, words.a, words.b, words.c, words.d, words.e, words.f,
        site: Fixture.site)
      _ = enterSystemCall()
    }

    private func signal() throws {
      Fixture.makeCurrent(sender)
      try post(ArrivedSignal(10), to: program.process)
      Fixture.makeCurrent(program.thread)
      #expect(Fixture.isRestarted(program.thread))
    }

    /// Goes on with the call until the handler is entered.
    /// - Returns: the call's result, as the handler finds it.
    private func goOn() -> UInt {
      for _ in 0..<1_000 where Fixture.isRestarted(program.thread) {
        Fixture.makeCurrent(program.thread)
        program.thread.value.registers.instructionPointer = Fixture.site + 2
        _ = enterSystemCall()
        Fixture.makeCurrent(program.thread)
      }
      #expect(program.isInTrampoline)
      return program.thread.value.registers.result
    }

    @Test func aForkIsFinishedFirst() throws {
      for _ in 0..<150 { _ = try Fixture.makeInheritedMemory(as: program.thread) }
      step(Fork())
      #expect(program.thread.value.forkChild != nil)
      try signal()
      let child = try #require(program.thread.value.forkChild)
      #expect(goOn() == UInt(child.value.number) && child.value.state == .alive)
    }

    @Test func aMappingIsPopulatedFirst() throws {
      var map = Map(500 * 4096, .read | .write)
      map.flags = map.flags | .populate
      step(map)
      let work = try #require(unfinishedWork(of: program.thread))
      let start = work.value.limit
      try signal()
      #expect(goOn() == start)
      // The handler's own is another one.
      let other = try Fixture.map(1, as: program.thread)
      #expect(other != start)
    }

    @Test func aBroadcastReachesAllFirst() throws {
      let members = try (0..<60).map { _ in try Fixture.makeTask(parent: program.process) }
      let leader = try #require(members[0].value.process)
      for member in members {
        guard let process = member.value.process else { continue }
        kernel.processTable.move(
          process, group: leader.value.number, session: process.value.session)
      }
      var call = Signal()
      call.process = .none
      call.selector = -Int(leader.value.number)
      call.signal = 19
      step(call)
      #expect(program.thread.value.signals.broadcast != 0)
      let stopped = members.filter { $0.value.process?.value.state == .stopped }
      #expect(stopped.count < 60)
      try signal()
      _ = goOn()
      #expect(members.allSatisfy { $0.value.process?.value.state == .stopped })
    }

    @Test func whatACallBeganEndsWithItsError() throws {
      guard
        case .done(let word) = Fixture.call(CreateProcess(account: .none), as: program.thread)
      else { throw SystemError.noProcess }
      var map = Map(500 * 4096, .read | .write)
      map.space = try Handle(word: word)
      map.address = 0x20_0000_0000
      map.flags = map.flags | .fixed
      #expect(Fixture.call(map, as: program.thread) == .done(map.address))
      map.flags = map.flags | .replace
      let pages = try #require(program.process.value.embryos.first?.value.space)
      for page in 0..<UInt(500) {
        _ = try pages.bringIn(map.address + page * 4096, .write, .call(program.thread))
      }
      step(map)
      #expect(unfinishedWork(of: program.thread) != nil)
      // Another thread closes the handle meanwhile.
      removeHandle(program.process, map.space)
      step(map)
      #expect(Fixture.result(of: program.thread) == .failed(.badHandle))
      #expect(unfinishedWork(of: program.thread) == nil)
    }
  }
}
