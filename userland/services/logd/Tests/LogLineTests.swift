// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing

@testable import LogKeeping

private func shown(_ line: Text, from process: UInt32? = nil, at time: UInt64 = 0) -> String {
  var text = Text()
  LogLine(line, from: process).put(to: &text, at: time)
  return String(decoding: text.bytes, as: UTF8.self)
}

@Suite("Log lines")
struct LogLineTests {
  @Test(
    arguments: [
      ("randd: warning: no source", nil, "[    0.000000] randd warning: no source\n"),
      ("randd: warning: no source", 7, "[    0.000000] randd[7] warning: no source\n"),
      ("tmpfs[3]: tmpfs: error: full", nil, "[    0.000000] tmpfs[3] error: full\n"),
      ("tmpfs[3]: tmpfs: error: full", 9, "[    0.000000] tmpfs[9] error: full\n"),
      (
        "redoxfs@a[3]: redoxfs: error: full", nil,
        "[    0.000000] redoxfs@a[3] error: redoxfs: full\n"
      ),
      ("a: b: warning: c: d", nil, "[    0.000000] a warning: b: c: d\n"),
      ("kernel: 3 of 4: done", nil, "[    0.000000] kernel info: 3 of 4: done\n"),
      ("error: nobody says this", 4, "[    0.000000] unnamed[4] error: nobody says this\n"),
      ("just words", nil, "[    0.000000] unnamed info: just words\n"),
      ("with space: text", nil, "[    0.000000] unnamed info: with space: text\n"),
      ("a:b", nil, "[    0.000000] unnamed info: a:b\n"),
      ("a: b: c", nil, "[    0.000000] a info: b: c\n"),
      ("a[x]: b", nil, "[    0.000000] unnamed info: a[x]: b\n"),
      ("a[1: b", nil, "[    0.000000] unnamed info: a[1: b\n"),
      ("[1]: b", nil, "[    0.000000] unnamed info: [1]: b\n"),
      ("a: ", nil, "[    0.000000] a info: \n"),
      (":", nil, "[    0.000000] unnamed info: :\n"),
      ("a: \u{1B}[2J\tb\u{7F}\0", nil, "[    0.000000] a info: ?[2J\tb??\n"),
    ] as [(String, UInt32?, String)])
  func areTakenApart(_ line: String, _ process: UInt32?, _ expected: String) {
    #expect(shown(Text(Array(line.utf8)), from: process) == expected)
  }

  @Test(arguments: [
    (UInt64(1_234_567_890), "[    1.234567]"), (999, "[    0.000000]"),
    (123_456_000_001_000, "[123456.000001]"),
  ])
  func timesAreSeconds(_ time: UInt64, _ expected: String) {
    #expect(shown("a: b", at: time).hasPrefix(expected + " a"))
  }

  /// Whatever somebody writes, it becomes one line of which nothing is lost but control characters.
  @Test func anyBytesBecomeOneLine() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array(": []errowaning9\u{1B}\t%é".utf8) + [0xFF, 0]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        alphabet[Int.random(in: alphabet.indices, using: &random)]
      }
      let line = LogLine(Text(bytes), from: nil)
      var text = Text()
      line.put(to: &text, at: .random(in: 0...UInt64.max, using: &random))
      #expect(text.bytes.last == 0x0A)
      #expect(!text.bytes.dropLast().contains { $0 < 0x20 && $0 != 0x09 })
      #expect(bytes.suffix(line.text.count) == line.text.bytes[...])
      #expect(line.name.count <= LogLine.nameLimit)
    }
  }

  @Test func namesHaveALimit() {
    let long = String(repeating: "n", count: 32)
    #expect(shown(Text(Array("\(long): x".utf8))) == "[    0.000000] \(long) info: x\n")
    #expect(shown(Text(Array("\(long)n: x".utf8))).contains("unnamed"))
  }
}

@Suite("Log files")
struct LogFileTests {
  @Test func wordsGoRound() {
    for kind in [LogFile.Kind.root, .log, .follow, .followWithoutWaiting, .sinks] {
      let file = LogFile(kind, serial: 0xABCDE, base: 0x12_3456_789A)
      #expect(LogFile(word: file.word) == file)
      #expect(file.word < 1 << 63)
    }
    #expect(LogFile(word: 5 << 60) == nil)
    #expect(LogFile(word: 0)?.kind == .root)
    #expect(LogFile(.log, serial: .max, base: .max).word < 2 << 60)
  }

  private func kind(_ path: Text, _ flags: OpenFlags, user: UInt32 = 5) throws(SystemError)
    -> LogFile.Kind
  { try LogFile.kind(path, flags, user: user) }

  @Test func pathsMeanFiles() throws {
    #expect(try kind("", .read) == .log)
    #expect(try kind("", .write | .create | .truncate) == .log)
    #expect(try kind("follow", .read) == .follow)
    #expect(try kind("follow", .read | .nonBlocking) == .followWithoutWaiting)
    #expect(try kind("add_sink", .write, user: 0) == .sinks)
    #expect(throws: SystemError.notPermitted) { _ = try kind("add_sink", .write) }
    #expect(throws: SystemError.accessDenied) { _ = try kind("add_sink", .readWrite, user: 0) }
    #expect(throws: SystemError.notFound) { _ = try kind("other", .read) }
    #expect(throws: SystemError.notDirectory) { _ = try kind("", .read | .directory) }
    #expect(throws: SystemError.alreadyExists) { _ = try kind("", .create | .exclusive) }
  }

  @Test func theConsoleDoesNotComeBack() {
    for path in ["/scheme/debug", " /scheme/debug\n", "debug:"] as [Text] {
      #expect(LogFile.sinkPath(path) == Text("/scheme/debug/no-preserve"))
    }
    let path: Text = "/tmp/log\n"
    #expect(LogFile.sinkPath(path) == Text("/tmp/log"))
  }
}
