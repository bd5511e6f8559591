// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Storage
import Testing

@testable import VolumeService

/// A driver and its disk, which may refuse, be interrupted, and be replaced at any call. What was
/// written is in the disk's cache until a flush.
private final class ScriptedDriver {
  var medium: [UInt8]
  var cache: [UInt8]
  var random: Generator
  /// Requests that were not answered, and answers that were not taken.
  var pending: [DiskSubmission] = []
  var answers: [DiskCompletion] = []
  /// Of a hundred calls and requests, so many find another driver, or a signal, or fail.
  var deaths = 0
  var signals = 0
  var failures = 0
  /// The disk is not there any more.
  var isGone = false
  var reads = 0
  let memory: SharedBytes

  init(blocks: Int, seed: UInt64) {
    medium = [UInt8](repeating: 0, count: blocks * 4096)
    cache = medium
    random = Generator(seed)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 5 << 17, alignment: 4096)
    _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: 5 << 17)
    memory = unsafe SharedBytes(address: UInt(bitPattern: bytes), count: 5 << 17)
  }

  deinit { unsafe UnsafeMutableRawPointer(bitPattern: memory.address)?.deallocate() }

  func mayDie() throws(SystemError) {
    if isGone { throw .noDevice }
    if random.below(100) < signals { throw .interrupted }
    if random.below(100) < deaths {
      // Some of what was under way has been done, in its order, and nobody has been told.
      for _ in 0..<random.below(pending.count + 1) { carryOut(pending.removeFirst()) }
      answers = []
      pending = []
      throw .gone
    }
  }

  /// Ends the oldest request, or another one that need not come after it.
  func end() {
    var index = random.below(pending.count)
    let chosen = pending[index]
    let mustWait = pending[..<index].contains {
      chosen.operation == DiskOperation.flush.rawValue
        || $0.block < chosen.block + UInt64(chosen.blockCount)
          && chosen.block < $0.block + UInt64($0.blockCount)
    }
    if mustWait { index = 0 }
    let request = pending.remove(at: index)
    var answer = DiskCompletion()
    answer.identifier = request.identifier
    if random.below(100) < failures { answer.result = -5 } else { carryOut(request) }
    answers.append(answer)
  }

  private func carryOut(_ request: DiskSubmission) {
    let start = Int(request.block) * 512
    let (count, data) = (Int(request.blockCount) * 512, Int(request.dataOffset) - 8192)
    switch DiskOperation(rawValue: request.operation) {
    case .read:
      reads += 1
      let cache = cache
      memory.copy(cache.span.extracting(start..<start + count), to: data)
    case .write:
      for index in 0..<count {
        cache[start + index] = memory.load(at: data + index, as: UInt8.self)
      }
      if request.flags & DiskSubmission.forced != 0 {
        medium.replaceSubrange(start..<start + count, with: cache[start..<start + count])
      }
    default: medium = cache
    }
  }
}

private struct ScriptedLane: DiskLane, ~Copyable {
  let driver: ScriptedDriver
  var data: SharedBytes { driver.memory }
  var dataOffset: UInt64 { 8192 }

  mutating func submit(_ submission: DiskSubmission) throws(SystemError) -> Bool {
    driver.pending.append(submission)
    return driver.pending.count <= 64
  }
  mutating func take() throws(SystemError) -> DiskCompletion? {
    driver.answers.isEmpty ? nil : driver.answers.removeFirst()
  }
  mutating func flush() throws(SystemError) { try driver.mayDie() }
  mutating func flushAndWait() throws(SystemError) {
    try driver.mayDie()
    if !driver.pending.isEmpty { driver.end() }
  }
  mutating func flushAndDrain() throws(SystemError) {
    try driver.mayDie()
    while !driver.pending.isEmpty { driver.end() }
  }
  mutating func attachAgain() throws(SystemError) {
    if driver.isGone { throw .noDevice }
    #expect(driver.pending.isEmpty)
  }
}

extension QueuedDisk where Lane: ~Copyable {
  // What is expected cannot borrow.
  fileprivate func write(_ block: UInt64, _ bytes: [UInt8]) -> Bool { write(block, bytes.span) }
  fileprivate func writeThrough(_ block: UInt64, _ bytes: [UInt8]) -> Bool {
    writeThrough(block, bytes.span)
  }
}

