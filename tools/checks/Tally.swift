// SPDX-License-Identifier: MIT

/// How a step of `./apus test` went.
public struct Tally: Equatable, Sendable {
  public var passed = 0
  public var failed = 0
  /// For the user when something failed: what, and why.
  public var report: [String] = []

  public init(passed: Int = 0, failed: Int = 0, report: [String] = []) {
    self.passed = passed
    self.failed = failed
    self.report = report
  }

  /// A single check that failed.
  public static func failure(_ lines: String...) -> Tally { Tally(failed: 1, report: lines) }

  public mutating func add(_ other: Tally) {
    passed += other.passed
    failed += other.failed
    report += other.report
  }

  public var summary: String { "\(passed) passed, \(failed) failed" }
}
