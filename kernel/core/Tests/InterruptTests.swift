// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Interrupt line") struct InterruptLineTests {
    let bench: Bench
    let root: Handle

    init() throws {
      bench = try Bench()
      root = try bench.root(.irq)
    }

    private func open(_ path: String, _ flags: OpenFlags = .readWrite | .nonBlocking) throws
      -> Handle
    {
      try bench.open(root, path, flags)
    }

    @Test func aReadGivesTheCountOnceItChanged() throws {
      let line = try open("17")
      #expect(throws: SystemError.wouldBlock) { try bench.read(line, 8) }
      Machine.raise(line: 17)
      Fixture.settle()
      #expect(try bench.read(line, 8) == bytesOf(1))
      #expect(throws: SystemError.wouldBlock) { try bench.read(line, 8) }
    }

    @Test func aDriverWaitsForItsInterrupt() throws {
      let line = try open("17", .readWrite)
      let driver = try bench.makeThread()
      #expect(bench.begin(bench.readCall(line, 8), on: driver) == nil)
      Machine.raise(line: 17)
      Fixture.settle()
      #expect(bench.settle(driver) == 8)
    }

    /// A read and an acknowledgement in one.
    private func takeCount(_ handle: Handle) throws -> UInt {
      var call = CallScheme()
      call.handle = handle
      call.operation = 1
      return try bench.call(call)
    }

    @Test func takingTheCountReadsAndAcknowledges() throws {
      // It never waits, also where a read would.
      let line = try open("18", .readWrite)
      #expect(try takeCount(line) == 0)
      for count in 1...3 as ClosedRange<UInt> {
        Machine.storm(line: 18)
        Fixture.settle()
        #expect(Machine.isMasked(line: 18))
        Machine.calm(line: 18)
        #expect(try takeCount(line) == count)
        #expect(!Machine.isMasked(line: 18))
        #expect(try takeCount(line) == count)
      }
      // What was taken has been read: a read waits for the next one.
      let driver = try bench.makeThread()
      #expect(bench.begin(bench.readCall(line, 8), on: driver) == nil)
      Machine.raise(line: 18)
      Fixture.settle()
      #expect(bench.settle(driver) == 8)
      #expect(bench.load(8, at: bench.memory + 0x8000) == bytesOf(4))
    }

    @Test func takingTheCountIsOneOfSeveralAcknowledgements() throws {
      let lines = try (0..<2).map { _ in try open("19") }
      Machine.raise(line: 19)
      Fixture.settle()
      #expect(try takeCount(lines[0]) == 1)
      #expect(try takeCount(lines[0]) == 1)
      #expect(Machine.isMasked(line: 19))
      // The other driver's read is its own.
      #expect(try bench.read(lines[1], 8) == bytesOf(1))
      #expect(Machine.isMasked(line: 19))
      #expect(try takeCount(lines[1]) == 1)
      #expect(!Machine.isMasked(line: 19))
    }

    @Test func countsOfMessagesAreTakenAndUnknownOperationsRefused() throws {
      let message = try open("cpu-00/new", .readWrite | .create | .nonBlocking)
      let line = try #require(lineOf(message))
      for count in 1...5 as ClosedRange<UInt> {
        handleInterrupt(line: line)
        #expect(try takeCount(message) == count)
        #expect(throws: SystemError.wouldBlock) { try bench.read(message, 8) }
      }
      var call = CallScheme()
      call.handle = message
      for operation in [2, 3, .max] as [UInt32] {
        call.operation = operation
        #expect(throws: SystemError.noSystemCall) { try bench.call(call) }
      }
      // Whoever may only look does not acknowledge.
      let watched = try open("17", .read | .nonBlocking)
      #expect(throws: SystemError.accessDenied) { try takeCount(watched) }
      // A line has no message to tell, but a count.
      let wire = try open("17")
      call.handle = wire
      call.operation = 0
      #expect(throws: SystemError.notSupported) { try bench.call(call) }
      #expect(try takeCount(wire) == 0)
    }

    @Test func aLevelLineStaysMaskedUntilItIsAcknowledged() throws {
      let line = try open("18")
      #expect(!Machine.isMasked(line: 18))
      Machine.storm(line: 18)
      Fixture.settle()
      #expect(Machine.isMasked(line: 18))
      #expect(kernel.interrupts.lines[18].count == 1)
      Machine.calm(line: 18)
      try bench.write(line, bytesOf(1))
      #expect(!Machine.isMasked(line: 18))
    }

    @Test func driversThatShareALineAllAcknowledge() throws {
      let lines = try (0..<3).map { _ in try open("19") }
      Machine.raise(line: 19)
      Fixture.settle()
      try bench.write(lines[0], bytesOf(1))
      try bench.write(lines[0], bytesOf(1))
      #expect(Machine.isMasked(line: 19))
      try bench.write(lines[1], bytesOf(1))
      #expect(Machine.isMasked(line: 19))
      // A driver that dies does not hold the others up.
      try bench.close(lines[2])
      #expect(!Machine.isMasked(line: 19))
      for line in lines[0..<2] { try bench.close(line) }
      #expect(Machine.isMasked(line: 19))
    }

    @Test func atMostEightDriversShareALine() throws {
      for _ in 0..<InterruptTable.clientLimit { _ = try open("19") }
      #expect(throws: SystemError.busy) { try open("19") }
    }

    @Test func aLineThatNobodyHasOpenIsMasked() throws {
      let line = try open("17")
      try bench.close(line)
      handleInterrupt(line: 17)
      #expect(Machine.isMasked(line: 17))
      #expect(kernel.interrupts.unclaimed == 1)
    }

    @Test func aStormIsMaskedAndReported() throws {
      let message = try open("cpu-00/new", .readWrite | .create | .nonBlocking)
      let line = try #require(lineOf(message))
      for _ in 0..<InterruptTable.stormLimit { handleInterrupt(line: line) }
      #expect(Machine.isMasked(line: line))
      let text = String(decoding: Machine.serialOutput(port: 0), as: UTF8.self)
      #expect(text.contains("interrupt \(line) fired"))
      try bench.write(message, bytesOf(0))
      #expect(!Machine.isMasked(line: line))
    }

    private func lineOf(_ handle: Handle) -> Int? {
      var call = CallScheme()
      call.handle = handle
      call.output = UserSpan(address: bench.memory, count: 16)
      guard Fixture.call(call, as: bench.thread) == .done(16) else { return nil }
      return Int(word(of: bench.load(16, at: bench.memory), at: 8) >> 32)
    }

    @Test func messageInterruptsAreReservedAndGivenBack() throws {
      var messages: [Handle] = []
      while true {
        do {
          messages.append(try open("cpu-00/0", .readWrite | .create | .nonBlocking))
        } catch SystemError.noSpace {
          break
        }
      }
      #expect(messages.count == 16)
      let line = try #require(lineOf(messages[0]))
      #expect(throws: SystemError.busy) { try open("\(line)") }
      for message in messages { try bench.close(message) }
      _ = try open("cpu-00/0", .readWrite | .create)
      #expect(throws: SystemError.notFound) { try open("cpu-00/0") }
      #expect(throws: SystemError.notFound) { try open("cpu-07/0", .readWrite | .create) }
    }

    @Test func pathsThatAreNot() throws {
      #expect(throws: SystemError.notFound) { try open("40") }
      #expect(throws: SystemError.notFound) { try open("99999999999") }
      #expect(throws: SystemError.notFound) { try open("4x") }
      #expect(throws: SystemError.notFound) { try open("17/1") }
      #expect(throws: SystemError.busy) { try open("4") }
      #expect(throws: SystemError.notFound) { try open("ports/9-8") }
      #expect(throws: SystemError.notFound) { try open("ports/0-65536") }
    }

    @Test func portsNeedAnAuthorityThatCoversThem() throws {
      let ports = try open("ports/96-100")
      func access(_ port: UInt32, width: UInt32) throws {
        var call = AccessPort()
        call.authority = ports
        call.port = port
        call.width = width
        try bench.call(call)
      }
      // The model has no ports.
      #expect(throws: SystemError.noDevice) { try access(96, width: 4) }
      #expect(throws: SystemError.noDevice) { try access(100, width: 1) }
      #expect(throws: SystemError.notPermitted) { try access(95, width: 1) }
      #expect(throws: SystemError.notPermitted) { try access(98, width: 4) }
      #expect(throws: SystemError.notPermitted) { try access(65_535, width: 1) }
      #expect(throws: SystemError.invalidArgument) { try access(65_632, width: 1) }
      #expect(throws: SystemError.invalidArgument) { try access(96, width: 3) }
    }
  }

  @Suite("Serial console") struct SerialConsoleTests {
    let bench: Bench
    let console: Handle

    init() throws {
      bench = try Bench()
      console = try bench.open(try bench.root(.debug), "", .readWrite | .nonBlocking)
    }

    @Test func whatIsWrittenComesOutAndIsKept() throws {
      let before = kernel.log.end
      #expect(try bench.write(console, Array("hi\n".utf8)) == 3)
      #expect(Machine.serialOutput(port: 0).suffix(3) == [0x68, 0x69, 0x0A])
      #expect(kernel.log.end == before + 3)
      let silent = try bench.open(try bench.root(.debug), "no-preserve", .write)
      try bench.write(silent, Array("x".utf8))
      #expect(kernel.log.end == before + 3)
      let exec = try bench.open(try bench.root(.debug), "exec", .readWrite)
      try bench.write(exec, [0xA5])
      #expect(Machine.serialOutput(port: 1) == [0xA5])
    }

    @Test func longWritesArePartial() throws {
      #expect(try bench.write(console, [UInt8](repeating: 0x2E, count: 3000)) == 512)
    }

    @Test func inputIsReadRaw() throws {
      #expect(throws: SystemError.wouldBlock) { try bench.read(console, 10) }
      Machine.type([1, 13, 4], port: 0)
      Fixture.settle()
      #expect(try bench.read(console, 2) == [1, 13])
      #expect(try bench.read(console, 2) == [4])
    }

    private func read(_ count: Int, at position: UInt64) throws -> [UInt8] {
      var call = bench.readCall(console, count)
      call.offset = position
      let done = try bench.call(call)
      return bench.load(Int(done), at: bench.memory + 0x8000)
    }

    private func write(_ bytes: [UInt8], at position: UInt64) throws -> UInt {
      var call = bench.writeCall(console, bytes)
      call.offset = position
      return try bench.call(call)
    }

    @Test func inputIsReadAgainUntilTheReaderIsPastIt() throws {
      Machine.type([1, 2, 3], port: 0)
      Fixture.settle()
      #expect(try read(2, at: 0) == [1, 2])
      #expect(try read(10, at: 0) == [1, 2, 3])
      #expect(try read(10, at: 2) == [3])
      #expect(throws: SystemError.outOfRange) { try read(10, at: 1) }
      #expect(throws: SystemError.outOfRange) { try read(10, at: 4) }
      #expect(throws: SystemError.wouldBlock) { try read(10, at: 3) }
      #expect(kernel.interrupts.serial[0].count == 0)
      Machine.type([4], port: 0)
      Fixture.settle()
      #expect(try read(10, at: 3) == [4])
      // A reader of the stream takes it away.
      #expect(try bench.read(console, 10) == [4])
      #expect(throws: SystemError.outOfRange) { try read(10, at: 3) }
    }

    @Test func outputThatWasWrittenIsSkipped() throws {
      let before = Machine.serialOutput(port: 0).count
      #expect(try write([1, 2, 3], at: 0) == 3)
      #expect(try write([1, 2, 3], at: 0) == 3)
      #expect(try write([2, 3, 4, 5], at: 1) == 4)
      #expect(throws: SystemError.outOfRange) { try write([9], at: 6) }
      // Writes to the stream are not counted.
      try bench.write(console, [7])
      #expect(try write([6], at: 5) == 1)
      #expect(Machine.serialOutput(port: 0).dropFirst(before) == [1, 2, 3, 4, 5, 7, 6])
      #expect(try write([UInt8](repeating: 8, count: 3000), at: 3) == 3 + 512)
    }

    @Test func aReaderIsWoken() throws {
      let blocking = try bench.open(try bench.root(.debug), "exec", .readWrite)
      let other = try bench.makeThread()
      #expect(bench.begin(bench.readCall(blocking, 4), on: other) == nil)
      Machine.type([9, 8], port: 1)
      Fixture.settle()
      #expect(bench.settle(other) == 2)
    }

    @Test func floodsWaitInThePort() throws {
      Machine.type([UInt8](repeating: 1, count: 5000), port: 0)
      for _ in 0..<40 {
        Machine.raise(line: 4)
        Fixture.settle()
      }
      #expect(kernel.interrupts.serial[0].count == SerialPort.capacity)
      #expect(kernel.interrupts.serial[0].isHeld && Machine.isMasked(line: 4))
      var count = 0
      while count < 5000 { count += try bench.read(console, 100).count }
      #expect(count == 5000 && !kernel.interrupts.serial[0].isHeld)
      #expect(!Machine.isMasked(line: 4))
    }
  }
}
