// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Up to 32 pages of a program's memory that stay where they are until `unpin`, whatever the program
/// does: what a request reads from and writes to.
struct PinList: BitwiseCopyable {
  /// Pages pinned.
  var count: Int = 0
  /// Where the first byte lies in the first page.
  private(set) var firstOffset: Int = 0
  private(set) var byteCount: Int = 0
  private var frames = InlineArray<32, UInt32>(repeating: 0)

  init() {}

  static let maximumPages = 32

  @inline(__always)
  func page(_ index: Int) -> PhysicalAddress { FrameTable.address(of: frames[index]) }

  @inline(__always)
  fileprivate func frame(_ index: Int) -> UInt32 { frames[index] }

  @inline(__always)
  fileprivate mutating func begin(_ span: UserSpan) {
    count = 0
    firstOffset = Int(bitPattern: span.address & 4095)
    byteCount = Int(bitPattern: span.count)
  }

  @inline(__always)
  fileprivate mutating func append(_ frame: UInt32) {
    frames[count] = frame
    count &+= 1
  }

  /// The kernel's view of the bytes from `offset` on, to the end of their page or of the span.
  @inline(__always)
  mutating func piece(at offset: Int) -> (address: UInt, count: Int) {
    let position = firstOffset &+ offset
    let within = position & 4095
    let address = page(position &>> 12).kernelAddress &+ UInt(bitPattern: within)
    return (address, min(4096 &- within, byteCount &- offset))
  }
}

/// Pins the pages of `span`, which lies in the calling thread's memory, bringing them in first.
///
/// - Parameters: `access` with `.write` breaks copy-on-write, so that the writer's own page is pinned.
/// - Throws: `badAddress`, `messageTooLong` for more than 32 pages, `outOfMemory`, `restart`. Then
///   nothing is pinned.
@inline(__always)
func pin(
  _ span: UserSpan, for access: PageAccess, _ thread: Ref<Thread>, into pins: inout PinList
) throws(SystemError) {
  guard let space = thread.value.process?.value.space else { throw .badAddress }
  // Most spans lie in one page, which is there.
  if span.count &- 1 < FrameTable.pageBytes &- (span.address & 4095),
    span.address < Machine.userLimit,
    let entry = space.residentEntry(span.address, access), kernel.frames.tryToPin(entry.address)
  {
    pins.begin(span)
    pins.append(UInt32(truncatingIfNeeded: entry.address.rawValue &>> 12))
    return
  }
  try pin(span, in: space, for: access, .call(thread), into: &pins)
}

/// Pins a span of one or two pages if they are there.
/// - Returns: whether they were; else nothing is pinned.
func pinAtOnce(
  _ span: UserSpan, in space: Ref<AddressSpace>, for access: PageAccess,
  into pins: inout PinList
) -> Bool {
  guard span.count &- 1 < FrameTable.pageBytes, span.address < Machine.userLimit &- 8192,
    let first = space.residentEntry(span.address, access), kernel.frames.tryToPin(first.address)
  else { return false }
  pins.begin(span)
  pins.append(UInt32(truncatingIfNeeded: first.address.rawValue &>> 12))
  let last = span.address &+ span.count &- 1
  if (last ^ span.address) & ~4095 == 0 { return true }
  guard let second = space.residentEntry(last, access), kernel.frames.tryToPin(second.address)
  else {
    unpin(&pins)
    return false
  }
  pins.append(UInt32(truncatingIfNeeded: second.address.rawValue &>> 12))
  return true
}

/// Pins pages of any space: for debuggers, and for the kernel building the first process.
@inline(never)
func pin(
  _ span: UserSpan, in space: Ref<AddressSpace>, for access: PageAccess, _ waiter: Waiter,
  into pins: inout PinList
) throws(SystemError) {
  guard span.count <= Machine.userLimit, span.address <= Machine.userLimit &- span.count else {
    throw .badAddress
  }
  pins.begin(span)
  guard span.count > 0 else { return }
  var page = span.address & ~4095
  let end = span.address &+ span.count
  guard (end &- page &+ 4095) &>> 12 <= UInt(PinList.maximumPages) else { throw .messageTooLong }
  // The pages that are brought in stay, so a long span is pinned by a call made again.
  var left = waiter.thread == nil ? PinList.maximumPages : 16
  do throws(SystemError) {
    while page < end {
      let entry = try space.entryToPin(page, access, &left, waiter)
      try kernel.frames.pin(entry.address)
      pins.append(UInt32(truncatingIfNeeded: entry.address.rawValue &>> 12))
      page &+= 4096
    }
  } catch {
    unpin(&pins)
    throw error
  }
}

