// SPDX-License-Identifier: MIT
import Hierarchy
import ABI
import RedoxFS
import Base
import Core
import Memory

/// What was done. The raw values are the log's: never renumber.
enum OperationKind: UInt8 {
  /// Numbers: directory, mode, owner (group in the high half), time. First: the name.
  case make = 1
  /// Numbers: node, directory, time. First: the name.
  case link = 2
  /// Numbers: directory, time. First: the name.
  case unlink = 3
  case removeDirectory = 4
  /// Numbers: directory, new directory, time. First and second: both names.
  case rename = 5
  /// Numbers: node, offset, time, the mode to set or zero, old size. First: the bytes.
  case write = 6
  /// Numbers: node, length, time, zero, old size.
  case truncate = 7
  /// Numbers: node, mode, owner (group in the high half), times: accessed, modified, changed.
  case setAttributes = 8
  /// Numbers: node.
  case release = 9
  /// Numbers: node, offset, time, the mode to set or zero, size, end of the hole.
  case punch = 10
  /// Numbers: node, offset, time, the mode to set or zero (flags in the high half), size, end.
  case allocate = 11
}

/// A completed operation, as the log keeps it to carry it out again.
struct OperationRecord {
  var kind: OperationKind
  /// The file whose last name went was open.
  var wasOpen = false
  /// The request opened a file: its result is a word.
  var opens = false
  /// The last request that was carried out, and its result.
  var mark = RequestMark(description: UInt64.max, sequence: UInt64.max)
  var result: UInt64 = 0
  /// A later write has replaced its bytes, which are gone.
  var isReplaced = false
  var numbers = InlineArray<6, UInt64>(repeating: 0)

  init(_ kind: OperationKind) { self.kind = kind }

  /// What it did to a file's contents.
  var change: FileChange? {
    let node = UInt32(truncatingIfNeeded: numbers[0])
    let start = numbers[1]
    return switch kind {
    case .write: FileChange(node: node, range: start..<start &+ result, oldSize: numbers[4])
    case .truncate: FileChange(node: node, range: start..<start, oldSize: numbers[4])
    case .punch:
      FileChange(
        node: node, range: start..<max(start, numbers[5]), oldSize: numbers[4], isHole: true)
    case .allocate: allocation
    default: nil
    }
  }
}

extension OperationRecord {
  /// Notes what is done to a range of a file.
  init(
    _ flags: AllocationFlags, node: UInt32, _ range: Range<UInt64>, newMode: UInt16,
    oldSize: UInt64, now: UInt64
  ) {
    self.init(flags.contains(.punchHole) ? .punch : .allocate)
    numbers[0] = UInt64(node)
    numbers[1] = range.lowerBound
    numbers[2] = now
    numbers[3] = UInt64(newMode) | (kind == .allocate ? UInt64(flags.rawValue) << 32 : 0)
    numbers[4] = oldSize
    numbers[5] = range.upperBound
  }

  /// The range, and what was done to it, of a `punch` or an `allocate`; whether there was room for it was
  /// asked before.
  var rangeChange: (range: Range<UInt64>, change: RangeChange)? {
    guard numbers[1] <= numbers[5] else { return nil }
    let flags = AllocationFlags(rawValue: UInt32(truncatingIfNeeded: numbers[3] >> 32))
    var change = RangeChange(
      zeroes: kind == .punch || flags.contains(.zeroRange),
      grows: kind == .allocate && !flags.contains(.keepSize))
    let mode = UInt16(truncatingIfNeeded: numbers[3])
    if mode != 0 { change.permissions = mode }
    return (numbers[1]..<numbers[5], change)
  }

  private var allocation: FileChange? {
    guard let (range, change) = rangeChange else { return nil }
    let newSize = change.grows && range.upperBound > numbers[4] ? range.upperBound : nil
    guard change.zeroes || newSize != nil else { return nil }
    return FileChange(
      node: UInt32(truncatingIfNeeded: numbers[0]),
      range: change.zeroes ? range : range.upperBound..<range.upperBound, oldSize: numbers[4],
      isHole: change.zeroes, newSize: newSize)
  }
}

/// What a request did to a file's contents: bytes written, or, with an empty range, the end moved.
public struct FileChange: Sendable {
  public var node: UInt32
  public var range: Range<UInt64>
  public var oldSize: UInt64
  /// The range was made zeros.
  public var isHole = false
  /// Then the end was moved up to here.
  public var newSize: UInt64?
}
