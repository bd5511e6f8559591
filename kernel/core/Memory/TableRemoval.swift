// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Tables that no region needs any more are given back when the region that needed them goes: those
// that span part of its range and lie wholly between its neighbours.

extension Ref where T == AddressSpace {
  /// Frees the tables for `start ..< end`, where nothing is left, as far as they span nothing
  /// outside `floor ..< ceiling`, where no region is. Clears at most 2 GiB worth of lowest tables.
  func freeTables(_ start: UInt, _ end: UInt, floor: UInt, ceiling: UInt) {
    let root = PageWords(value.root)
    var address = start & ~(span(ofLevel: 1) &- 1)
    while address < end {
      let topIndex = tableIndex(address, 3)
      let top = Machine.Entry(rawValue: root[topIndex])
      let topStart = address & ~(span(ofLevel: 3) &- 1)
      guard top.isPresent else {
        address = topStart &+ span(ofLevel: 3)
        continue
      }
      let topEnd = min(end, topStart &+ span(ofLevel: 3))
      freeUpper(PageWords(top.address), from: address, to: topEnd, floor, ceiling)
      if isUnneeded(topStart, level: 3, floor, ceiling) {
        root[topIndex] = 0
        retire(top.address)
      }
      address = topStart &+ span(ofLevel: 3)
    }
  }

  private func freeUpper(
    _ table: PageWords, from start: UInt, to end: UInt, _ floor: UInt, _ ceiling: UInt
  ) {
    var address = start
    while address < end {
      let index = tableIndex(address, 2)
      let upper = Machine.Entry(rawValue: table[index])
      let upperStart = address & ~(span(ofLevel: 2) &- 1)
      if upper.isPresent {
        let upperEnd = min(end, upperStart &+ span(ofLevel: 2))
        freeLower(PageWords(upper.address), from: address, to: upperEnd, floor, ceiling)
        if isUnneeded(upperStart, level: 2, floor, ceiling) {
          table[index] = 0
          retire(upper.address)
        }
      }
      address = upperStart &+ span(ofLevel: 2)
    }
  }

  private func freeLower(
    _ table: PageWords, from start: UInt, to end: UInt, _ floor: UInt, _ ceiling: UInt
  ) {
    var address = start & ~(span(ofLevel: 1) &- 1)
    while address < end {
      let index = tableIndex(address, 1)
      let lower = Machine.Entry(rawValue: table[index])
      if lower.isPresent, isUnneeded(address, level: 1, floor, ceiling) {
        table[index] = 0
        retire(lower.address)
      }
      address &+= span(ofLevel: 1)
    }
  }

  /// Whether the table that begins at `start` and hangs on an entry of `level` spans no region.
  @inline(__always)
  private func isUnneeded(
    _ start: UInt, level: UInt, _ floor: UInt, _ ceiling: UInt
  ) -> Bool {
    start >= floor && start &+ span(ofLevel: level) <= ceiling
  }

  /// Gives a table back that hangs nowhere any more.
  private func retire(_ table: PhysicalAddress) {
    value.tablePages &-= 1
    if otherProcessors == 0 {
      kernel.frames.give(table, for: value.account)
    } else if let frame = kernel.frames.frame(at: table) {
      // Another processor may still walk it, until it has flushed.
      kernel.frames.info[Int(frame)].next = value.retired
      value.retired = frame
    }
  }

  /// Frees the tables that were kept for other processors' sake; they have flushed since.
  func freeRetired() {
    while value.retired != 0 {
      let frame = value.retired
      value.retired = kernel.frames.info[Int(frame)].next
      kernel.frames.give(FrameTable.address(of: frame), for: value.account)
    }
  }
}
