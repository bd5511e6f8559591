// SPDX-License-Identifier: MIT

/// Measurements of one thing, and what is said of them: the middle one and how far apart they are.
public struct Sample: Equatable, Sendable {
  /// Never empty; sorted.
  public let values: [Double]

  /// Nil for no values at all.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    self.values = values.sorted()
  }

  /// The middle value; of an even number, the mean of the two in the middle.
  public var median: Double {
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }

  /// The distance between the largest and the smallest, in percent of the median.
  public var spread: Double {
    guard let first = values.first, let last = values.last, median != 0 else { return 0 }
    return (last - first) / median * 100
  }
}

/// How much `value` differs from `reference`, in percent of `reference`.
func difference(of value: Double, from reference: Double) -> Double {
  if value == reference { return 0 }
  return reference == 0 ? 100 : abs(value - reference) / abs(reference) * 100
}

/// The smallest number in `range` for which `succeeds` holds, if it holds for all above one that
/// it holds for. The upper bound is taken to succeed and is never tried.
func smallest<Failure: Error>(
  in range: ClosedRange<Int>, where succeeds: (Int) throws(Failure) -> Bool
) throws(Failure) -> Int {
  var lower = range.lowerBound
  var upper = range.upperBound
  while lower < upper {
    let middle = lower + (upper - lower) / 2
    if try succeeds(middle) { upper = middle } else { lower = middle + 1 }
  }
  return upper
}
