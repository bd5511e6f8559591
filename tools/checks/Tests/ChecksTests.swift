// SPDX-License-Identifier: MIT
import Testing

@testable import Checks

@Suite("BootTestLog")
struct BootTestLogTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var passed: Int
    var failures: [String]
  }

  static let rows = [
    Row(
      testDescription: "all is well",
      text: "program a\nbegin x\nok x\nbegin y\nok y\nend a\nprogram b\nend b\n",
      passed: 2, failures: []),
    Row(
      testDescription: "a failure with its reason",
      text: "program a\nbegin x\nnot ok x: 1 is not 2\nend a\nprogram b\nend b\n",
      passed: 0, failures: ["a: x: 1 is not 2"]),
    Row(
      testDescription: "a program that dies in a test",
      text: "program a\nbegin x\nprogram b\nbegin y\nok y\nend b\n",
      passed: 1, failures: ["a: x: did not end"]),
    Row(
      testDescription: "a program that dies between tests",
      text: "program a\nbegin x\nok x\nprogram b\nend b\n",
      passed: 1, failures: ["a: ended early"]),
    Row(
      testDescription: "a guest that says nothing",
      text: "", passed: 0, failures: ["a: did not run", "b: did not run"]),
    Row(
      testDescription: "a test whose successor begins before it ends",
      text: "program a\nbegin x\nbegin y\nok y\nend a\nprogram b\nend b\n",
      passed: 1, failures: ["a: x: did not end"]),
  ]

  @Test(arguments: rows)
  func counts(_ row: Row) {
    var log = BootTestLog(programs: ["a", "b"])
    // In pieces that end in the middle of lines, as they come from a serial port.
    for byte in row.text.utf8 { log.append([byte]) }
    let tally = log.finish()
    #expect(tally.passed == row.passed)
    #expect(tally.failed == row.failures.count)
    #expect(tally.report == row.failures)
  }

  @Test func programsShareBoots() {
    let boots = BootTest.boots([BootTest("a"), BootTest("b", processorCounts: [2, 8])])
    #expect(boots.map(\.processorCount) == [1, 2, 8])
    #expect(boots.map(\.programs) == [["a"], ["a", "b"], ["b"]])
    #expect(boots.last?.script == "/scheme/initfs/tests/b\n")
    #expect(boots.map(\.timeout) == [150, 300, 150])
  }

  @Test func otherImagesAndKernelsAreOtherBoots() {
    let boots = BootTest.boots([
      BootTest("a", processorCounts: [2]), BootTest("b", processorCounts: [2], image: "c"),
      BootTest("d", processorCounts: [2], commandLine: "e"), BootTest("f", processorCounts: [2]),
    ])
    #expect(boots.map(\.programs) == [["a", "f"], ["b"], ["d"]])
    #expect(boots.map(\.image) == ["tests", "c", "tests"])
    #expect(boots.map(\.commandLine) == ["", "", "e"])
  }

  @Test func aCampaignHasArgumentsAndMoreTime() {
    let test = BootTest("a", seconds: 20, campaign: BootTest.Campaign("10 5", seconds: 90))
    #expect(BootTest.boots([test]).first?.script == "/scheme/initfs/tests/a\n")
    let campaign = BootTest.boots([test.asCampaign])
    #expect(campaign.first?.script == "/scheme/initfs/tests/a 10 5\n")
    #expect(campaign.first?.timeout == 90)
    #expect(BootTest("b").asCampaign == BootTest("b"))
  }
}

@Suite("SourceRules")
struct SourceRulesTests {
  static let spdx = "// SPDX-License-Identifier: MIT\n"

  @Test(arguments: [
    ("let a = unsafe b", true), ("@unsafe func f()", true), ("nonisolated(unsafe) var a", true),
    ("struct A: @unchecked Sendable", true), ("// unsafe", false), ("let s = \"unsafe\"", false),
    ("let unsafeCount = 1", false),
  ])
  func findsUnsafe(_ line: String, _ isUnsafe: Bool) {
    #expect(SourceRules.usesUnsafe(line[...]) == isUnsafe)
  }

  @Test func unsafeHasItsPlaces() {
    let text = Self.spdx + "let a = unsafe b\n"
    #expect(SourceRules.violations("kernel/arch/x86_64/A.swift", text).isEmpty)
    #expect(SourceRules.violations("kernel/core/Tests/A.swift", text).isEmpty)
    let found = SourceRules.violations("kernel/core/A.swift", text)
    #expect(found.map(\.0) == [.unsafeInItsPlace])
    #expect(found.first?.1.hasPrefix(":2:") == true)
  }

  @Test func aFolderExplainsItselfInThirtyLines() {
    let text = Self.spdx + String(repeating: "line\n", count: 30)
    #expect(SourceRules.violations("a/README.md", text).map(\.0) == [.shortReadme])
    #expect(SourceRules.violations("README.md", text).isEmpty)
  }

  @Test func everyFileSaysItsLicence() {
    #expect(SourceRules.violations("a.S", "nop\n").map(\.0) == [.licence])
    #expect(SourceRules.violations("apus", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n").isEmpty)
  }
}

@Suite("HostTests")
struct HostTestsTests {
  @Test func countsWhatTheResultsFileSays() {
    let text = #"<testsuites><testsuite name="T" errors="0" tests="12" failures="2" time="1">"#
    #expect(HostTests.Counts(in: text) == .init(tests: 12, failures: 2))
    #expect(HostTests.Counts(in: "") == .init(tests: 0, failures: 0))
  }

  @Test func aRunThatBreaksOffIsAFailure() {
    let tally = HostTests.tally(
      "kernel", status: .exited(1), output: "[1/2] Compiling\nerror: no\n",
      counts: .init(tests: 0, failures: 0))
    #expect(tally == Tally(failed: 1, report: ["kernel:", "[1/2] Compiling", "error: no"]))
  }
}
