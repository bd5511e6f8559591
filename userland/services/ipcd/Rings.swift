// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// What stands before a datagram in its receiver's ring. 32 bytes; the datagram follows, padded to
/// eight.
struct Frame {
  var byteCount: Int
  /// The sender's name, as its record keeps it.
  var name: UInt64
  var sender: SocketCredentials

  static var headBytes: Int { 32 }
  var wholeBytes: Int { Self.headBytes &+ (byteCount &+ 7) & ~7 }
}

// A socket's ring holds what is on its way to it. Positions count all bytes that ever went through.
extension Exchange {
  @inline(__always)
  private func offset(_ position: UInt64) -> Int {
    Int(truncatingIfNeeded: position) & (layout.ringBytes &- 1)
  }

  /// The bytes of a ring from `position` on, in one or two pieces of the store.
  @inline(__always)
  private func pieces(
    _ slot: Int, _ position: UInt64, _ count: Int
  ) -> (first: Range<Int>, second: Range<Int>) {
    let ring = layout.ring(slot)
    let start = offset(position)
    let first = min(count, layout.ringBytes &- start)
    return (ring &+ start..<ring &+ start &+ first, ring..<ring &+ count &- first)
  }

  /// Where the next bytes go, for a ring whose last bytes have been used up: a new beginning, so that
  /// few pages are ever touched. Otherwise the end.
  func nextStart(_ slot: Int) -> UInt64 {
    let end = end(slot)
    let offset = offset(end)
    guard offset >= layout.ringBytes / 8, queuedBytes(slot) == 0,
      holdingNotes == 0 || firstNeeded(slot) == end
    else { return end }
    return end &+ UInt64(layout.ringBytes &- offset)
  }

  /// As part of a change: the ring goes from `start`, which `nextStart` gave, to `end`.
  mutating func advance(_ slot: Int, from start: UInt64, to end: UInt64) {
    if start != self.end(slot) { put(slot, Layout.Socket.tail, start) }
    put(slot, Layout.Socket.end, end)
  }

  /// Puts bytes where nobody looks yet.
  /// - Throws: `outOfMemory`.
  mutating func putBytes(
    _ bytes: Span<UInt8>, _ slot: Int, at position: UInt64
  ) throws(SystemError) {
    let (first, second) = pieces(slot, position, bytes.count)
    try bringIn(first)
    try bringIn(second)
    store.put(bytes.extracting(0..<first.count), at: first.lowerBound)
    if !second.isEmpty {
      store.put(bytes.extracting(first.count..<bytes.count), at: second.lowerBound)
    }
  }

  /// Adds bytes of a ring to `output`, as far as there is room.
  @_lifetime(output: copy output)
  func append(
    _ slot: Int, _ position: UInt64, _ count: Int, to output: inout OutputSpan<UInt8>
  ) {
    let (first, second) = pieces(slot, position, count)
    store.append(first, to: &output)
    if !second.isEmpty { store.append(second, to: &output) }
  }

  private func ringWord(_ slot: Int, _ position: UInt64) -> Int {
    (layout.ring(slot) &+ offset(position)) >> 3
  }

  /// The head of the datagram at `position`.
  func frame(_ slot: Int, _ position: UInt64) -> Frame {
    var sender = SocketCredentials()
    let process = store.word(ringWord(slot, position &+ 16))
    let user = store.word(ringWord(slot, position &+ 24))
    sender.process = UInt32(truncatingIfNeeded: process)
    sender.generation = UInt32(truncatingIfNeeded: process >> 32)
    sender.user = UInt32(truncatingIfNeeded: user)
    sender.group = UInt32(truncatingIfNeeded: user >> 32)
    return Frame(
      byteCount: Int(truncatingIfNeeded: store.word(ringWord(slot, position)) & 0xFFFF_FFFF),
      name: store.word(ringWord(slot, position &+ 8)), sender: sender)
  }

  /// Puts a datagram with its head where nobody looks yet.
  mutating func putFrame(
    _ frame: Frame, _ bytes: Span<UInt8>, _ slot: Int, at position: UInt64
  ) throws(SystemError) {
    let (first, second) = pieces(slot, position, frame.wholeBytes)
    try bringIn(first)
    try bringIn(second)
    store.setWord(ringWord(slot, position), UInt64(frame.byteCount))
    store.setWord(ringWord(slot, position &+ 8), frame.name)
    let sender = frame.sender
    store.setWord(
      ringWord(slot, position &+ 16), UInt64(sender.process) | UInt64(sender.generation) << 32)
    store.setWord(
      ringWord(slot, position &+ 24), UInt64(sender.user) | UInt64(sender.group) << 32)
    try putBytes(bytes, slot, at: position &+ UInt64(Frame.headBytes))
  }
}
