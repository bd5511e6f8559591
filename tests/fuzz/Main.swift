// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `test-fuzz [COUNT [SEED [ROUND]]]`: makes COUNT system calls, random and structured, in processes
/// of their own, and judges what the kernel made of them. With ROUND only that part of the campaign
/// is made, COUNT calls long.
@main struct FuzzTest {
  /// As many as everyday tests can afford; a campaign names its own number.
  private static let usualCount: UInt64 = 300_000

  static func main() {
    let words = Arguments.all
    if let first = words.first {
      if first == "worker", let order = order(words) { Worker.run(order) }
      if first == "reap" { Reaper.run() }
    }
    guard let campaign = campaign(words) else {
      var errors = Output(.standardError)
      errors.put("usage: test-fuzz [COUNT [SEED [ROUND]]]\n")
      exit(2)
    }
    exit(judge(campaign))
  }

  private static func number(_ words: [Text], _ index: Int) -> UInt64? {
    guard index < words.count else { return nil }
    let word = words[index]
    do throws(NumberError) { return try UInt64(decimal: word.span) } catch { return nil }
  }

  private static func order(_ words: [Text]) -> Worker.Order? {
    guard let seed = number(words, 1), let round = number(words, 2), let calls = number(words, 3)
    else { return nil }
    return Worker.Order(seed: seed, round: round, calls: Int(truncatingIfNeeded: calls))
  }

  private static func campaign(_ words: [Text]) -> Campaign? {
    for index in words.indices where number(words, index) == nil { return nil }
    guard words.count <= 3 else { return nil }
    // A seed that is easy to type again.
    let seed = number(words, 1) ?? (randomWord() & 0xFFFF_FFFF)
    return Campaign(
      count: number(words, 0) ?? usualCount, seed: seed, onlyRound: number(words, 2))
  }

  private static func judge(_ campaign: Campaign) -> Int32 {
    var run = TestRun("fuzz")
    TestRun.remark("seed", campaign.seed)
    var report: Report?
    run.test("accounts return to what they were, and nothing hangs") { () throws(TestFailure) in
      var supervisor = try Supervisor(campaign)
      defer { report = supervisor.report }
      try supervisor.run()
    }
    report?.print()
    run.test("three calls out of ten succeed") { () throws(TestFailure) in
      try expect((report?.succeededPerMille ?? 0) >= 300, "30 %")
    }
    run.test("every call succeeds at least once") { () throws(TestFailure) in
      guard let name = report?.neverSucceeded else { return }
      throw TestFailure(name)
    }
    run.test("every result is one that the ABI knows") { () throws(TestFailure) in
      guard let name = report?.wrong else { return }
      throw TestFailure(name)
    }
    return run.end()
  }
}
