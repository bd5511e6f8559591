// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Free blocks of 1, 2, 4 … 1,024 frames, aligned to their size: a buddy system. Two free halves of
// a larger block always become one, so a contiguous run is found if there is one.

extension FrameTable {
  /// Frames below this lie under 4 GiB, where devices with 32-bit addresses can reach.
  static let lowLimit: UInt32 = 1 << 20

  /// Takes a block of 2^`order` frames: from above 4 GiB if possible, unless it has to be low.
  mutating func takeBlock(order: Int, low: Bool = false) -> UInt32? {
    if !low, let block = takeBlock(order: order, zone: FrameTable.largestOrder &+ 1) {
      return block
    }
    return takeBlock(order: order, zone: 0)
  }

  private mutating func takeBlock(order: Int, zone: Int) -> UInt32? {
    var found = order
    while blocks[zone &+ found] == 0 {
      found &+= 1
      if found > FrameTable.largestOrder { return nil }
    }
    let block = blocks[zone &+ found]
    unlink(block)
    // The halves that are not needed go back.
    while found > order {
      found &-= 1
      link(block &+ UInt32(1) &<< UInt32(found), order: found)
    }
    info[Int(block)].state = .interior
    return block
  }

  /// Adds a free block, joined with its free neighbours.
  mutating func insertBlock(_ block: UInt32, order: Int) {
    var block = block
    var order = order
    info[Int(block)].state = .interior
    while order < FrameTable.largestOrder {
      let buddy = block ^ UInt32(1) &<< UInt32(order)
      guard Int(buddy) < info.count, info[Int(buddy)].state == .block,
        info[Int(buddy)].order == UInt8(order)
      else { break }
      unlink(buddy)
      info[Int(buddy)].state = .interior
      block = min(block, buddy)
      order &+= 1
    }
    link(block, order: order)
  }

  /// Makes the frames `start ..< end` free, in the largest blocks that fit.
  mutating func insertRun(_ start: UInt32, _ end: UInt32) {
    var frame = start
    while frame < end {
      var order = min(frame.trailingZeroBitCount, FrameTable.largestOrder)
      while UInt32(1) &<< UInt32(order) > end &- frame { order &-= 1 }
      insertBlock(frame, order: order)
      frame &+= UInt32(1) &<< UInt32(order)
    }
  }

  /// Takes `count` frames (1 ... 1,024) that lie side by side, each with one reference, uncharged.
  ///
  /// - Throws: `outOfMemory`; `restart` if there may be some after a further step.
  mutating func takeRun(_ count: Int, low: Bool) throws(SystemError) -> UInt32 {
    guard count >= 1, count <= 1 << FrameTable.largestOrder else { throw .outOfMemory }
    let order = Int.bitWidth &- (count &- 1).leadingZeroBitCount
    var found = takeBlock(order: order, low: low)
    if found == nil {
      // What is missing may lie in the stack.
      drainReady(2 * FrameTable.drainCount)
      found = takeBlock(order: order, low: low)
      if found == nil, readyCount > 0 { throw .restart }
    }
    guard let first = found else { throw .outOfMemory }
    let end = first &+ UInt32(count)
    for frame in first..<end { info[Int(frame)] = FrameInfo(references: 1, state: .inUse) }
    freeCount &-= count
    insertRun(end, first &+ UInt32(1) &<< UInt32(order))
    return first
  }

  private static func listIndex(_ block: UInt32, order: Int) -> Int {
    block < lowLimit ? order : FrameTable.largestOrder &+ 1 &+ order
  }

  private mutating func link(_ block: UInt32, order: Int) {
    let list = FrameTable.listIndex(block, order: order)
    let next = blocks[list]
    info[Int(block)] = FrameInfo(next: next, state: .block, order: UInt8(order))
    if next != 0 { info[Int(next)].previous = block }
    blocks[list] = block
  }

  private mutating func unlink(_ block: UInt32) {
    let next = info[Int(block)].next
    let previous = info[Int(block)].previous
    if previous != 0 {
      info[Int(previous)].next = next
    } else {
      blocks[FrameTable.listIndex(block, order: Int(info[Int(block)].order))] = next
    }
    if next != 0 { info[Int(next)].previous = previous }
  }
}
