// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Benchmarks

@Test func everyMetricIsFoundByItsName() {
  for metric in Metric.all { #expect(Metric(Text(metric.name))?.turns == metric.turns) }
  #expect(Metric("no_such_metric") == nil)
}

@Test func linesAreWhatTheHarnessReads() {
  #expect(Report.measured(.nullCall, turns: 2, ticks: 240) == "bench null_call 2 240\n")
  #expect(Report.missing(.mapUnmap, "out of memory") == "bench map_unmap missing out of memory\n")
}
