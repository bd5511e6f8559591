// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Testing

@testable import LogKeeping

/// Memory of the host, which stays for as long as the tests run: books do not hold it.
@safe private final class Capsule {
  let count: Int
  private let memory: UnsafeMutableRawPointer

  init(_ count: Int = 262_144) {
    self.count = count
    unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  var bytes: SharedBytes {
    unsafe SharedBytes(address: UInt(bitPattern: memory), count: count)
  }

  func book() throws -> LogBook { try LogBook(in: bytes) }
}

private func text(_ book: borrowing LogBook, from position: UInt64? = nil) throws -> String {
  let start = position ?? book.firstLine()
  let bytes = try [UInt8](capacity: Int(book.end - start)) { output in
    try book.read(at: start, into: &output)
  }
  return String(decoding: bytes, as: UTF8.self)
}

private func writer(_ number: UInt64) -> LogWriter { LogWriter(description: number, process: nil) }

extension LogBook {
  /// Writes everything, in as many requests as it takes.
  fileprivate mutating func put(_ line: Text, from writer: LogWriter) {
    var done = 0
    while done < line.count {
      let rest = line[done...]
      done += take(rest.span, from: writer, at: 0)
      commit()
    }
  }
}

@Suite("Log book")
struct LogBookTests {
  @Test func linesAreKeptInTheirOrder() throws {
    let capsule = Capsule()
    var book = try capsule.book()
    let origin = book.origin
    #expect(origin == .fresh)
    book.put("a: one\nb: error: two\n\n\r\n", from: writer(1))
    book.put("c: three\r\n", from: writer(2))
    let expected = """
      [    0.000000] a info: one
      [    0.000000] b error: two
      [    0.000000] c info: three

      """
    #expect(try text(book) == expected)
    // A successor finds the same.
    let next = try capsule.book()
    let nextOrigin = next.origin
    #expect(nextOrigin == .recovered)
    #expect(try text(next) == expected)
  }

  @Test func linesOfSeveralWritersDoNotMix() throws {
    var book = try Capsule().book()
    book.put("a: o", from: writer(1))
    book.put("b: t", from: writer(2))
    book.put("ne\n", from: writer(1))
    book.put("wo", from: writer(2))
    #expect(try text(book) == "[    0.000000] a info: one\n")
    let wasUnfinished = book.close(2, at: 0)
    let isStill = book.close(2, at: 0)
    #expect(wasUnfinished && !isStill)
    #expect(try text(book).hasSuffix("] b info: two\n"))
  }

  @Test func unfinishedLinesSurvive() throws {
    let capsule = Capsule()
    for piece in ["a: o", "n", "e and more\nb: ", "two\n"] as [Text] {
      var book = try capsule.book()
      book.put(piece, from: writer(7))
    }
    #expect(
      try text(capsule.book())
        == "[    0.000000] a info: one and more\n[    0.000000] b info: two\n")
  }

  @Test func theOldestUnfinishedLineGivesWay() throws {
    var book = try Capsule().book()
    for number in 0..<17 {
      book.put(
        Text {
          $0.put("w: "); $0.put(decimal: UInt64(number))
        }, from: writer(UInt64(number)))
      book.put("e: next\n", from: writer(100))
    }
    // Writer 100 needs no slot once its line has ended.
    let all = try text(book)
    #expect(all.contains("w info: 0\n"))
    #expect(!all.contains("w info: 1\n"))
  }

  @Test func longLinesAreKeptInPieces() throws {
    var book = try Capsule().book()
    book.put(Text([UInt8](repeating: 0x78, count: 2500)) + "\n", from: writer(1))
    let lines = try text(book).split(separator: "\n")
    #expect(lines.map { $0.filter { $0 == "x" }.count } == [1024, 1024, 452])
  }

  @Test func oneRequestIsBounded() throws {
    var book = try Capsule().book()
    let empty = [UInt8](repeating: 0x0A, count: 5000)
    let lines = book.take(empty.span, from: writer(1), at: 0)
    #expect(lines == 32)
    let long = [UInt8](repeating: 0x41, count: 5000)
    let bytes = book.take(long.span, from: writer(1), at: 0)
    #expect(bytes == 4096)
  }

  @Test func theRingKeepsTheNewest() throws {
    let capsule = Capsule()
    var book = try capsule.book()
    for number in 0..<20_000 {
      book.put(
        Text {
          $0.put("n: "); $0.put(decimal: UInt64(number)); $0.put("\n")
        }, from: writer(1))
    }
    let lines = try text(book).split(separator: "\n")
    #expect(lines.last?.hasSuffix("n info: 19999") == true)
    #expect(lines.count > 4000)
    for (index, line) in lines.enumerated() {
      #expect(line.hasSuffix("n info: \(20_000 - lines.count + index)"))
    }
    #expect(throws: SystemError.gone) { _ = try text(book, from: 0) }
  }

