// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// What a request that is handed over directly takes along, and who is credited for it.
  @Suite("Direct service") struct DirectServiceTests {
    let setup: DirectBench
    var bench: Bench { setup.bench }
    var client: Ref<Thread> { setup.client }

    init() throws { setup = try DirectBench() }

    private func spend(_ nanoseconds: UInt64) {
      ModelMachine.advance(to: Machine.now() + nanoseconds)
    }

    @Test func everyThreadIsCreditedWithItsOwnTime() throws {
      let server = try setup.makeWaitingServer()
      let account = try Account.create(below: Fixture.rootAccount)
      client.value.payer = account
      Fixture.makeCurrent(client)
      charge(0)
      let process = try #require(client.value.process)
      let serving = try #require(server.thread.value.process)
      let before = (client.value.processorTime, server.thread.value.processorTime)
      let ofProcesses = (process.value.processorTime, serving.value.processorTime)
      let paid = account.value.processorTime
      for turn in 1...3 as ClosedRange<UInt64> {
        spend(1_000)
        #expect(setup.start(setup.sending([1], room: 8)))
        spend(4_000)
        #expect(try server.next(answering: server.tag, 0, [5]) == nil)
        #expect(setup.result() == 0)
        #expect(client.value.processorTime - before.0 == turn * 1_000)
        #expect(server.thread.value.processorTime - before.1 == turn * 4_000)
        #expect(process.value.processorTime - ofProcesses.0 == turn * 1_000)
        #expect(serving.value.processorTime - ofProcesses.1 == turn * 4_000)
      }
      charge(0)
      #expect(account.value.processorTime - paid == 15_000)
      client.value.payer = process.value.account
    }

    @Test func whatIsLentIsGivenBackWhenTheServerIsWokenOtherwise() throws {
      let server = try setup.makeWaitingServer()
      client.value.effectivePriority = 9
      #expect(setup.start(setup.sending([1])))
      #expect(server.thread.value.effectivePriority == 9)
      #expect(server.thread.value.payer == client.value.payer)
      #expect(try server.next(answering: server.tag, 0) == nil)
      interruptWait(server.thread, with: .interrupted)
      #expect(server.thread.value.effectivePriority == 0)
      #expect(server.thread.value.payer == server.thread.value.process?.value.account)
      client.value.effectivePriority = 0
    }

    @Test func registersThatADebuggerWritesDoNotChangeTheRequest() throws {
      let server = try setup.makeWaitingServer()
      #expect(setup.start(setup.sending([1, 2, 3], room: 8)))
      let tag = server.tag
      bench.store([UInt8](repeating: 0xFF, count: 160), at: bench.memory, on: setup.other)
      let words = UserSpan(address: bench.memory, count: 160)
      Fixture.makeCurrent(setup.other)
      #expect(try writeRegisters(of: client, words, setup.other) > 0)
      let request = try #require(client.value.request)
      #expect(request.value.record.inputCount == 3 && request.value.record.code == 5)
      #expect(request.value.record.operation == SchemeOperation.call.rawValue)
      #expect(try server.next(answering: tag, 7, [9]) == nil)
      #expect(client.value.state != .waiting)
    }
  }
}
