// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage
import Testing

@testable import NVMeDriver

func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A controller made of arrays, which follows the document from its side.
final class ControllerScript {
  let memory = hostMemory(1 << 20)
  var registers = [UInt32](repeating: 0, count: 0x800)
  var disk = [UInt8](repeating: 0, count: 512 * 1000)
  var shift: UInt32 = 9
  var blockCount: UInt64 = 1000
  var transferShift: UInt8 = 7
  /// How the next commands of the I/O queue end.
  var statuses: [UInt32] = []
  /// Admin operations that fail.
  var failing: Set<UInt8> = []
  var neverReady = false
  var isSilent = false
  var isGone = false
  /// It takes requests and answers none.
  var keepsRequests = false
  /// How many of the next requests are answered twice.
  var doubles = 0
  var starts = 0
  var forced = 0
  var flushes = 0
  private var heads = [0, 0]
  private var tails = [0, 0]
  private var phases: [UInt32] = [1, 1]
  private var places: [(submission: UInt64, completion: UInt64, size: Int)] = [
    (0, 0, 16), (0, 0, 0),
  ]

  init() {
    registers[0] = 63 | 2 << 24
    registers[1] = 1 << 5
  }

  func store(_ value: UInt32, at place: Int) {
    registers[place / 4] = value
    switch place {
    case NVMeRegister.configuration:
      if value & 1 == 0 {
        registers[7] = 0
      } else {
        starts += 1
        (heads, tails, phases) = ([0, 0], [0, 0], [1, 1])
        places[0].submission = UInt64(registers[10]) | UInt64(registers[11]) << 32
        places[0].completion = UInt64(registers[12]) | UInt64(registers[13]) << 32
        registers[7] = neverReady ? 0 : 1
      }
    case 0x1000: work(0, Int(value))
    case 0x1008: work(1, Int(value))
    default: break
    }
  }

  private func place(_ address: UInt64) -> Int { Int(address - UInt64(memory.address)) }

  private func work(_ queue: Int, _ tail: Int) {
    guard !isSilent, places[queue].size > 0, queue == 0 || !keepsRequests else { return }
    while heads[queue] != tail {
      let command = place(places[queue].submission) + 64 * heads[queue]
      heads[queue] = (heads[queue] + 1) % places[queue].size
      let status = queue == 0 ? carryOutAdmin(command) : carryOut(command)
      let identifier = UInt32(memory.load(at: command + 2, as: UInt16.self))
      end(queue, identifier, status)
      guard queue == 1, doubles > 0 else { continue }
      doubles -= 1
      end(queue, identifier, status)
    }
  }

  func end(_ queue: Int, _ identifier: UInt32, _ status: UInt32) {
    let entry = place(places[queue].completion) + 16 * tails[queue]
    memory.store(identifier | phases[queue] << 16 | status << 17, at: entry + 12)
    tails[queue] += 1
    if tails[queue] == places[queue].size { (tails[queue], phases[queue]) = (0, phases[queue] ^ 1) }
  }

  private func carryOutAdmin(_ command: Int) -> UInt32 {
    let operation = memory.load(at: command, as: UInt8.self)
    if failing.contains(operation) { return 2 }
    let address = memory.load(at: command + 24, as: UInt64.self)
    let word10 = memory.load(at: command + 40, as: UInt32.self)
    switch operation {
    case NVMeCommand.identify:
      let target = place(address)
      if word10 == 1 {
        memory.store(transferShift, at: target + 77)
        memory.store(1 as UInt8, at: target + 525)
        memory.store(4 as UInt8, at: target + 520)
      } else {
        memory.store(blockCount, at: target)
        memory.store(1 as UInt8, at: target + 26)
        memory.store(shift << 16, at: target + 132)
      }
    case NVMeCommand.createCompletionQueue:
      places[1].completion = address
      places[1].size = Int(word10 >> 16) + 1
    case NVMeCommand.createSubmissionQueue: places[1].submission = address
    default: break
    }
    return 0
  }

  private func carryOut(_ command: Int) -> UInt32 {
    if !statuses.isEmpty {
      let status = statuses.removeFirst()
      if status != 0 { return status }
    }
    let operation = memory.load(at: command, as: UInt8.self)
    let first = memory.load(at: command + 24, as: UInt64.self)
    let second = memory.load(at: command + 32, as: UInt64.self)
    let block = Int(memory.load(at: command + 40, as: UInt64.self))
    let word12 = memory.load(at: command + 48, as: UInt32.self)
    switch operation {
    case NVMeCommand.flush: flushes += 1
    case NVMeCommand.manageData:
      let start = Int(memory.load(at: place(first) + 8, as: UInt64.self)) * 512
      let count = Int(memory.load(at: place(first) + 4, as: UInt32.self)) * 512
      for index in start..<start + count { disk[index] = 0 }
    default:
      if word12 & NVMeCommand.forced != 0 { forced += 1 }
      move(
        operation == NVMeCommand.read, block * 512, (Int(word12 & 0xFFFF) + 1) * 512, first, second)
    }
    return 0
  }

