// SPDX-License-Identifier: MIT
public import ABI
import Core
public import Disks
public import Memory
import Mutation
import Schemes
public import Storage

/// For tests: a driver's device under the engine that its server has, with a clock that the test turns.
/// Requests have pages of the device's memory for their data, and numbers for names.
public final class DriverTrial<Device: BlockDevice & ~Copyable> {
  private var engine: BlockEngine<Device>
  public private(set) var now: UInt64 = 0
  /// How requests ended.
  public private(set) var ended: [UInt64: SystemError?] = [:]
  /// What must not be: a request that ended twice, a block that is not as it was written.
  public private(set) var faults: [String] = []
  let memory: SharedBytes
  private let firstPage: Int

  /// - Parameters:
  ///   - memory: what host and device know by the same addresses.
  ///   - firstPage: of those that hold the requests' data.
  public init(_ device: consuming Device, _ memory: SharedBytes, firstPage: Int) {
    engine = BlockEngine(device)
    self.memory = memory
    self.firstPage = firstPage
  }

  public var isDead: Bool { engine.isDead }
  public var statistics: DiskStatistics { engine.statistics }

  /// Asks for one block; its data lies at the start of page `place`.
  public func submit(
    _ name: UInt64, _ operation: DiskOperation, _ block: UInt64 = 0, place: Int = 0,
    fill: UInt8 = 0
  ) {
    let byteCount = Int(engine.device.geometry.blockBytes)
    let start = (firstPage + place) * 4096
    let data = memory.extracting(start..<start + byteCount)
    if operation == .write {
      data.copy([UInt8](repeating: fill, count: byteCount).span, to: 0)
    }
    let moves = operation == .read || operation == .write
    submit(
      name,
      BlockTransfer(
        operation, BlockRange(first: block, count: operation == .flush ? 0 : 1),
        data: moves
          ? DataRun(data, pages: [UInt64(memory.address) + UInt64(start)], offset: 0) : nil))
  }

  /// Asks for anything.
  public func submit(_ name: UInt64, _ transfer: BlockTransfer) {
    engine.submit(BlockRequest(transfer, .ring(serial: 1, identifier: name)))
  }

  public var geometry: BlockGeometry { engine.device.geometry }

  /// Whether a request has ended well.
  public func isDone(_ name: UInt64) -> Bool { ended[name] == .some(nil) }

  /// Whether it has ended with an error.
  public func hasFailed(_ name: UInt64, _ error: SystemError) -> Bool {
    ended[name] == .some(error)
  }

  public func advance() {
    engine.acknowledge()
    engine.advance(now: now)
    take()
  }

  public func expire(after seconds: UInt64) {
    now += seconds * 1_000_000_000
    engine.expire(now: now)
    advance()
  }

  private func take() {
    while let finished = engine.takeFinished() {
      guard case .ring(_, let name) = finished.request.owner else { continue }
      if ended[name] != nil { faults.append("request \(name) ended twice") }
      ended[name] = .some(finished.error)
    }
  }

  private func byte(_ place: Int) -> UInt8 {
    memory.load(at: (firstPage + place) * 4096, as: UInt8.self)
  }

  /// Reads and writes six blocks, while the device does whatever `act` has it do: every request ends
  /// once, and a block holds what was written last.
  ///
  /// - Parameters:
  ///   - act: called before each step, with the step's random number.
  ///   - calm: the device does from here on what it should.
  public func campaign(
    seed: UInt64, steps: Int, act: (UInt64) -> Void, calm: () -> Void
  ) {
    var random = SeededGenerator(seed: seed)
    /// The writes of each block, with what they wrote.
    var writes: [UInt64: [(name: UInt64, value: UInt8)]] = [:]
    /// For each read: where to, and the writes before it.
    var expected: [UInt64: (place: Int, writes: [(name: UInt64, value: UInt8)])] = [:]
    var free = Array(0..<40)
    var places: [UInt64: Int] = [:]
    var submitted: UInt64 = 0
    var checked: Set<UInt64> = []
    for step in 0..<steps {
      act(random.next())
      if Int(submitted) - ended.count < 30, !free.isEmpty {
        submitted += 1
        let block = UInt64.random(in: 0..<6, using: &random)
        let place = free.removeFirst()
        places[submitted] = place
        switch Int.random(in: 0..<8, using: &random) {
        case 0: submit(submitted, .flush, place: place)
        case 1...4:
          let value = UInt8.random(in: 1...255, using: &random)
          writes[block, default: []].append((submitted, value))
          submit(submitted, .write, block, place: place, fill: value)
        default:
          expected[submitted] = (place, writes[block] ?? [])
          submit(submitted, .read, block, place: place)
        }
      }
      if step % 5 == 0 { expire(after: 11) } else { advance() }
      for name in ended.keys.sorted() where checked.insert(name).inserted {
        if let wanted = expected[name], ended[name] == .some(nil) { check(name, wanted) }
        if let place = places[name] { free.append(place) }
      }
    }
    calm()
    for _ in 0..<20 { expire(after: 30) }
    for _ in 0..<20 { advance() }
    if ended.count != Int(submitted) {
      faults.append("of \(submitted) requests, \(ended.count) ended")
    }
  }

  /// A write that failed may have happened all the same; the last that did not fail counts.
  private func check(
    _ name: UInt64, _ wanted: (place: Int, writes: [(name: UInt64, value: UInt8)])
  ) {
    var possible: [UInt8] = []
    for write in wanted.writes.reversed() {
      possible.append(write.value)
      if ended[write.name] == .some(nil) { break }
      if write.name == wanted.writes[0].name { possible.append(0) }
    }
    if wanted.writes.isEmpty { possible = [0] }
    let found = byte(wanted.place)
    if !possible.contains(found) {
      faults.append("request \(name) read \(found), not one of \(possible)")
    }
  }
}