  @Test func repeatedRequestsAreKnown() throws {
    let capsule = Capsule()
    var book = try capsule.book()
    let mark = LogMark(description: 5, sequence: 9)
    let unknown = book.result(of: mark)
    #expect(unknown == nil)
    let line: Text = "a: b\n"
    let count = book.take(line.span, from: writer(5), at: 0)
    book.note(mark, UInt64(count))
    #expect(try capsule.book().result(of: mark) == nil)
    book.commit()
    #expect(try capsule.book().result(of: mark) == 5)
    #expect(try capsule.book().result(of: LogMark(description: 5, sequence: 10)) == nil)
    #expect(try capsule.book().result(of: LogMark(description: 6, sequence: 9)) == nil)
  }

  /// What was done and not committed leaves nothing, whatever it was.
  @Test func deathBeforeTheCommitLeavesNothing() throws {
    var random = SystemRandomNumberGenerator()
    let capsule = Capsule()
    for round in 0..<400 {
      let before = try text(capsule.book())
      let beforeState = try capsule.book().state
      do {
        var lost = try capsule.book()
        let line = Text([UInt8](repeating: 0x6C, count: Int.random(in: 1...3000, using: &random)))
        let lines = line + "\n" + line
        _ = lost.take(lines.span, from: writer(UInt64(round % 20)), at: 0)
        if round % 3 == 0 { _ = lost.close(UInt64(round % 7), at: 0) }
      }
      #expect(try text(capsule.book()) == before)
      #expect(try capsule.book().state.end == beforeState.end)
      var book = try capsule.book()
      let piece = Text {
        $0.put("p"); $0.put(decimal: UInt64(round)); $0.put(": x")
      }
      book.put(piece, from: writer(UInt64(round % 20)))
      if round % 2 == 0 { book.put("y\n", from: writer(UInt64(round % 20))) }
    }
    #expect(try text(capsule.book()).contains("p398 info: xy\n"))
  }

  @Test func smallMemoryIsRefused() {
    #expect(throws: CapsuleError.tooSmall) { _ = try Capsule(200_000).book() }
  }
}

@Suite("The kernel's log and sinks")
struct LogTransferTests {
  @Test func theKernelsLogIsTakenOnce() throws {
    let capsule = Capsule()
    let source: Text = "kernel: one\ninit: two\ntmpfs[3]: error: thr"
    var book = try capsule.book()
    book.takeKernel(source.span, at: 0)
    book = try capsule.book()
    let position = book.state.kernelPosition
    #expect(position == UInt64(source.count))
    let rest: Text = "ee\n"
    book.takeKernel(rest.span, at: 0)
    #expect(
      try text(book) == """
        [    0.000000] kernel info: one
        [    0.000000] init info: two
        [    0.000000] tmpfs[3] error: three

        """)
  }

  @Test func aGapIsSaid() throws {
    var book = try Capsule().book()
    let line: Text = "kernel: half"
    book.takeKernel(line.span, at: 0)
    book.skipKernel(to: 112, at: 0)
    book.skipKernel(to: 100, at: 0)
    let position = book.state.kernelPosition
    #expect(position == 112)
    #expect(
      try text(book) == """
        [    0.000000] kernel info: half
        [    0.000000] logd warning: the kernel's log went too fast: 100 bytes were overwritten before they were read

        """)
  }

  @Test func sinksAreRemembered() throws {
    let capsule = Capsule()
    var book = try capsule.book()
    book.put("a: one\n", from: writer(1))
    let first = try book.addSink("/tmp/log", place: 100)
    let second = try book.addSink("/scheme/other", place: nil)
    #expect(first == 0 && second == 1)
    #expect(throws: SystemError.alreadyExists) { _ = try book.addSink("/tmp/log", place: 0) }
    book.commit()
    book.advance(0, by: 10)
    book.advance(1, by: 4)
    var next = try capsule.book()
    let paths = [next.sinkPath(0), next.sinkPath(2)]
    #expect(paths == [Text("/tmp/log"), nil])
    let sinks = [next.sink(0), next.sink(1)]
    #expect(sinks[0].next == 10 && sinks[0].place == 110)
    #expect(sinks[1].next == 4 && sinks[1].place == .max)
    let bytes = [UInt8](capacity: 100) { output in next.pending(0, into: &output) }
    #expect(String(decoding: bytes, as: UTF8.self) == "000] a info: one\n")
    for name in ["/3", "/4"] as [Text] { _ = try next.addSink(name, place: nil) }
    #expect(throws: SystemError.noSpace) { _ = try next.addSink("/5", place: nil) }
    next.removeSink(0)
    let again = try next.addSink("/5", place: nil)
    #expect(again == 0)
    let long = Text([UInt8](repeating: 0x2F, count: 121))
    #expect(throws: SystemError.nameTooLong) { _ = try next.addSink(long, place: nil) }
    #expect(throws: SystemError.nameTooLong) { _ = try next.addSink("", place: nil) }
  }

  @Test func aSlowSinkPassesOver() throws {
    var book = try Capsule().book()
    _ = try book.addSink("/slow", place: nil)
    for number in 0..<10_000 {
      book.put(
        Text {
          $0.put("n: "); $0.put(decimal: UInt64(number)); $0.put("\n")
        }, from: writer(1))
    }
    let bytes = [UInt8](capacity: 40) { output in book.pending(0, into: &output) }
    let (place, first) = (book.sink(0).next, book.firstLine())
    #expect(place == first)
    #expect(bytes.first == 0x5B)
  }
}
