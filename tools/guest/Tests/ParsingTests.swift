// SPDX-License-Identifier: MIT
import Testing

@testable import Guest

@Suite("What QEMU and the kernel say")
struct ParsingTests {
  @Test(arguments: [
    (
      #"{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}"#,
      Monitor.Line.shutdown(reason: "guest-reset")
    ),
    (#"{"QMP": {"version": {}}}"#, .other),
    (
      #"{"return": "\r\nCPU#0\r\nRIP=0000000000000010 RFL=2 [] CPL=3 II=0 A20=1 SMM=0 HLT=0\r\n"#
        + #"\r\nCPU#1\r\nRIP=ffffffff80000000 RFL=2 [] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n"}"#,
      .processors([
        .init(address: 16, isHalted: false, isUserMode: true),
        .init(address: 0xffff_ffff_8000_0000, isHalted: true, isUserMode: false),
      ])
    ),
  ])
  func monitorLines(_ line: String, _ meaning: Monitor.Line) {
    #expect(Monitor.parse(line) == meaning)
  }

  @Test func theFaultingInstructionIsNoReturnAddress() {
    let lines = [
      "noise", "KERNEL PANIC: page fault", "rax=0x1 rip=0xffffffff80104030 rsp=0x2",
      "backtrace: 0xffffffff80104030 0xffffffff80104090", "trace: x", "END OF PANIC", "later",
    ]
    let report = PanicReport(in: lines)
    #expect(report?.reason == "page fault")
    #expect(report?.isComplete == true)
    #expect(report?.lines.count == 5)
    #expect(
      report?.backtrace == [
        CodeAddress(0xffff_ffff_8010_4030, isReturnAddress: false),
        CodeAddress(0xffff_ffff_8010_4090, isReturnAddress: true),
      ])
  }

  @Test func aBacktraceMayTakeSeveralLines() {
    let report = PanicReport(in: ["KERNEL PANIC: x", "backtrace: 0x1 0x2", "  0x3", "count 0x4"])
    #expect(report?.backtrace.map(\.value) == [1, 2, 3])
  }

  @Test func aPanicThatBreaksOffIsStillFound() {
    let report = PanicReport(in: ["KERNEL PANIC: x", "rip 0x5"])
    #expect(report?.isComplete == false)
    #expect(report?.backtrace == [CodeAddress(5, isReturnAddress: false)])
    #expect(PanicReport(in: ["all is well"]) == nil)
  }

  @Test func symbolsAreShownWithWhatWasInlined() {
    let text = "trap\n/r/a.swift:3:1\nf()\n/r/a.swift:9:2\n\n??\n??:0:0\n\n"
    let addresses = [CodeAddress(1, isReturnAddress: false), CodeAddress(2, isReturnAddress: true)]
    #expect(
      Symboliser.lines(from: text, for: addresses, root: "/r") == [
        "#0 0x0000000000000001 trap (a.swift:3)",
        "                      f() (a.swift:9)",
        "#1 0x0000000000000002 ??",
      ])
  }

  @Test(arguments: [
    ("a  b", ["a", "b"]), ("-x 'a b' \"c d\"", ["-x", "a b", "c d"]), (#"a\ b"#, ["a b"]),
    ("''", [""]), ("", []),
  ])
  func wordsAreSplitAsAShellDoes(_ text: String, _ words: [String]) {
    #expect(shellWords(text) == words)
  }

  @Test(arguments: ["'a", "\"a", "a\\"])
  func aWordThatDoesNotEndIsRefused(_ text: String) { #expect(shellWords(text) == nil) }

  @Test func theConsoleForgetsOldLinesAndKeepsTheTerminalSafe() {
    var console = Console()
    for _ in 0..<5_000 { console.append(Array("line\r\n".utf8)) }
    console.append(Array("\u{1B}7a\u{1B}[1;38;5;85m\u{1}\u{1B}]0;title\u{7}ö\u{1B}[".utf8))
    console.finish()
    #expect(console.lines.count <= Console.lineLimit + Console.lineLimit / 4)
    #expect(console.lines.last == "a\u{FFFD}ö")
  }

  @Test func onlyFilesThatWereAskedForFindAPlace() {
    let asked = ["/etc/a": "here", "/var": "there"]
    #expect(FileReceiver.destination(of: "/etc/a", in: asked)?.path == "here")
    #expect(FileReceiver.destination(of: "/var/b/c", in: asked)?.path == "there/b/c")
    #expect(FileReceiver.destination(of: "/var/../c", in: asked) == nil)
    #expect(FileReceiver.destination(of: "/other", in: asked) == nil)
  }
}
