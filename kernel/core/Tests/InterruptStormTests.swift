// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// Lines that fire without end. `Fixture.settle` takes interrupts until none is due: that it comes
  /// back is the heart of each of these tests.
  @Suite("Interrupt storm") struct InterruptStormTests {
    let bench: Bench
    let root: Handle
    /// What ran when the storm began.
    let worker: Ref<Thread>

    init() throws {
      bench = try Bench()
      root = try bench.root(.irq)
      worker = try Fixture.makeTask()
    }

    private func open(_ path: String) throws -> Handle {
      try bench.open(root, path, .readWrite | .nonBlocking)
    }

    private func message() throws -> (handle: Handle, line: Int) {
      let handle = try bench.open(root, "cpu-00/new", .readWrite | .create | .nonBlocking)
      let line = (0..<InterruptTable.lineCapacity).first {
        kernel.interrupts.lines[$0].message != nil && !kernel.interrupts.lines[$0].clients.isEmpty
      }
      return (handle, try #require(line))
    }

    private func count(_ line: Int) -> UInt64 { kernel.interrupts.lines[line].count }

    private var console: String {
      String(decoding: Machine.serialOutput(port: 0), as: UTF8.self)
    }

    @Test func aMessageThatNobodyAnswersIsMaskedAfterItsLimit() throws {
      let (handle, line) = try message()
      Fixture.makeCurrent(worker)
      Machine.storm(line: line)
      for round: UInt64 in 1...3 {
        Fixture.settle()
        #expect(count(line) == round * UInt64(InterruptTable.stormLimit))
        #expect(Machine.isMasked(line: line) && kernel.interrupts.lines[line].isStorming)
        // Time goes on for programs.
        Fixture.advance(by: 50_000_000)
        #expect(Fixture.current() != nil)
        try bench.write(handle, bytesOf(1))
      }
      Fixture.settle()
      Machine.calm(line: line)
      #expect(console.split(separator: "\n").count == 4)
      try bench.write(handle, bytesOf(1))
      #expect(!Machine.isMasked(line: line) && !kernel.interrupts.lines[line].isStorming)
      Fixture.settle()
      #expect(count(line) == 4 * UInt64(InterruptTable.stormLimit))
    }

    @Test func aLevelLineFiresOnceForEachAcknowledgement() throws {
      let handle = try open("18")
      Machine.storm(line: 18)
      for round: UInt64 in 1...5_000 {
        Fixture.settle()
        #expect(count(18) == round && Machine.isMasked(line: 18))
        if round == 2_500 { #expect(try bench.read(handle, 8) == bytesOf(round)) }
        try bench.write(handle, bytesOf(round))
      }
      #expect(!kernel.interrupts.lines[18].isStorming && console.isEmpty)
    }

    @Test func aDriverThatDoesNotAnswerHoldsTheLineUntilItIsGone() throws {
      let silent = try open("19")
      let diligent = try open("19")
      Machine.storm(line: 19)
      for _ in 0..<10 {
        Fixture.settle()
        try bench.write(diligent, bytesOf(1))
      }
      #expect(count(19) == 1)
      try bench.close(silent)
      Fixture.settle()
      #expect(count(19) == 2)
      try bench.close(diligent)
      Fixture.settle()
      #expect(count(19) == 2 && Machine.isMasked(line: 19))
    }

    @Test func aLineThatNobodyHasOpenFiresOnce() throws {
      for line in [17, 20] {
        Machine.unmaskInterrupt(line)
        Machine.storm(line: line)
      }
      Fixture.settle()
      #expect(count(17) == 1 && count(20) == 1 && kernel.interrupts.unclaimed == 2)
    }

    @Test func allLinesStormAtOnce() throws {
      var handles: [Handle] = []
      for line in 16..<24 { handles.append(try open("\(line)")) }
      var messages: [Int] = []
      for _ in 0..<8 {
        let handle = try bench.open(root, "cpu-00/x", .readWrite | .create | .nonBlocking)
        handles.append(handle)
      }
      for line in 0..<InterruptTable.lineCapacity
      where kernel.interrupts.lines[line].message != nil { messages.append(line) }
      for line in Array(16..<24) + messages { Machine.storm(line: line) }
      Fixture.makeCurrent(worker)
      Fixture.settle()
      #expect(messages.allSatisfy { count($0) == UInt64(InterruptTable.stormLimit) })
      #expect((16..<24).allSatisfy { count($0) == 1 })
      Fixture.advance(by: 100_000_000)
      for handle in handles { try bench.close(handle) }
      Fixture.settle()
      #expect((16..<24).allSatisfy { Machine.isMasked(line: $0) })
    }

    @Test func aSerialPortThatInterruptsForNothingIsPolled() throws {
      let console = try bench.open(try bench.root(.debug), "", .readWrite | .nonBlocking)
      Machine.storm(line: 4)
      Fixture.settle()
      #expect(Machine.isMasked(line: 4) && kernel.interrupts.serial[0].line == nil)
      #expect(self.console.contains("interrupt 4 fired 4096 times for nothing"))
      Machine.type([7, 8], port: 0)
      Fixture.advance(by: 20_000_000)
      #expect(try bench.read(console, 8) == [7, 8])
    }

    @Test func bytesExcuseASerialPort() throws {
      let console = try bench.open(try bench.root(.debug), "", .readWrite | .nonBlocking)
      for round in 0..<100 {
        Machine.type([UInt8(round)], port: 0)
        Fixture.settle()
        for _ in 0..<100 {
          Machine.raise(line: 4)
          Fixture.settle()
        }
        #expect(try bench.read(console, 8) == [UInt8(round)])
      }
      #expect(kernel.interrupts.serial[0].line == 4 && !Machine.isMasked(line: 4))
    }
  }
}
