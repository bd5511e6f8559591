// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Pipe") struct PipeTests {
    /// A pipe's two handles.
    private func pipe(_ bench: Bench, _ flags: OpenFlags = .read) throws -> (Handle, Handle) {
      let reader = try bench.open(try bench.root(.pipe), "", flags)
      return (reader, try bench.open(reader, "write", flags | .write))
    }

    @Test func whatIsWrittenIsRead() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      #expect(try bench.write(writer, Array("hello".utf8)) == 5)
      #expect(try bench.read(reader, 3) == Array("hel".utf8))
      #expect(try bench.read(reader, 100) == Array("lo".utf8))
    }

    @Test func aReaderWaitsForAWriter() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      let other = try bench.makeThread()
      #expect(bench.begin(bench.readCall(reader, 10), on: other) == nil)
      #expect(try bench.write(writer, [7, 8]) == 2)
      #expect(bench.settle(other) == 2)
      #expect(bench.load(2, at: bench.memory + 0x8000) == [7, 8])
    }

    @Test func emptyWithoutAWriterIsTheEnd() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      try bench.write(writer, [1])
      let other = try bench.makeThread()
      try bench.close(writer)
      #expect(try bench.read(reader, 10) == [1])
      #expect(try bench.read(reader, 10) == [])
      #expect(bench.begin(bench.readCall(reader, 10), on: other) == 0)
    }

    @Test func closingTheWriterWakesWaitingReaders() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      let others = try (0..<20).map { _ in try bench.makeThread() }
      for other in others { #expect(bench.begin(bench.readCall(reader, 10), on: other) == nil) }
      try bench.close(writer)
      for other in others { #expect(bench.settle(other) == 0) }
    }

    @Test func writingWithoutAReaderFails() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      try bench.close(reader)
      #expect(throws: SystemError.brokenPipe) { try bench.write(writer, [1]) }
    }

    @Test func closingTheReaderWakesWaitingWriters() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      let other = try bench.makeThread()
      for _ in 0..<2 { try bench.write(writer, [UInt8](repeating: 1, count: 32_768)) }
      let call = bench.writeCall(writer, [2])
      #expect(bench.begin(call, on: other) == nil)
      try bench.close(reader)
      #expect(bench.settle(other) == CallResult(.brokenPipe).rawValue)
    }

    @Test func nonBlockingEndsSayThatTheyWouldWait() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench, .read | .nonBlocking)
      #expect(throws: SystemError.wouldBlock) { try bench.read(reader, 1) }
      for _ in 0..<2 { try bench.write(writer, [UInt8](repeating: 1, count: 32_768)) }
      #expect(throws: SystemError.wouldBlock) { try bench.write(writer, [1]) }
    }

    @Test func smallWritesAreWholeAndLargeOnesPartial() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench, .read | .nonBlocking)
      for _ in 0..<2 { try bench.write(writer, [UInt8](repeating: 1, count: 32_768)) }
      _ = try bench.read(reader, 100)
      #expect(throws: SystemError.wouldBlock) {
        try bench.write(writer, [UInt8](repeating: 2, count: 101))
      }
      #expect(try bench.write(writer, [UInt8](repeating: 3, count: 5000)) == 100)
      #expect(throws: SystemError.wouldBlock) { try bench.write(writer, [4]) }
    }

    /// Pieces of odd sizes, so that the ring's ends meet page ends and each other in every way.
    @Test func bytesStayInOrder() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench, .read | .nonBlocking)
      var random: UInt64 = 42
      func next(_ limit: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return 1 + Int(random >> 33) % limit
      }
      var written = 0
      var read = 0
      for _ in 0..<150 {
        let count = next(9000)
        let data = (0..<count).map { UInt8(truncatingIfNeeded: (written + $0) &* 7) }
        do { written += Int(try bench.write(writer, data)) } catch SystemError.wouldBlock {}
        let part = try bench.read(reader, next(9000))
        for (index, byte) in part.enumerated() {
          #expect(byte == UInt8(truncatingIfNeeded: (read + index) &* 7))
        }
        read += part.count
      }
      while read < written { read += try bench.read(reader, 8192).count }
      #expect(read == written)
    }

    @Test func pagesAreChargedWhileUsedAndGivenBack() throws {
      let bench = try Bench()
      let account = try #require(bench.process.value.account)
      let (reader, writer) = try pipe(bench)
      let data = [UInt8](repeating: 9, count: 32_768)
      try bench.write(writer, data)
      try bench.write(writer, data)
      _ = try bench.read(reader, 32_768)
      let before = account.value.used[0]
      _ = try bench.read(reader, 32_768)
      #expect(account.value.used[0] == before - 7)
      try bench.close(writer)
      try bench.close(reader)
      #expect(account.value.used[0] == before - 9)
      #expect(kernel.pipes.inUse == 0)
    }

    @Test func twoProcessesTakeTurns() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      let (back, answer) = try pipe(bench)
      let other = try bench.makeProcess()
      for turn: UInt8 in 0..<50 {
        #expect(bench.begin(bench.readCall(reader, 8), on: other) == nil)
        try bench.write(writer, [turn])
        #expect(bench.settle(other) == 1)
        #expect(bench.load(1, at: bench.memory + 0x8000, on: other) == [turn])
        #expect(bench.begin(bench.readCall(back, 8), on: bench.thread) == nil)
        try bench.write(answer, [turn &+ 1], on: other)
        #expect(bench.settle(bench.thread) == 1)
        #expect(bench.load(1, at: bench.memory + 0x8000) == [turn &+ 1])
      }
    }

    @Test func theEndsSayWhatTheyAre() throws {
      let bench = try Bench()
      let (reader, writer) = try pipe(bench)
      #expect(throws: SystemError.accessDenied) { try bench.read(writer, 1) }
      #expect(throws: SystemError.accessDenied) { try bench.write(reader, [1]) }
      #expect(throws: SystemError.notFound) { try bench.open(reader, "other") }
      var path = PathOf()
      path.handle = writer
      path.buffer = UserSpan(address: bench.memory, count: 64)
      let count = try bench.call(path)
      #expect(
        String(decoding: bench.load(Int(count), at: bench.memory), as: UTF8.self)
          == "/scheme/pipe/write")
    }
  }
}
