// SPDX-License-Identifier: MIT
public import Base
import Core

/// Names in an order in which the numbers in them count by their value: `a9` before `a10`.
public enum VersionOrder {
  @export(interface)
  public static func isBefore(_ first: Text, _ second: Text) -> Bool {
    var (left, right) = (0, 0)
    while left < first.count, right < second.count {
      if first[left].isASCIIDigit, second[right].isASCIIDigit {
        let (one, other) = (number(first, &left), number(second, &right))
        // Without leading zeros, the longer number is the greater.
        if one.count != other.count { return one.count < other.count }
        if one != other { return one < other }
        continue
      }
      if first[left] != second[right] { return first[left] < second[right] }
      left += 1
      right += 1
    }
    let (restOfFirst, restOfSecond) = (first.count - left, second.count - right)
    // Names that differ in leading zeros alone have a fixed order too.
    return restOfFirst != restOfSecond ? restOfFirst < restOfSecond : first < second
  }

  /// The digits at `index` without leading zeros; moves on behind them.
  private static func number(_ name: Text, _ index: inout Int) -> Text {
    while index < name.count, name[index] == UInt8(ascii: "0") { index += 1 }
    let start = index
    while index < name.count, name[index].isASCIIDigit { index += 1 }
    return name[start..<index]
  }
}
