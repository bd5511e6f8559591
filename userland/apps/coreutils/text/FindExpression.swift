// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// An expression of `find`, as a tree.
indirect enum FindExpression {
  case both(FindExpression, FindExpression)
  case either(FindExpression, FindExpression)
  case negation(FindExpression)
  case test(FindTest)
  case action(FindAction)
}

/// What can be asked of a file.
enum FindTest {
  case always(Bool)
  case name(Text, ignoresCase: Bool)
  case path(Text, ignoresCase: Bool)
  case linkTarget(Text)
  /// Type bits of `FileMode`.
  case type([UInt32])
  /// In units of so many bytes, rounded up.
  case size(FindNumber, unit: UInt64)
  case age(FindTime, FindNumber, unit: UInt64)
  /// Nanoseconds since 1970.
  case newer(FindTime, UInt64)
  case permissions(UInt32, FindPermission)
  case empty
  case links(FindNumber)
  case inode(FindNumber)
  case user(FindNumber)
  case group(FindNumber)
}

enum FindTime { case accessed, modified, changed }
enum FindPermission { case exact, all, any }

enum FindAction {
  case print(end: UInt8)
  case prune
  case delete
  case quit
  /// A command for each file, or, by its index, for many.
  case execute([Text])
  case collect(Int)
}

/// `5`, `+5` (more), `-5` (less).
struct FindNumber {
  private enum Relation { case equal, more, less }
  private let relation: Relation
  private let value: UInt64

  /// `nil` if it is none.
  init?(_ text: Text) {
    var digits = text
    if text.hasPrefix("+") || text.hasPrefix("-") { digits = text[1...] }
    relation = text.hasPrefix("+") ? .more : text.hasPrefix("-") ? .less : .equal
    guard let value = try? UInt64(decimal: digits.span) else { return nil }
    self.value = value
  }

  func fits(_ number: UInt64) -> Bool {
    switch relation {
    case .equal: number == value
    case .more: number > value
    case .less: number < value
    }
  }
}
