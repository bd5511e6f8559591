// SPDX-License-Identifier: MIT
import ABI
import Core

/// The groups that a process is in beside its own. Servers ask for them when a request's user and group
/// do not decide, so they are no part of what every request carries.
struct ProcessGroups: BitwiseCopyable {
  typealias Numbers = InlineArray<32, UInt32>

  var numbers = Numbers(repeating: 0)
  var count = 0

  /// Whether the list is the first `count` of `other`.
  func isEqual(to other: Numbers, _ count: Int) -> Bool {
    guard self.count == count else { return false }
    for index in 0..<count where numbers[index] != other[index] { return false }
    return true
  }
}
