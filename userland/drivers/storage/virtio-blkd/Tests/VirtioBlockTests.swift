// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage
import Testing
import Virtio

@testable import VirtioDriver

struct ScriptedBus: RegisterBus {
  let script: DeviceScript
  func load<Word: RegisterWord>(at offset: Int) -> Word {
    Word(truncatingIfNeeded: script.load(offset, Word.bitWidth / 8))
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    script.store(offset, Word.bitWidth / 8, UInt64(word))
  }
}

func makeDevice(_ script: DeviceScript) throws -> VirtioBlock<ScriptedBus> {
  let window = RegisterWindow(ScriptedBus(script: script), places: [0, 0x1000, 0x2000])
  return try VirtioBlock.made(
    VirtioTransport(window, step: 4, doorbellBytes: 64), script.memory,
    at: UInt64(script.memory.address), configurationBytes: 60)
}

/// A driver's device, shared with the test's expectations.
private final class Driver {
  private var device: VirtioBlock<ScriptedBus>
  init(_ script: DeviceScript) throws { device = try makeDevice(script) }

  var geometry: BlockGeometry { device.geometry }
  var depth: Int { device.depth }
  func submit(_ transfer: BlockTransfer, slot: Int) throws {
    try device.submit(transfer, slot: slot)
  }
  func ring() { device.ring() }
  func next() throws -> (slot: Int, outcome: BlockOutcome)? { try device.nextCompletion() }
  func reset() throws { try device.reset() }
}

/// Data in the script's memory, as scattered pages.
private func data(_ script: DeviceScript, pages: [Int], offset: Int, _ count: Int) -> DataRun {
  DataRun(
    script.memory.extracting(0..<count),
    pages: pages.map { UInt64(script.memory.address) + UInt64($0) * 4096 }[...], offset: offset)
}

@Suite("Virtio block devices")
struct VirtioTests {
  private let script = DeviceScript()

  @Test(arguments: [true, false]) func blocksGoBothWays(isIndirect: Bool) throws {
    if !isIndirect { script.features &= ~(1 << 28) }
    let device = try Driver(script)
    let (geometry, depth) = (device.geometry, device.depth)
    #expect(geometry.blockCount == 1000 && geometry.hasCache)
    #expect(geometry.transferLimit == 131_072 && geometry.discards)
    #expect(depth == (isIndirect ? 64 : 3))
    for index in 0..<8192 { script.memory.store(UInt8(index % 251), at: 40 * 4096 + index) }
    let out = data(script, pages: [40, 41, 42], offset: 1024, 6144)
    try device.submit(
      BlockTransfer(.write, BlockRange(first: 10, count: 12), data: out), slot: 1)
    device.ring()
    let ended = try #require(try device.next())
    #expect(ended.slot == 1 && ended.outcome == .done)
    #expect(script.disk[5120] == UInt8(1024 % 251) && script.disk[5120 + 6143] == UInt8(7167 % 251))
    let back = data(script, pages: [60, 50], offset: 0, 6144)
    try device.submit(
      BlockTransfer(.read, BlockRange(first: 10, count: 12), data: back), slot: 0)
    try device.submit(BlockTransfer(.flush, BlockRange(first: 0, count: 0)), slot: 2)
    device.ring()
    #expect(try device.next()?.slot == 0)
    #expect(try device.next()?.slot == 2)
    #expect(try device.next() == nil)
    #expect(script.flushes == 1)
    #expect(script.memory.load(at: 50 * 4096, as: UInt8.self) == UInt8((1024 + 4096) % 251))
    try device.submit(BlockTransfer(.discard, BlockRange(first: 10, count: 1)), slot: 0)
    device.ring()
    #expect(try device.next()?.outcome == .done)
    #expect(script.disk[5120] == 0xDD && script.disk[5632] != 0xDD)
  }

  @Test func errorsAreToldApart() throws {
    let device = try Driver(script)
    script.statuses = [1, 2, 3]
    let run = data(script, pages: [40], offset: 0, 512)
    for expected in [BlockOutcome.failed, .unsupported] {
      try device.submit(
        BlockTransfer(.read, BlockRange(first: 0, count: 1), data: run), slot: 0)
      device.ring()
      #expect(try device.next()?.outcome == expected)
    }
    try device.submit(BlockTransfer(.read, BlockRange(first: 0, count: 1), data: run), slot: 0)
    device.ring()
    #expect(throws: DeviceFailure.broken) { try device.next() }
  }

  @Test func answersThatWereNotAskedForAreSeen() throws {
    for head: UInt32 in [5, 64, 70_000, .max] {
      let script = DeviceScript()
      let device = try Driver(script)
      script.end(head)
      #expect(throws: DeviceFailure.broken) { try device.next() }
      // After a reset it works again.
      try device.reset()
      let run = data(script, pages: [40], offset: 0, 512)
      try device.submit(BlockTransfer(.read, BlockRange(first: 0, count: 1), data: run), slot: 5)
      device.ring()
      #expect(try device.next()?.slot == 5)
      script.end(5)
      #expect(throws: DeviceFailure.broken) { try device.next() }
    }
    let device = try Driver(script)
    for _ in 0..<200 { script.end(0) }
    #expect(throws: DeviceFailure.broken) { try device.next() }
  }

  @Test func devicesThatMakeNoSenseAreRefused() throws {
    let changes: [(DeviceScript) -> Void] = [
      { $0.features = 1 << 28 }, { $0.staysBusy = true }, { $0.refusesFeatures = true },
      { $0.refusesVectors = true }, { $0.maximumSize = 0 }, { $0.maximumSize = 3 },
      { $0.maximumSize = 77 }, { $0.setOwn(sectors: .max) },
    ]
    for (number, change) in changes.enumerated() {
      let script = DeviceScript()
      change(script)
      #expect(throws: VirtioError.self, "\(number)") { try Driver(script) }
    }
    let odd = DeviceScript()
    odd.setOwn(segments: 0, blockBytes: 77)
    let geometry = try Driver(odd).geometry
    #expect(geometry.blockBytes == 512 && geometry.transferLimit == 4096)
  }
}
