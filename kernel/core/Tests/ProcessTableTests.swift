// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Numbers of processes") struct ProcessTableTests {
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
      for index in stride(from: 0, to: 200, by: 3) { Fixture.exit(threads[index]) }
      var found: [UInt32] = []
      var number: UInt32 = 0
      while let process = Fixture.process(after: number) {
        number = process.value.number
        found.append(number)
      }
      #expect(found == found.sorted() && found.count == 201)
    }
  }
}
