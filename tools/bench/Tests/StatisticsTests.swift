// SPDX-License-Identifier: MIT
import Testing

@testable import Bench

@Suite("Statistics")
struct StatisticsTests {
  @Test(arguments: [
    ([5.0], 5.0, 0.0),
    ([3.0, 1.0, 2.0], 2.0, 100.0),
    ([4.0, 1.0, 2.0, 3.0], 2.5, 120.0),
    ([100.0, 101.0, 100.0], 100.0, 1.0),
    ([0.0, 0.0], 0.0, 0.0),
  ])
  func medianAndSpread(values: [Double], median: Double, spread: Double) throws {
    let sample = try #require(Sample(values))
    #expect(sample.median == median)
    #expect(sample.spread == spread)
  }

  @Test func noValuesAreNoSample() {
    #expect(Sample([]) == nil)
  }

  @Test(arguments: [
    (100.0, 100.0, 0.0), (102.0, 100.0, 2.0), (98.0, 100.0, 2.0), (0.0, 0.0, 0.0),
    (1.0, 0.0, 100.0),
  ])
  func differenceInPercent(value: Double, reference: Double, percent: Double) {
    #expect(difference(of: value, from: reference) == percent)
  }

  @Test(arguments: [1, 2, 24, 75, 76, 511, 512])
  func theSearchFindsEveryBound(bound: Int) {
    var tried: [Int] = []
    let found = smallest(in: 1...512) { number in
      tried.append(number)
      return number >= bound
    }
    #expect(found == bound)
    #expect(tried.count <= 9)
    #expect(!tried.contains(512))
  }
}
