// SPDX-License-Identifier: MIT
import ABI
import Memory
import Mutation
import Schemes
import Storage
import Testing

@testable import Disks

/// An engine over a scripted disk, with requests named by numbers.
private struct Workshop: ~Copyable {
  let script = DiskScript()
  var engine: BlockEngine<ScriptedDisk>
  let memory = hostMemory(65_536)
  var now: UInt64 = 0
  /// How requests ended: name and error.
  var ended: [UInt64: SystemError?] = [:]
  var order: [UInt64] = []

  init(depth: Int = 4, hasCache: Bool = true) {
    script.depth = depth
    script.geometry.hasCache = hasCache
    script.geometry.discards = true
    engine = BlockEngine(ScriptedDisk(script: script))
  }

  mutating func submit(
    _ name: UInt64, _ operation: DiskOperation, _ first: UInt64 = 0, _ count: UInt64 = 1,
    forced: Bool = false, fill: UInt8 = 0, place: Int = 0
  ) {
    let data = memory.extracting(place * 512..<place * 512 + Int(count) * 512)
    if operation == .write {
      data.copy([UInt8](repeating: fill, count: data.count).span, to: 0)
    }
    engine.submit(
      BlockRequest(
        BlockTransfer(
          operation, BlockRange(first: first, count: operation == .flush ? 0 : count),
          isForced: forced, data: DataRun(data, pages: [0, 4096], offset: 0)),
        .ring(serial: 1, identifier: name)))
  }

  mutating func advance() {
    engine.advance(now: now)
    while let finished = engine.takeFinished() {
      guard case .ring(_, let name) = finished.request.owner else { continue }
      #expect(ended[name] == nil, "request \(name) ended twice")
      ended[name] = .some(finished.error)
      order.append(name)
    }
  }

  mutating func expire(after seconds: UInt64) {
    now += seconds * 1_000_000_000
    engine.expire(now: now)
    advance()
  }
}

@Suite("The way of requests to a device")
struct EngineTests {
  @Test func requestsForTheSameBlocksKeepTheirOrder() {
    var shop = Workshop()
    shop.script.holds = true
    shop.submit(1, .write, 10, 4, fill: 1)
    shop.submit(2, .write, 12, 4, fill: 2, place: 8)
    shop.submit(3, .read, 100)
    shop.submit(4, .read, 13, 1, place: 20)
    shop.advance()
    #expect(shop.script.held.map(\.transfer.blocks.first) == [10, 100])
    shop.script.end()
    shop.advance()
    #expect(shop.script.held.map(\.transfer.blocks.first) == [100, 12])
    shop.script.holds = false
    shop.script.end()
    shop.script.end()
    shop.advance()
    #expect(shop.ended.count == 4 && shop.script.content(12)[0] == 2)
    #expect(shop.memory.load(at: 20 * 512, as: UInt8.self) == 2)
  }

  @Test func aFlushWaitsForWhatCameBefore() {
    var shop = Workshop()
    shop.script.holds = true
    shop.submit(1, .write, 10, fill: 1)
    shop.submit(2, .flush)
    shop.submit(3, .read, 50)
    shop.advance()
    #expect(shop.script.held.map(\.transfer.operation) == [.write, .read])
    shop.script.end(0)
    shop.advance()
    #expect(shop.script.held.map(\.transfer.operation) == [.read, .flush])
    shop.script.end(1)
    shop.advance()
    #expect(shop.order == [1, 2] && shop.script.medium[10]?[0] == 1)
  }

  @Test func forcedWritesAreFlushedWhereTheDeviceCannot() {
    var shop = Workshop()
    shop.submit(1, .write, 10, forced: true, fill: 7)
    shop.advance()
    #expect(shop.script.medium[10]?[0] == 7 && shop.ended[1] == .some(nil))
    var other = Workshop()
    other.script.geometry.forcesWrites = true
    other.submit(1, .write, 10, forced: true, fill: 7)
    other.advance()
    #expect(other.script.medium[10]?[0] == 7)
    var plain = Workshop(hasCache: false)
    plain.submit(1, .flush)
    plain.advance()
    #expect(plain.ended[1] == .some(nil) && plain.script.completions.isEmpty)
  }

