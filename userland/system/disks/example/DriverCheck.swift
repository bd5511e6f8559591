// SPDX-License-Identifier: MIT
public import ABI
import Core
public import Disks
import Memory
import Storage

/// For tests: what a device made of arrays can be told to do. It has 1,000 blocks of 512 bytes.
public struct DeviceActs {
  /// What is on its medium.
  public var medium: () -> [UInt8]
  /// How often it has flushed its cache.
  public var flushes: () -> Int
  /// It takes requests and answers none, or goes on.
  public var keepSilent: (Bool) -> Void
  /// It is not there any more.
  public var takeAway: () -> Void
  /// It does not reset from here on.
  public var refuseResets: () -> Void
  /// It has so many blocks when it is reset next.
  public var shrink: (_ blockCount: Int) -> Void
  /// How a request ends that is never answered, however often it is tried.
  public var endOfSilence = SystemError.inputOutput

  public init(
    medium: @escaping () -> [UInt8], flushes: @escaping () -> Int,
    keepSilent: @escaping (Bool) -> Void, takeAway: @escaping () -> Void,
    refuseResets: @escaping () -> Void, shrink: @escaping (_ blockCount: Int) -> Void
  ) {
    (self.medium, self.flushes, self.keepSilent) = (medium, flushes, keepSilent)
    (self.takeAway, self.refuseResets, self.shrink) = (takeAway, refuseResets, shrink)
  }
}

/// For tests: what holds of every driver's device, each to be tried with a new one.
public enum DriverCheck: CaseIterable, Sendable {
  case blocksGoBothWays
  case flushesAndDiscards
  case whatNeverAnswersIsReset
  case whatIsGoneEndsItsRequests
  case whatDoesNotResetEndsItsDriver
  case whatShrinksRefusesWhatLiesBehindItsEnd

  /// - Returns: what does not hold.
  public func faults<Device: BlockDevice & ~Copyable>(
    of trial: DriverTrial<Device>, _ acts: DeviceActs
  ) -> [String] {
    var list = FaultList()
    switch self {
    case .blocksGoBothWays: goBothWays(trial, acts, &list)
    case .flushesAndDiscards: flushAndDiscard(trial, acts, &list)
    case .whatNeverAnswersIsReset: keepSilent(trial, acts, &list)
    case .whatIsGoneEndsItsRequests:
      acts.keepSilent(true)
      trial.submit(1, .write, 1)
      trial.advance()
      acts.takeAway()
      trial.expire(after: 11)
      list.expect(trial.hasFailed(1, .noDevice) && !trial.isDead, "the request ends")
    case .whatDoesNotResetEndsItsDriver:
      acts.keepSilent(true)
      trial.submit(1, .write, 1)
      trial.advance()
      acts.refuseResets()
      trial.expire(after: 11)
      list.expect(trial.ended.isEmpty && trial.isDead, "the driver ends, and no request")
    case .whatShrinksRefusesWhatLiesBehindItsEnd:
      acts.keepSilent(true)
      acts.shrink(5)
      trial.submit(1, .read, 7)
      trial.submit(2, .read, 4, place: 1)
      trial.advance()
      acts.keepSilent(false)
      trial.expire(after: 11)
      list.expect(trial.hasFailed(1, .inputOutput), "what lies behind its end is refused")
      list.expect(trial.isDone(2) && trial.geometry.blockCount == 5, "all else is there")
    }
    return list.faults + trial.faults
  }

  private func goBothWays<Device: BlockDevice & ~Copyable>(
    _ trial: DriverTrial<Device>, _ acts: DeviceActs, _ list: inout FaultList
  ) {
    var name: UInt64 = 0
    for (pageCount, byteCount) in [
      (1, 512), (1, 4096), (2, 4096), (2, 8192), (5, 16_384), (33, 131_072),
    ] {
      // Scattered, and, where there is room, not from a page's start.
      let pages = (0..<pageCount).map { 200 - 2 * $0 }
      let offset = pageCount * 4096 - byteCount >= 512 && pageCount > 1 ? 512 : 0
      let places = (0..<byteCount).map { place in
        pages[(offset + place) / 4096] * 4096 + (offset + place) % 4096
      }
      let base = UInt64(trial.memory.address)
      let data = DataRun(
        trial.memory.extracting(0..<byteCount), pages: pages.map { base + UInt64($0) * 4096 }[...],
        offset: offset)
      let blocks = BlockRange(first: 7, count: UInt64(byteCount / 512))
      for (index, place) in places.enumerated() {
        trial.memory.store(UInt8(index % 251), at: place)
      }
      trial.submit(name + 1, BlockTransfer(.write, blocks, isForced: true, data: data))
      trial.advance()
      let content = (0..<byteCount).map { UInt8($0 % 251) }
      list.expect(
        trial.isDone(name + 1) && Array(acts.medium()[3584..<3584 + byteCount]) == content,
        "\(byteCount) bytes are written")
      for page in pages { trial.memory.clear(page * 4096..<page * 4096 + 4096) }
      trial.submit(name + 2, BlockTransfer(.read, blocks, data: data))
      trial.advance()
      list.expect(
        trial.isDone(name + 2)
          && places.map { trial.memory.load(at: $0, as: UInt8.self) } == content,
        "\(byteCount) bytes are read")
      name += 2
    }
  }

  private func flushAndDiscard<Device: BlockDevice & ~Copyable>(
    _ trial: DriverTrial<Device>, _ acts: DeviceActs, _ list: inout FaultList
  ) {
    for block: UInt64 in 9...12 { trial.submit(block, .write, block, place: Int(block), fill: 9) }
    trial.submit(1, BlockTransfer(.discard, BlockRange(first: 10, count: 2)))
    trial.submit(2, .flush)
    trial.advance()
    list.expect(trial.ended.count == 6 && trial.ended.values.allSatisfy { $0 == nil }, "all end")
    let medium = acts.medium()
    list.expect(medium[9 * 512] == 9 && medium[12 * 512] == 9, "others' blocks stay")
    list.expect(medium[10 * 512] != 9 && medium[12 * 512 - 1] != 9, "what is discarded goes")
    list.expect(acts.flushes() == 1, "the cache is flushed once")
  }

  private func keepSilent<Device: BlockDevice & ~Copyable>(
    _ trial: DriverTrial<Device>, _ acts: DeviceActs, _ list: inout FaultList
  ) {
    acts.keepSilent(true)
    for name: UInt64 in 1...3 { trial.submit(name, .read, name, place: Int(name)) }
    trial.advance()
    trial.expire(after: 9)
    list.expect(trial.ended.isEmpty && trial.statistics.resets == 0, "it has its time")
    acts.keepSilent(false)
    trial.expire(after: 2)
    list.expect((1...3).allSatisfy { trial.isDone($0) }, "after a reset they are done again")
    list.expect(trial.statistics.timeouts == 1 && trial.statistics.resets == 1, "one reset")
    acts.keepSilent(true)
    trial.submit(4, .read, 1)
    for _ in 0..<6 { trial.expire(after: 11) }
    list.expect(trial.hasFailed(4, acts.endOfSilence) && !trial.isDead, "silence is an error")
    // It is looked for again, after a while.
    acts.keepSilent(false)
    trial.expire(after: 6)
    trial.submit(5, .read, 1)
    trial.advance()
    list.expect(trial.isDone(5), "it comes back")
  }
}

private struct FaultList {
  var faults: [String] = []
  mutating func expect(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
}