  private func move(_ isRead: Bool, _ start: Int, _ count: Int, _ first: UInt64, _ second: UInt64) {
    var done = 0
    var page = 0
    let firstBytes = 4096 - Int(first & 4095)
    while done < count {
      let address: UInt64
      if page == 0 {
        address = first
      } else if count - firstBytes <= 4096 {
        address = second
      } else {
        address = memory.load(at: place(second) + 8 * (page - 1), as: UInt64.self)
      }
      let length = min(count - done, 4096 - Int(address & 4095))
      for index in 0..<length {
        if isRead {
          memory.store(disk[start + done + index], at: place(address) + index)
        } else {
          disk[start + done + index] = memory.load(at: place(address) + index, as: UInt8.self)
        }
      }
      done += length
      page += 1
    }
  }
}

struct ScriptedBus: RegisterBus {
  let script: ControllerScript
  func load<Word: RegisterWord>(at offset: Int) -> Word {
    Word(truncatingIfNeeded: script.isGone ? .max : script.registers[offset / 4])
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    script.store(UInt32(truncatingIfNeeded: word), at: offset)
  }
}

/// A driver's controller, shared with the test's expectations.
private final class Driver {
  private var device: NVMeController<ScriptedBus>
  let script: ControllerScript

  init(_ script: ControllerScript) throws {
    self.script = script
    device = try NVMeController.made(
      ScriptedBus(script: script), script.memory, at: UInt64(script.memory.address), pause: {})
  }

  var geometry: BlockGeometry { device.geometry }
  var depth: Int { device.depth }
  func next() throws -> (slot: Int, outcome: BlockOutcome)? { try device.nextCompletion() }
  func reset() throws { try device.reset() }

  /// Data at scattered pages of the script's memory.
  func run(_ pages: [Int], offset: Int = 0, _ count: Int) -> DataRun {
    DataRun(
      script.memory.extracting(0..<count),
      pages: pages.map { UInt64(script.memory.address) + UInt64($0) * 4096 }[...], offset: offset)
  }

  func begin(
    _ operation: DiskOperation, _ first: UInt64, _ count: UInt64, _ data: DataRun?, slot: Int = 0,
    isForced: Bool = false
  ) throws {
    try device.submit(
      BlockTransfer(
        operation, BlockRange(first: first, count: count), isForced: isForced, data: data),
      slot: slot)
    device.ring()
  }
}

@Suite("NVMe controllers")
struct NVMeTests {
  private let script = ControllerScript()

  @Test func forcedWritesAreMarked() throws {
    let driver = try Driver(script)
    #expect(driver.geometry.blockCount == 1000 && driver.geometry.transferLimit == 131_072)
    #expect(driver.geometry.hasCache && driver.geometry.forcesWrites && driver.depth == 63)
    for isForced in [true, false] {
      try driver.begin(.write, 7, 1, driver.run([100], 512), slot: 62, isForced: isForced)
      #expect(try driver.next()?.slot == 62)
      #expect(script.forced == 1)
    }
  }

  @Test func queuesGoRound() throws {
    let driver = try Driver(script)
    for turn in 0..<300 {
      try driver.begin(.read, UInt64(turn), 1, driver.run([100], 512), slot: turn % 63)
      #expect(try driver.next()?.slot == turn % 63)
      #expect(try driver.next() == nil)
    }
  }

  @Test func everyErrorIsToldApart() throws {
    let driver = try Driver(script)
    // Generic, command specific and media errors, with and without "do not retry".
    for status: UInt32 in [1, 2, 4, 6, 0x80, 0x81, 0x100, 0x180, 0x280, 0x281, 0x286, 0x484, 0x7FF]
    {
      script.statuses = [status]
      try driver.begin(.read, 1, 1, driver.run([100], 512))
      let outcome = try driver.next()?.outcome
      #expect(outcome == (status <= 2 ? .unsupported : .failed), "\(status)")
    }
  }

  @Test func completionsOfNothingAreSeen() throws {
    for identifier: UInt32 in [5, 63, 0xFFFF] {
      let driver = try Driver(ControllerScript())
      driver.script.end(1, identifier, 0)
      #expect(throws: DeviceFailure.broken) { try driver.next() }
      try driver.reset()
      try driver.begin(.read, 1, 1, driver.run([100], 512))
      #expect(try driver.next()?.outcome == .done)
      #expect(driver.script.starts == 2)
      driver.script.end(1, 0, 0)
      #expect(throws: DeviceFailure.broken) { try driver.next() }
    }
  }

  @Test func controllersThatMakeNoSenseAreRefused() {
    let changes: [(ControllerScript) -> Void] = [
      { $0.registers[1] = 0 }, { $0.registers[1] = 1 << 5 | 1 << 16 }, { $0.neverReady = true },
      { $0.failing = [NVMeCommand.identify] }, { $0.failing = [NVMeCommand.createSubmissionQueue] },
      { $0.failing = [NVMeCommand.createCompletionQueue] }, { $0.isSilent = true },
      { $0.shift = 8 }, { $0.shift = 17 }, { $0.blockCount = .max }, { $0.registers[0] = 0 },
    ]
    for (number, change) in changes.enumerated() {
      let script = ControllerScript()
      change(script)
      #expect(throws: NVMeError.self, "\(number)") { try Driver(script) }
    }
  }

  @Test func aControllerThatDoesNotResetIsNotOneThatIsGone() throws {
    let driver = try Driver(script)
    script.neverReady = true
    #expect(throws: DeviceFailure.broken) { try driver.reset() }
    script.isGone = true
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
  }
}
