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

  @Test(arguments: [true, false]) func manyAreUnderWay(isIndirect: Bool) throws {
    if !isIndirect { script.features &= ~(1 << 28) }
    let device = try Driver(script)
    let (geometry, depth) = (device.geometry, device.depth)
    #expect(geometry.blockCount == 1000 && geometry.hasCache)
    #expect(geometry.transferLimit == 131_072 && geometry.discards)
    #expect(depth == (isIndirect ? 64 : 3))
    for slot in 0..<depth {
      let run = data(script, pages: [40 + slot], offset: 0, 512)
      try device.submit(
        BlockTransfer(.read, BlockRange(first: UInt64(slot), count: 1), data: run), slot: slot)
    }
    device.ring()
    for slot in 0..<depth { #expect(try device.next()?.slot == slot) }
    #expect(try device.next() == nil)
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
