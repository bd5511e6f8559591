// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// All physical memory, frame by frame.
///
/// Single frames come from and go to a stack, in constant time. Behind it lie free blocks of 1 to
/// 1,024 frames by size (`FrameTable+Blocks.swift`), which the stack is filled from and drained to,
/// and which contiguous memory comes from.
///
/// Every frame in use is charged: to the account that owns it, or to the root account for the
/// kernel's own. A private page shared by copy-on-write is charged to each address space that maps
/// it, so the charges are never less than the frames in use, and copying it later needs no charge.
struct FrameTable: ~Copyable {
  var info = PhysicalArray<FrameInfo>()
  /// Frames that the machine has for use, and how many of them are free.
  var totalCount = 0
  var freeCount = 0
  /// Frames that the kernel keeps for its own objects.
  var kernelCount = 0

  /// The stack of single free frames.
  private var ready: UInt32 = 0
  var readyCount = 0
  /// First frames of the free blocks: eleven orders below 4 GiB, then eleven above.
  var blocks = InlineArray<22, UInt32>(repeating: 0)

  init() {}

  static let pageBytes: UInt = 4096
  /// The stack hands frames back to the blocks beyond this many. As many as a small process has, so
  /// that fork and exit do not move frames to and fro.
  static let readyLimit = 1_024
  /// How many it hands back at once, at least.
  static let drainCount = 32
  static let largestOrder = 10

  // MARK: Charged frames

  /// Takes one frame, whose content is anything, at the cost of `account` (nil: the kernel).
  /// - Throws: `outOfMemory`.
  @inline(__always)
  mutating func take(for account: Ref<Account>?) throws(SystemError) -> PhysicalAddress {
    try chargeFrames(1, to: account)
    guard let frame = takeUncharged() else {
      releaseFrames(1, of: account)
      throw .outOfMemory
    }
    return FrameTable.address(of: frame)
  }

  /// As `take`, with all bytes zero.
  @inline(__always)
  mutating func takeCleared(for account: Ref<Account>?) throws(SystemError) -> PhysicalAddress {
    let address = try take(for: account)
    Machine.clearPage(address.kernelAddress)
    return address
  }

  /// Gives a frame back that one owner had. One that is pinned lives, and is paid for, until its
  /// last pin is gone.
  @inline(__always)
  mutating func give(_ address: PhysicalAddress, for account: Ref<Account>?) {
    if dropReference(address, account) { releaseFrames(1, of: account) }
  }

  // MARK: Uncharged frames, for those that charge many at once

  @inline(__always)
  mutating func takeUncharged() -> UInt32? {
    if ready == 0, !fillReady() { return nil }
    let frame = ready
    ready = info[Int(frame)].next
    readyCount &-= 1
    freeCount &-= 1
    info[Int(frame)] = FrameInfo(references: 1, state: .inUse)
    return frame
  }

  /// Makes a frame free at once, whatever it was.
  @inline(__always)
  mutating func giveUncharged(_ frame: UInt32) {
    info[Int(frame)] = FrameInfo(next: ready, state: .ready)
    ready = frame
    readyCount &+= 1
    freeCount &+= 1
    if readyCount > FrameTable.readyLimit { drainReady(FrameTable.drainCount) }
  }

  /// Makes the frames of a chain free, whose `FrameInfo` is that of free frames already.
  @inline(__always)
  mutating func giveUncharged(_ chain: FrameChain) {
    if chain.count == 0 { return }
    info[Int(chain.last)].next = ready
    ready = chain.first
    readyCount &+= chain.count
    freeCount &+= chain.count
    if readyCount > FrameTable.readyLimit { drainReady(max(FrameTable.drainCount, chain.count)) }
  }

  /// Moves up to `count` frames from the stack to the blocks.
  @inline(never)
  mutating func drainReady(_ count: Int) {
    var left = min(count, readyCount)
    while left > 0 {
      left &-= 1
      let frame = ready
      ready = info[Int(frame)].next
      readyCount &-= 1
      insertBlock(frame, order: 0)
    }
  }

  /// Fills the empty stack with one block of up to 32 frames.
  @inline(never)
  private mutating func fillReady() -> Bool {
    var order = 5
    var found = takeBlock(order: order)
    while found == nil, order > 0 {
      order &-= 1
      found = takeBlock(order: order)
    }
    guard let first = found else { return false }
    var frame = first &+ UInt32(1) &<< UInt32(order)
    while frame > first {
      frame &-= 1
      info[Int(frame)] = FrameInfo(next: ready, state: .ready)
      ready = frame
      readyCount &+= 1
    }
    return true
  }

  // MARK: References

  @inline(__always)
  static func address(of frame: UInt32) -> PhysicalAddress {
    PhysicalAddress(UInt64(frame) &<< 12)
  }

  /// The frame at `address`, or nil if the table does not reach that far.
  @inline(__always)
  func frame(at address: PhysicalAddress) -> UInt32? {
    let number = address.rawValue &>> 12
    return number < UInt64(info.count) ? UInt32(truncatingIfNeeded: number) : nil
  }

  /// Takes one reference away; the last one frees the frame.
  /// - Returns: whether the charge for it is the caller's to release: it is not for a pinned frame,
  ///   whose charge passes to the pins.
  @inline(__always)
  mutating func dropReference(_ address: PhysicalAddress, _ account: Ref<Account>?) -> Bool {
    let index = Int(truncatingIfNeeded: address.rawValue &>> 12)
    let references = info[index].references &- 1
    if references != 0 {
      info[index].references = references
      return true
    }
    if info[index].pins != 0 {
      abandon(UInt32(truncatingIfNeeded: index), account)
      return false
    }
    giveUncharged(UInt32(truncatingIfNeeded: index))
    return true
  }

  @inline(__always)
  mutating func addReference(_ address: PhysicalAddress) {
    info[Int(truncatingIfNeeded: address.rawValue &>> 12)].references &+= 1
  }
}

/// Frames that become free together, linked by `FrameInfo.next`.
struct FrameChain {
  /// The frame added last, or zero.
  private(set) var first: UInt32 = 0
  /// The frame added first.
  private(set) var last: UInt32 = 0
  private(set) var count = 0

  /// Counts a frame that has been linked to `first`.
  @inline(__always)
  mutating func add(_ number: Int) {
    first = UInt32(truncatingIfNeeded: number)
    if count == 0 { last = first }
    count &+= 1
  }
}
