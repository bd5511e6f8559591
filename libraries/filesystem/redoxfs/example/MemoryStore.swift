// SPDX-License-Identifier: MIT
import Core
public import RedoxFS

/// An image in memory as a block store, which can remember what was written to it, and refuse.
public final class MemoryStore: WritableBlockStore {
  public enum Event {
    case write(block: UInt64, bytes: [UInt8])
    case flush
  }

  public var bytes: [UInt8]
  /// Blocks that the medium cannot read.
  public var unreadable: Set<UInt64> = []
  /// How often each of these is not read before it is, and how many reads there are before none succeeds.
  public var refusedReads: [UInt64: Int] = [:]
  public var readPatience = Int.max
  /// How many blocks were read.
  public var reads = 0
  /// How many more writes and flushes it takes, before it refuses all.
  public var patience = Int.max
  /// Writes and flushes, counted together from zero, and those of them that it refuses once.
  public private(set) var eventCount = 0
  public var refusedEvents: Set<Int> = []
  /// What was written, if it is to remember.
  public var history: [Event] = []
  public var remembers = false

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public convenience init(blockCount: Int) {
    self.init([UInt8](repeating: 0, count: blockCount * 4096))
  }

  public var blockCount: UInt64 { UInt64(bytes.count / 4096) }

  public func read(_ block: UInt64, count: Int, onto target: inout [UInt8]) -> Bool {
    guard block < blockCount, UInt64(count) <= blockCount - block,
      unreadable.isEmpty
        || (block..<block + UInt64(count)).allSatisfy({ !unreadable.contains($0) })
    else { return false }
    guard readPatience > 0, !isRefused(block..<block + UInt64(count)) else { return false }
    readPatience -= 1
    reads += count
    target += bytes[Int(block) * 4096..<(Int(block) + count) * 4096]
    return true
  }

  private func isRefused(_ blocks: Range<UInt64>) -> Bool {
    guard let block = blocks.first(where: { refusedReads[$0, default: 0] > 0 }) else {
      return false
    }
    refusedReads[block, default: 0] -= 1
    return true
  }

  public func write(_ block: UInt64, _ source: Span<UInt8>) -> Bool {
    precondition(source.count % 4096 == 0 && block + UInt64(source.count / 4096) <= blockCount)
    guard takesEvent() else { return false }
    var written: [UInt8] = []
    written.append(copyOf: source)
    if remembers { history.append(.write(block: block, bytes: written)) }
    apply(block, written[...])
    return true
  }

  public func flush() -> Bool {
    guard takesEvent() else { return false }
    if remembers { history.append(.flush) }
    return true
  }

  private func takesEvent() -> Bool {
    eventCount += 1
    guard patience > 0, !refusedEvents.contains(eventCount - 1) else { return false }
    patience -= 1
    return true
  }

  /// Writes without being asked.
  public func apply(_ block: UInt64, _ written: ArraySlice<UInt8>) {
    let start = Int(block) * 4096
    bytes.replaceSubrange(start..<start + written.count, with: written)
  }
}
