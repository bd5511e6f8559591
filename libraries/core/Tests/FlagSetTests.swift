// SPDX-License-Identifier: MIT
import Testing

@testable import Core

private struct Sample: FlagSet {
  let rawValue: UInt8
  static let first = Sample(rawValue: 1)
  static let second = Sample(rawValue: 2)
}

@Test func flagsCombineAndSeparate() {
  let both: Sample = .first | .second
  #expect(both.contains(.first) && both.contains(both))
  #expect(!Sample.first.contains(both))
  #expect(both.subtracting(.first) == .second)
  #expect(Sample().isEmpty && Sample.first.isDisjoint(with: .second))
  #expect(Sample.first.isSubset(of: both) && both.isSuperset(of: .second))
}