  @Test func whatFailsIsTriedAgainAndThenReported() {
    var shop = Workshop()
    shop.script.outcomes = [.failed, .failed]
    shop.submit(1, .write, 1, fill: 1)
    shop.advance()
    #expect(shop.ended[1] == .some(nil) && shop.engine.statistics.retries == 2)
    shop.script.bad = [5]
    shop.submit(2, .read, 5)
    shop.submit(3, .read, 6)
    shop.script.outcomes = []
    shop.advance()
    #expect(shop.ended[2] == .some(.inputOutput) && shop.ended[3] == .some(nil))
    shop.script.outcomes = [.unsupported]
    shop.submit(4, .discard, 6)
    shop.advance()
    #expect(shop.ended[4] == .some(.notSupported))
    #expect(shop.engine.statistics.errors == 2)
  }

  @Test func aDeviceThatIsSilentIsReset() {
    var shop = Workshop()
    shop.script.holds = true
    shop.submit(1, .write, 1, fill: 1)
    shop.submit(2, .write, 1, fill: 2, place: 1)
    shop.advance()
    shop.expire(after: 9)
    #expect(shop.script.resets == 0)
    shop.script.holds = false
    shop.expire(after: 2)
    #expect(shop.script.resets == 1 && shop.ended[1] == .some(nil) && shop.ended[2] == .some(nil))
    #expect(shop.script.content(1)[0] == 2 && shop.engine.statistics.timeouts == 1)
  }

  @Test func aDeviceThatStaysSilentFailsItsRequests() {
    var shop = Workshop()
    shop.script.holds = true
    shop.submit(1, .read, 1)
    shop.advance()
    for _ in 0..<6 { shop.expire(after: 11) }
    #expect(shop.ended[1] == .some(.inputOutput))
    shop.submit(2, .read, 1)
    shop.script.holds = false
    shop.now += 20_000_000_000
    shop.advance()
    #expect(shop.ended[2] == .some(nil))
  }

  @Test func answersThatMakeNoSenseResetTheDevice() {
    for slot in [3, 17, -1] {
      var shop = Workshop()
      shop.script.holds = true
      shop.submit(1, .read, 1)
      shop.advance()
      shop.script.holds = false
      shop.script.completions = [(slot, .done)]
      shop.advance()
      #expect(shop.script.resets == 1 && shop.ended[1] == .some(nil), "slot \(slot)")
    }
    var twice = Workshop()
    twice.script.holds = true
    twice.submit(1, .read, 1)
    twice.submit(2, .read, 2)
    twice.advance()
    twice.script.end()
    twice.script.completions.append(twice.script.completions[0])
    twice.script.holds = false
    twice.advance()
    #expect(twice.ended.count == 2 && twice.script.resets == 1)
  }

  @Test func aDeviceThatIsAlwaysBrokenIsLeftAlone() {
    var shop = Workshop()
    shop.script.holds = true
    shop.script.breaks = 1_000
    shop.submit(1, .read, 1)
    shop.advance()
    #expect(shop.ended[1] == .some(.inputOutput) && shop.script.resets <= 8)
  }

  @Test func aDeviceThatCannotBeResetEndsItsServer() {
    var shop = Workshop()
    shop.script.holds = true
    shop.script.resetFailure = .broken
    shop.submit(1, .write, 1, fill: 1)
    shop.advance()
    shop.expire(after: 11)
    #expect(shop.engine.isDead && shop.ended.isEmpty)
  }

