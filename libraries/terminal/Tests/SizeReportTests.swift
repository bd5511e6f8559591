// SPDX-License-Identifier: MIT
import LineDiscipline
import Testing

@Suite struct SizeReportTests {
  private func run(_ typed: String) -> (passed: String, report: SizeReport, found: Bool) {
    var report = SizeReport()
    report.expect()
    var passed: [UInt8] = []
    var found = false
    for byte in typed.utf8 where report.take(byte, pass: { passed.append($0) }) { found = true }
    report.giveUp { passed.append($0) }
    return (String(decoding: passed, as: UTF8.self), report, found)
  }

  @Test(arguments: [
    ("\u{1B}[24;80R", ""), ("ab\u{1B}[24;80Rcd", "abcd"), ("\u{1B}[A\u{1B}[24;80R", "\u{1B}[A"),
    ("\u{1B}\u{1B}[24;80R", "\u{1B}"),
  ])
  func answersAreFoundAmongOtherBytes(_ typed: String, _ rest: String) {
    let result = run(typed)
    #expect(result.found && result.report.rows == 24 && result.report.columns == 80)
    #expect(result.passed == rest)
  }

  @Test(arguments: [
    "", "abc", "\u{1B}", "\u{1B}[24", "\u{1B}[R", "\u{1B}[1R", "\u{1B}[0;5R", "\u{1B}[1;2;3R",
    "\u{1B}[99999999999999;1R", "\u{1B}[1;2x",
  ])
  func everythingElsePasses(_ typed: String) {
    let result = run(typed)
    #expect(!result.found && result.passed == typed)
  }
}