extension Ref where T == AddressSpace {
  @inline(__always)
  fileprivate func entryToPin(
    _ page: UInt, _ access: PageAccess, _ left: inout Int, _ waiter: Waiter
  ) throws(SystemError) -> Machine.Entry {
    if let entry = residentEntry(page, access) { return entry }
    if left == 0 { throw .restart }
    left &-= 1
    return try bringIn(page, access, waiter)
  }
}

/// Takes frames of the kernel's own, at the cost of `account`, as if they were a span of `count`
/// bytes: they are free again once they are unpinned.
///
/// - Throws: `outOfMemory`. Then nothing is pinned.
func pinOwnFrames(
  _ count: UInt, _ account: Ref<Account>?, into pins: inout PinList
) throws(SystemError) {
  pins.begin(UserSpan(address: 0, count: count))
  do throws(SystemError) {
    while UInt(pins.count) &* FrameTable.pageBytes < count {
      let page = try kernel.frames.take(for: account)
      try kernel.frames.pin(page)
      pins.append(UInt32(truncatingIfNeeded: page.rawValue &>> 12))
      // From here on it belongs to its pin, which pays for it.
      kernel.frames.give(page, for: account)
    }
  } catch {
    unpin(&pins)
    throw error
  }
}

/// Lets the pages go.
@inline(__always)
func unpin(_ pins: inout PinList) {
  let count = pins.count
  pins.count = 0
  for index in 0..<count { kernel.frames.unpin(pins.frame(index)) }
}

// MARK: Copying to and from pinned pages

// The lists are `inout` only so that they are used where they lie: copying one costs more than
// what is done with it.

/// Copies `count` bytes of the kernel's to the pinned span from `offset` on. The range lies inside
/// the span.
@inline(__always)
func copyToPinned(_ pins: inout PinList, _ offset: Int, from source: UInt, _ count: Int) {
  var done = 0
  while done < count {
    let piece = pins.piece(at: offset &+ done)
    let part = min(piece.count, count &- done)
    Machine.copy(to: piece.address, from: source &+ UInt(bitPattern: done), count: part)
    done &+= part
  }
}

/// Copies `count` bytes of the pinned span from `offset` on to the kernel.
@inline(__always)
func copyFromPinned(_ pins: inout PinList, _ offset: Int, to target: UInt, _ count: Int) {
  var done = 0
  while done < count {
    let piece = pins.piece(at: offset &+ done)
    let part = min(piece.count, count &- done)
    Machine.copy(to: target &+ UInt(bitPattern: done), from: piece.address, count: part)
    done &+= part
  }
}

/// Copies `data` of the calling thread's memory to the pinned span from `offset` on. The range lies
/// inside the span.
///
/// - Throws: as `copyIn`.
@inline(__always)
func copyToPinned(
  _ pins: inout PinList, _ offset: Int, from data: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  var done: UInt = 0
  while done < data.count {
    let piece = pins.piece(at: offset &+ Int(bitPattern: done))
    let part = min(UInt(bitPattern: piece.count), data.count &- done)
    try copyIn(piece.address, UserSpan(address: data.address &+ done, count: part), thread)
    done &+= part
  }
}

/// Copies bytes of the pinned span from `offset` on to `data` in the calling thread's memory.
///
/// - Throws: as `copyIn`.
@inline(__always)
func copyPinnedOut(
  _ pins: inout PinList, _ offset: Int, to data: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  var done: UInt = 0
  while done < data.count {
    let piece = pins.piece(at: offset &+ Int(bitPattern: done))
    let part = min(UInt(bitPattern: piece.count), data.count &- done)
    try copyOut(UserSpan(address: data.address &+ done, count: part), piece.address, thread)
    done &+= part
  }
}