  @Test func aDiskThatIsGoneSaysSoUntilItIsBack() {
    var shop = Workshop()
    shop.script.holds = true
    shop.submit(1, .write, 1, fill: 1)
    shop.advance()
    shop.script.resetFailure = .gone
    shop.script.breaks = 1
    shop.submit(2, .read, 1)
    shop.advance()
    #expect(shop.ended[1] == .some(.noDevice) && shop.ended[2] == .some(.noDevice))
    shop.submit(3, .read, 1)
    shop.advance()
    #expect(shop.ended[3] == .some(.noDevice) && shop.script.resets == 1)
    shop.script.resetFailure = nil
    shop.script.holds = false
    shop.submit(4, .read, 1)
    shop.now += EngineLimits.rest
    shop.advance()
    #expect(shop.ended[4] == .some(nil) && !shop.engine.isDead)
  }

  @Test func whatAnotherBroughtDownIsBegunAgain() {
    var shop = Workshop()
    shop.script.outcomes = [BlockOutcome](repeating: .interrupted, count: 20)
    shop.submit(1, .write, 1, fill: 1)
    shop.submit(2, .read, 5)
    shop.advance()
    #expect(shop.ended[1] == .some(nil) && shop.ended[2] == .some(nil))
    #expect(shop.engine.statistics.retries == 20 && shop.engine.statistics.errors == 0)
  }

  @Test func aDiskThatShrinksRefuses() {
    var shop = Workshop()
    shop.script.geometry.blockCount = 5
    shop.submit(1, .read, 4)
    shop.submit(2, .read, 5)
    shop.submit(3, .write, .max)
    shop.advance()
    #expect(shop.ended[1] == .some(nil))
    #expect(shop.ended[2] == .some(.inputOutput) && shop.ended[3] == .some(.inputOutput))
    shop.script.geometry.isReadOnly = true
    shop.submit(4, .write, 1)
    shop.advance()
    #expect(shop.ended[4] == .some(.readOnlyFileSystem))
  }

  /// Whatever the device does, every request ends once, and what is read is what was written last.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func anyCourseKeepsTheContent(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var shop = Workshop(depth: 3)
    shop.script.holds = true
    /// The writes of each block, with what they wrote.
    var writes: [UInt64: [(name: UInt64, value: UInt8)]] = [:]
    /// For each read: where to, and the writes before it.
    var expected: [UInt64: (place: Int, writes: [(name: UInt64, value: UInt8)])] = [:]
    var free = Array(0..<120)
    var places: [UInt64: Int] = [:]
    var submitted: UInt64 = 0
    for step in 0..<3_000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...3 where Int(submitted) - shop.ended.count < 60:
        submitted += 1
        let block = UInt64.random(in: 0..<6, using: &random)
        let place = free.removeFirst()
        places[submitted] = place
        if Bool.random(using: &random) {
          let value = UInt8.random(in: 1...255, using: &random)
          writes[block, default: []].append((submitted, value))
          shop.submit(submitted, .write, block, fill: value, place: place)
        } else {
          expected[submitted] = (place, writes[block] ?? [])
          shop.submit(submitted, .read, block, place: place)
        }
      case 4...7:
        if !shop.script.held.isEmpty {
          shop.script.end(.random(in: 0..<shop.script.held.count, using: &random))
        }
      case 8 where step % 7 == 0: shop.script.breaks = 1
      case 9 where step % 11 == 0: shop.expire(after: 11)
      default: break
      }
      let before = shop.order.count
      shop.advance()
      for name in shop.order[before...] {
        free.append(places[name] ?? 0)
        guard let wanted = expected[name], shop.ended[name] == .some(nil) else { continue }
        // A write that failed may have happened all the same; the last that did not fail counts.
        var possible: [UInt8] = []
        for write in wanted.writes.reversed() {
          possible.append(write.value)
          if shop.ended[write.name] == .some(nil) { break }
          if write.name == wanted.writes[0].name { possible.append(0) }
        }
        if wanted.writes.isEmpty { possible = [0] }
        #expect(possible.contains(shop.memory.load(at: wanted.place * 512, as: UInt8.self)))
      }
    }
    shop.script.holds = false
    for _ in 0..<20 { shop.expire(after: 30) }
    #expect(shop.ended.count == Int(submitted))
  }
}
