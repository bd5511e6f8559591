// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

/// An open file of a disk's scheme: which disk, what it is of that, what for, and a number of its own.
public struct DiskFile: SchemeFile, Equatable, Sendable {
  /// The disk's number; 0 for the root.
  public var disk: UInt8
  /// 0 the root, 1 a whole disk, 2 and up its partitions.
  public var part: UInt8
  /// Tells open files apart, and servers that came after one another. A file that was opened below an
  /// open one has the number of that.
  public var serial: UInt64
  public var use: DiskUse

  public static let root = DiskFile(disk: 0, part: 0, serial: 0)

  private static var serialMask: UInt64 { (1 << 44) - 1 }

  public init(disk: UInt8, part: UInt8, serial: UInt64, use: DiskUse = .reads) {
    self.disk = disk
    self.part = part
    self.serial = serial & Self.serialMask
    self.use = use
  }

  public init?(word: UInt64) {
    guard let use = DiskUse(rawValue: UInt8(word >> 60)) else { return nil }
    self.init(
      disk: UInt8(truncatingIfNeeded: word >> 8), part: UInt8(truncatingIfNeeded: word),
      serial: word >> 16, use: use)
  }

  public var word: UInt64 {
    UInt64(use.rawValue) << 60 | serial << 16 | UInt64(disk) << 8 | UInt64(part)
  }

  /// The partition that it is of.
  var partition: Int? { part >= 2 ? Int(part) - 2 : nil }

  /// Its number in the file system that the scheme is: the root's is 1.
  var inode: UInt64 { UInt64(disk) << 8 + UInt64(part) + 1 }

  /// The file with this name: a disk's number, or that, `p` and a partition's number.
  init?(named name: Span<UInt8>) {
    var place = 0
    guard let disk = Self.number(name, &place) else { return nil }
    guard place < name.count else {
      self.init(disk: UInt8(disk), part: 1, serial: 0)
      return
    }
    guard name[place] == 0x70 else { return nil }
    place += 1
    guard let number = Self.number(name, &place), place == name.count, number < 254 else {
      return nil
    }
    self.init(disk: UInt8(disk), part: UInt8(number + 2), serial: 0)
  }

  /// The number at `place`, below 256 and written the one way it is written.
  private static func number(_ name: Span<UInt8>, _ place: inout Int) -> Int? {
    let start = place
    var number = 0
    while place < name.count, name[place].isASCIIDigit, place - start < 3 {
      number = number * 10 + Int(name[place] - 0x30)
      place += 1
    }
    guard place > start, number < 256, name[start] != 0x30 || place == start + 1 else { return nil }
    return number
  }

  var name: Text {
    Text { text in
      guard part > 0 else { return }
      text.put(decimal: UInt64(disk))
      guard let partition else { return }
      text.put("p")
      text.put(decimal: UInt64(partition))
    }
  }
}
