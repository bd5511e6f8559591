// SPDX-License-Identifier: MIT
import Testing

@testable import Bench

@Suite("Report")
struct ReportTests {
  private static func metric(_ name: String) throws -> Metric {
    try #require(Metric.all.first { $0.name == name })
  }

  private static func measured(
    _ values: [Double], disagreement: Double? = nil
  ) throws -> Report.Entry {
    .measured(Figure(sample: try #require(Sample(values)), disagreement: disagreement))
  }

  private static func report() throws -> Report {
    Report(
      rows: [
        Report.Row(
          metric: try metric("null_call"), apus: try measured([118, 118, 119], disagreement: 0.5),
          linux: try measured([328], disagreement: 0.01)),
        Report.Row(
          metric: try metric("scheme_call"), apus: try measured([700.4], disagreement: 3),
          linux: .absent),
        Report.Row(
          metric: try metric("fork_exit_wait"), apus: .missing(reason: "there is no fork"),
          linux: try measured([247_087])),
        Report.Row(
          metric: try metric("boot_to_prompt"), apus: .absent,
          linux: try measured([1_591_994_195, 1_591_994_195])),
      ],
      settings: ["QEMU: …"])
  }

  @Test func theTableIsAlignedAndSaysWhatIsWrong() throws {
    #expect(
      try Self.report().text == """
        metric          unit             Apus      Linux   ratio   budget  spread
        null_call       instructions      118        328  0.360x      120  0.85 %
        scheme_call     instructions    700 !          –       –      600       –
        fork_exit_wait  instructions  missing    247,087       –   80,000       –
        boot_to_prompt  instructions        –  1,592.0 M       –  120.0 M  0.00 %

        missing on Apus: fork_exit_wait: there is no fork
        scheme_call: on Apus the plugin counts otherwise than the guest, by 3.00 %
        scheme_call: over its budget
        counted from outside as well, by a plugin of QEMU: 3 of the figures, with a difference of \
        3.00 % at most

        QEMU: …
        """)
  }

  @Test func theJSONHasOneObjectForEachMetric() throws {
    #expect(
      try Self.report().json == """
        [
          {"metric": "null_call", "unit": "instructions", "apus": 118, "linux": 328, \
        "ratio": 0.3598, "spread": 0.8475},
          {"metric": "scheme_call", "unit": "instructions", "apus": 700.4, "linux": null, \
        "ratio": null, "spread": null},
          {"metric": "fork_exit_wait", "unit": "instructions", "apus": null, "linux": 247087, \
        "ratio": null, "spread": null},
          {"metric": "boot_to_prompt", "unit": "instructions", "apus": null, \
        "linux": 1591994195, "ratio": null, "spread": 0}
        ]

        """)
  }

  @Test func budgetsHoldOnlyForFiguresThatAreThereAndSmallEnough() throws {
    var report = try Self.report()
    #expect(!report.isWithinBudgets)
    report.rows.remove(at: 1)
    #expect(!report.isWithinBudgets)
    report.rows.remove(at: 1)
    #expect(report.isWithinBudgets)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1_000, "1,000"), (10_566, "10,566"), (1_937_000_000, "1,937,000,000"),
    (-1_234, "-1,234"),
  ])
  func numbersAreGrouped(value: Int, text: String) {
    #expect(Text.grouped(value) == text)
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (0.305, 2, "0.31"), (2.0, 2, "2.00"), (1.05, 3, "1.050"),
    (-0.004, 2, "0.00"), (-1.5, 1, "-1.5"), (12_345.6, 0, "12,346"), (Double.infinity, 1, "?"),
  ])
  func decimalsAreRounded(value: Double, digits: Int, text: String) {
    #expect(Text.decimal(value, digits: digits) == text)
  }

  @Test func metricsAreChosenByNameInTheirOwnOrder() throws {
    #expect(try Metric.selected([]).map(\.name) == Metric.all.map(\.name))
    #expect(
      try Metric.selected(["page_fault", "null_call"]).map(\.name) == ["null_call", "page_fault"])
    #expect(throws: BenchError.unknownMetric("nul_call")) { try Metric.selected(["nul_call"]) }
  }
}