/// `#expect` looks at what its expression is made of, which a disk does not stand.
private func expect(
  _ isSo: Bool, _ place: SourceLocation = #_sourceLocation
) { #expect(isSo, sourceLocation: place) }

@Suite("A disk through rings") struct QueuedDiskTests {
  private static let blocks = 300

  private func disk(
    _ driver: ScriptedDriver, writeAgain: Bool = true
  ) -> QueuedDisk<ScriptedLane> {
    QueuedDisk(ScriptedLane(driver: driver), sectorBytes: 512, transferLimit: 131_072) {
      block, data in
      guard writeAgain else { return false }
      for index in 0..<data.count {
        driver.cache[Int(block) * 4096 + index] = data.load(at: index, as: UInt8.self)
      }
      return true
    }
  }

  private func bytes(_ count: Int, _ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for sector in 0..<count * 8 {
      bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: value &+ sector), count: 512)
    }
    return bytes
  }

  /// Whatever the driver does, who reads finds what was written last, and what was flushed is there.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func itIsADisk(seed: UInt64) {
    let driver = ScriptedDriver(blocks: Self.blocks, seed: seed)
    driver.deaths = seed % 3 == 0 ? 10 : 0
    driver.signals = seed % 4 == 0 ? 10 : 0
    let disk = disk(driver)
    var random = Generator(seed &+ 100)
    var expected = driver.medium
    for turn in 0..<300 {
      // Reads fail as the disk fails; only writes are tried in another way.
      driver.failures = 0
      let count = 1 + random.below([4, 40, 70][random.below(3)])
      let block = random.below(Self.blocks - count)
      switch random.below(8) {
      case 0...2:
        driver.failures = seed % 2 == 0 ? 5 : 0
        let content = bytes(count, turn)
        expected.replaceSubrange(block * 4096..<(block + count) * 4096, with: content)
        expect(disk.write(UInt64(block), content))
      case 3: disk.expect(UInt64(block), count: count)
      case 4, 5:
        var found: [UInt8] = [9]
        expect(disk.read(UInt64(block), count: count, onto: &found))
        expect(found.dropFirst() == expected[block * 4096..<(block + count) * 4096])
      case 6:
        expect(disk.flush())
        expect(driver.medium == expected)
      default:
        let content = bytes(1, turn)
        expected.replaceSubrange(block * 4096..<(block + 1) * 4096, with: content)
        expect(disk.writeThrough(UInt64(block), content))
        expect(driver.medium == expected)
      }
    }
  }

  @Test func whatComesNextIsFetchedBeforeItIsWanted() {
    let driver = ScriptedDriver(blocks: Self.blocks, seed: 1)
    let disk = disk(driver)
    disk.expect(32, count: 32)
    disk.expect(32, count: 32)
    var found: [UInt8] = []
    expect(disk.read(32, count: 32, onto: &found))
    expect(driver.reads == 1)
    // It was given away, and would be old when it is written over.
    disk.expect(64, count: 32)
    expect(disk.write(70, bytes(1, 5)))
    found = []
    expect(disk.read(64, count: 32, onto: &found))
    expect(Array(found[6 * 4096..<7 * 4096]) == bytes(1, 5))
  }

  @Test func aDiskThatRefusesIsToldOfOnce() {
    let driver = ScriptedDriver(blocks: Self.blocks, seed: 1)
    let disk = disk(driver, writeAgain: false)
    expect(disk.write(3, bytes(1, 1)))
    driver.failures = 100
    expect(!disk.flush())
    driver.failures = 0
    expect(disk.flush())
    driver.failures = 100
    expect(!disk.writeThrough(3, bytes(1, 1)))
    driver.failures = 0
    expect(disk.writeThrough(3, bytes(1, 1)))
    expect(disk.isUsable)
  }

  @Test func aDiskThatIsGoneIsOfNoUse() {
    let driver = ScriptedDriver(blocks: Self.blocks, seed: 1)
    let disk = disk(driver)
    disk.expect(0, count: 3)
    expect(disk.write(3, bytes(1, 1)))
    driver.isGone = true
    expect(!disk.flush())
    expect(!disk.isUsable)
    var found: [UInt8] = []
    expect(!disk.read(0, count: 1, onto: &found))
    expect(found.isEmpty)
    expect(!disk.write(0, bytes(1, 1)))
  }
}
