// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Page tables have four levels of 512 entries, whatever the processor. Level 0 maps pages; the
// table that an entry of level 1, 2 or 3 points to spans 2 MiB, 1 GiB or 512 GiB.

/// How many bytes one entry of a table of `level` spans.
@inline(__always)
func span(ofLevel level: UInt) -> UInt { 4096 &<< (9 &* level) }

/// The index of the entry for `address` in a table of `level`.
@inline(__always)
func tableIndex(_ address: UInt, _ level: UInt) -> Int {
  Int(bitPattern: address &>> (12 &+ 9 &* level) & 511)
}

/// What an entry of the lowest level holds while its page is kept but must not be reached. Every
/// processor takes an entry whose lowest bit is clear as absent and ignores its other bits.
struct ParkedEntry {
  var rawValue: UInt64
  private static let privateBit: UInt64 = 2
  private static let mark: UInt64 = 4

  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(_ entry: Machine.Entry) {
    rawValue = entry.address.rawValue | Self.mark | (entry.isPrivate ? Self.privateBit : 0)
  }

  @inline(__always)
  var isPrivate: Bool { rawValue & Self.privateBit != 0 }
  @inline(__always)
  var address: PhysicalAddress { PhysicalAddress(rawValue & ~4095) }

  /// The entry with its page in reach again.
  @inline(__always)
  func entry(_ access: PageAccess, _ kind: MemoryKind) -> Machine.Entry {
    var entry = Machine.Entry(page: address, access: access, kind: kind)
    entry.isPrivate = isPrivate
    return entry
  }
}

/// One word of a table of the lowest level.
struct LeafWord {
  var rawValue: UInt64
  @inline(__always) init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always) var isEmpty: Bool { rawValue == 0 }
  @inline(__always) var isParked: Bool { rawValue & 1 == 0 && rawValue != 0 }
  @inline(__always) var isPresent: Bool { rawValue & 1 != 0 }
  @inline(__always) var entry: Machine.Entry { Machine.Entry(rawValue: rawValue) }
  @inline(__always) var parked: ParkedEntry { ParkedEntry(rawValue: rawValue) }
  @inline(__always)
  var isPrivate: Bool { isPresent ? entry.isPrivate : parked.isPrivate }
  @inline(__always)
  var address: PhysicalAddress { isPresent ? entry.address : parked.address }
}

extension Ref where T == AddressSpace {
  /// The lowest table for `address`, or nil if there is none.
  @inline(__always)
  func leaf(_ address: UInt) -> PageWords? {
    let top = Machine.Entry(rawValue: PageWords(value.root)[tableIndex(address, 3)])
    guard top.isPresent else { return nil }
    let upper = Machine.Entry(rawValue: PageWords(top.address)[tableIndex(address, 2)])
    guard upper.isPresent else { return nil }
    let lower = Machine.Entry(rawValue: PageWords(upper.address)[tableIndex(address, 1)])
    guard lower.isPresent else { return nil }
    return PageWords(lower.address)
  }

  /// As `leaf`, making what tables are missing.
  ///
  /// - Throws: `outOfMemory`.
  @inline(__always)
  func makeLeaf(_ address: UInt) throws(SystemError) -> PageWords {
    if let leaf = leaf(address) { return leaf }
    return try makeTables(address)
  }

  @inline(never)
  private func makeTables(_ address: UInt) throws(SystemError) -> PageWords {
    var table = PageWords(value.root)
    var level: UInt = 3
    while level > 0 {
      let index = tableIndex(address, level)
      let entry = Machine.Entry(rawValue: table[index])
      if entry.isPresent {
        table = PageWords(entry.address)
      } else {
        let page = try kernel.frames.takeCleared(for: value.account)
        value.tablePages &+= 1
        table[index] = Machine.Entry(table: page).rawValue
        table = PageWords(page)
      }
      level &-= 1
    }
    return table
  }
}

/// Goes through the lowest tables that exist for a range, in order.
struct LeafWalk {
  private let root: PageWords
  private var address: UInt
  private let end: UInt
  /// Entries of higher tables looked at on the way, and how many may be.
  var effort = 0
  var limit = Int.max

  /// One table's part of the range.
  struct Span {
    let table: PageWords
    /// The address of the first entry.
    let address: UInt
    let first: Int
    let count: Int
  }

  @inline(__always)
  init(_ space: Ref<AddressSpace>, _ start: UInt, _ end: UInt) {
    root = PageWords(space.value.root)
    address = start
    self.end = end
  }

  /// How far it has got.
  var position: UInt { min(address, end) }

  /// The next table, or nil at the end of the range or the limit.
  mutating func next() -> Span? {
    while address < end, effort < limit {
      effort &+= 1
      let top = Machine.Entry(rawValue: root[tableIndex(address, 3)])
      guard top.isPresent else {
        skip(level: 3)
        continue
      }
      let upper = Machine.Entry(rawValue: PageWords(top.address)[tableIndex(address, 2)])
      guard upper.isPresent else {
        skip(level: 2)
        continue
      }
      let lower = Machine.Entry(rawValue: PageWords(upper.address)[tableIndex(address, 1)])
      let start = address
      skip(level: 1)
      guard lower.isPresent else { continue }
      let stop = min(address, end)
      return Span(
        table: PageWords(lower.address), address: start, first: tableIndex(start, 0),
        count: Int(bitPattern: (stop &- start) &>> 12))
    }
    return nil
  }

  /// Goes on behind the entry of `level`. The user half is far from the end of all addresses.
  @inline(__always)
  private mutating func skip(level: UInt) {
    address = (address | (span(ofLevel: level) &- 1)) &+ 1
  }
}
