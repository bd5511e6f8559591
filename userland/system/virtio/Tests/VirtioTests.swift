// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import PCI
import PCIExample
import Storage
import Testing

@testable import Virtio

/// Memory that host and device know by the same addresses.
private func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A virtio block device made of arrays, which follows the document from the device's side.
private final class DeviceScript {
  let memory = hostMemory(1 << 20)
  var features: UInt64 = 1 << 32 | 1 << 28 | 1 << 9 | 1 << 2 | 1 << 6 | 1 << 13
  var registers = [UInt8](repeating: 0, count: 0x3000)
  var disk = [UInt8](repeating: 0, count: 512 * 1000)
  var accepted: UInt64 = 0
  var queueAddresses: [UInt64] = [0, 0, 0]
  var maximumSize: UInt16 = 128
  var size = 0
  var isRunning = false
  /// Counts status writes of zero.
  var resets = 0
  var staysBusy = false
  var refusesFeatures = false
  var refusesVectors = false
  /// What the next requests answer in their status byte.
  var statuses: [UInt8] = []
  var flushes = 0
  var used: UInt16 = 0
  var taken: UInt16 = 0

  init() { setOwn() }

  func setOwn(sectors: UInt64 = 1000, segments: UInt32 = 126, blockBytes: UInt32 = 512) {
    put(0x2000, sectors, 8)
    put(0x200C, UInt64(segments), 4)
    put(0x2014, UInt64(blockBytes), 4)
    put(0x2024, 1000, 4)
  }

