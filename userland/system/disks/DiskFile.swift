// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

/// An open file of a disk's scheme: what it is of the disk, and a number of its own.
public struct DiskFile: SchemeFile, Equatable, Sendable {
  /// 0 the root, 1 the whole disk, 2 and up its partitions.
  public var part: UInt8
  /// Tells open files apart, and servers that came after one another.
  public var serial: UInt64

  public static let root = DiskFile(part: 0, serial: 0)
  public static let whole = DiskFile(part: 1, serial: 0)

  public init(part: UInt8, serial: UInt64) {
    self.part = part
    self.serial = serial & ((1 << 54) - 1)
  }

  public init?(word: UInt64) {
    guard word >> 62 == 0 else { return nil }
    self.init(part: UInt8(truncatingIfNeeded: word), serial: word >> 8)
  }

  public var word: UInt64 { serial << 8 | UInt64(part) }

  /// The partition that it is of.
  var partition: Int? { part >= 2 ? Int(part) - 2 : nil }

  /// The file with this name: `0`, or `0p` and a partition's number.
  static func part(named name: Span<UInt8>) -> UInt8? {
    if name.equals("0") { return 1 }
    guard name.starts(with: "0p"), name.count <= 5 else { return nil }
    var number = 0
    for index in 2..<name.count {
      guard name[index].isASCIIDigit else { return nil }
      number = number * 10 + Int(name[index] - 0x30)
    }
    // One way to write each number.
    guard name.count > 2, name[2] != 0x30 || name.count == 3, number < 254 else { return nil }
    return UInt8(number + 2)
  }
}