  func put(_ place: Int, _ value: UInt64, _ width: Int) {
    for index in 0..<width {
      registers[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  func get(_ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(registers[place + $1]) << UInt64(8 * $1) }
  }

  func load(_ place: Int, _ width: Int) -> UInt64 {
    switch place {
    case 4: return features >> (get(0, 4) == 0 ? 0 : 32) & 0xFFFF_FFFF
    case 20:
      let status = registers[20]
      return UInt64(staysBusy && status == 0 ? 1 : refusesFeatures ? status & ~8 : status)
    case 24: return get(22, 2) == 0 ? UInt64(size == 0 ? Int(maximumSize) : size) : 0
    case 26: return refusesVectors ? 0xFFFF : get(26, 2)
    case 30: return 3
    default: return get(place, width)
    }
  }

  func store(_ place: Int, _ width: Int, _ value: UInt64) {
    put(place, value, width)
    switch place {
    case 12:
      let shift: UInt64 = get(8, 4) == 0 ? 0 : 32
      accepted = accepted & ~(0xFFFF_FFFF << shift) | value << shift
    case 20:
      if value == 0 {
        resets += 1
        (size, used, taken, isRunning, accepted) = (0, 0, 0, false, 0)
      }
      if value & 4 != 0 { isRunning = true }
    case 24: size = Int(value)
    case 32, 40, 48, 36, 44, 52:
      let number = (place - 32) / 8
      let shift: UInt64 = place % 8 == 0 ? 0 : 32
      queueAddresses[number] = queueAddresses[number] & ~(0xFFFF_FFFF << shift) | value << shift
    case 0x1000 + 12: work()
    default: break
    }
  }

  func place(_ address: UInt64) -> Int { Int(address - UInt64(memory.address)) }

  private struct Piece { var place: Int; var count: Int; var isWritten: Bool }

  private func chain(_ head: UInt16) -> [Piece] {
    var pieces: [Piece] = []
    var table = place(queueAddresses[0])
    var number = Int(head)
    while true {
      let entry = table + 16 * number
      let address = memory.load(at: entry, as: UInt64.self)
      let count = Int(memory.load(at: entry + 8, as: UInt32.self))
      let flags = memory.load(at: entry + 12, as: UInt16.self)
      if flags & 4 != 0 {
        table = place(address)
        number = 0
        continue
      }
      pieces.append(Piece(place: place(address), count: count, isWritten: flags & 2 != 0))
      guard flags & 1 != 0 else { return pieces }
      number = Int(memory.load(at: entry + 14, as: UInt16.self))
    }
  }

  /// Carries out what is available.
  func work() {
    guard isRunning else { return }
    let ring = place(queueAddresses[1])
    while taken != memory.load(at: ring + 2, as: UInt16.self) {
      let head = memory.load(at: ring + 4 + 2 * (Int(taken) % size), as: UInt16.self)
      taken &+= 1
      carryOut(head)
    }
  }

  func carryOut(_ head: UInt16) {
    let pieces = chain(head)
    let status = statuses.isEmpty ? 0 : statuses.removeFirst()
    if status == 0 { move(pieces) }
    #expect(pieces.last?.count == 1 && pieces.last?.isWritten == true)
    memory.store(status, at: pieces[pieces.count - 1].place)
    end(UInt32(head))
  }

  func end(_ head: UInt32) {
    let ring = place(queueAddresses[2])
    memory.store(head, at: ring + 4 + 8 * (Int(used) % size))
    memory.store(1 as UInt32, at: ring + 8 + 8 * (Int(used) % size))
    used &+= 1
    memory.store(used, at: ring + 2)
  }

  private func move(_ pieces: [Piece]) {
    let kind = memory.load(at: pieces[0].place, as: UInt32.self)
    var place = Int(memory.load(at: pieces[0].place + 8, as: UInt64.self)) * 512
    switch kind {
    case 4: flushes += 1
    case 11:
      let range = pieces[1].place
      let first = Int(memory.load(at: range, as: UInt64.self)) * 512
      let count = Int(memory.load(at: range + 8, as: UInt32.self)) * 512
      for index in first..<first + count { disk[index] = 0xDD }
    default:
      for piece in pieces[1..<pieces.count - 1] {
        for index in 0..<piece.count {
          if kind == 0 {
            #expect(piece.isWritten)
            memory.store(disk[place], at: piece.place + index)
          } else {
            disk[place] = memory.load(at: piece.place + index, as: UInt8.self)
          }
          place += 1
        }
      }
    }
  }
}

private struct ScriptedBus: RegisterBus {
  let script: DeviceScript
  func load<Word: RegisterWord>(at offset: Int) -> Word {
    Word(truncatingIfNeeded: script.load(offset, Word.bitWidth / 8))
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    script.store(offset, Word.bitWidth / 8, UInt64(word))
  }
}

private func makeDevice(_ script: DeviceScript) throws -> VirtioBlock<ScriptedBus> {
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

  @Test func structuresLieWithinTheirMemory() {
    let space = ScriptedSpace()
    let place = FunctionAddress(bus: 0, device: 4)
    var function = FunctionDescription()
    function.key = place.key
    function.baseAddresses[4] = BaseAddress(.wideMemory, address: 0x8000_0000, byteCount: 0x4000)
    func fill(offset: UInt32 = 0x3000, bar: UInt32 = 4) {
      space.add(place)
      space.set(place, 6, 2, 0x10)
      space.set(place, 0x34, 1, 0x40)
      for (index, kind) in [UInt32(1), 2, 4, 5].enumerated() {
        let at = 0x40 + 0x18 * index
        let next = index == 3 ? 0 : at + 0x18
        space.set(place, at, 4, kind << 24 | 20 << 16 | UInt32(next) << 8 | 9)
        space.set(place, at + 4, 4, bar)
        space.set(place, at + 8, 4, index == 1 ? offset : UInt32(index) * 0x1000)
        space.set(place, at + 12, 4, 0x1000)
        space.set(place, at + 16, 4, 4)
      }
    }
    fill()
    let found = VirtioPlaces(function, space)
    #expect(found?.notification.offset == 0x3000 && found?.notificationStep == 4)
    for (offset, bar) in [(0x3004, 4), (0x3001, 4), (.max, 4), (0x3000, 3), (0x3000, 9)]
      as [(UInt32, UInt32)]
    {
      fill(offset: offset, bar: bar)
      #expect(VirtioPlaces(function, space) == nil, "\(offset) in \(bar)")
    }
  }
}
