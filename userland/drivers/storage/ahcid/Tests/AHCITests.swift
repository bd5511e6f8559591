// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage
import Testing

@testable import AHCIDriver

/// A driver's port, shared with the test's expectations.
final class Driver {
  private var device: AHCIPort<ScriptedBus>
  let script: ControllerScript

  init(_ script: ControllerScript, port number: Int = 0) throws {
    self.script = script
    device = try AHCIPort.made(
      try adapter(script), number, script.memory, at: UInt64(script.memory.address))
  }

  var geometry: BlockGeometry { device.geometry }
  var depth: Int { device.depth }
  func next() throws -> (slot: Int, outcome: BlockOutcome)? { try device.nextCompletion() }
  func reset() throws { try device.reset() }
  func acknowledge() { device.acknowledge() }
  func lookAtMedium() { device.lookAtMedium() }
  func ring() { device.ring() }

  /// Data at scattered pages of the script's memory.
  func run(_ pages: [Int], offset: Int = 0, _ count: Int) -> DataRun {
    DataRun(
      script.memory.extracting(0..<count),
      pages: pages.map { UInt64(script.memory.address) + UInt64($0) * 4096 }[...], offset: offset)
  }

  func begin(
    _ operation: DiskOperation, _ first: UInt64, _ count: UInt64 = 1, _ data: DataRun? = nil,
    slot: Int = 0, isForced: Bool = false
  ) throws {
    let moves = operation == .read || operation == .write
    let bytes = Int(count) * Int(device.geometry.blockBytes)
    try device.submit(
      BlockTransfer(
        operation, BlockRange(first: first, count: count), isForced: isForced,
        data: moves ? data ?? run([100 + slot], bytes) : nil), slot: slot)
    device.ring()
  }

  /// How requests end, as the device tells, in the order of their slots.
  func outcomes() throws -> [Int: BlockOutcome] {
    var found: [Int: BlockOutcome] = [:]
    while let ended = try next() { found[ended.slot] = ended.outcome }
    return found
  }
}

func adapter(_ script: ControllerScript) throws -> HostAdapter<ScriptedBus> {
  try HostAdapter.made(ScriptedBus(script: script), byteCount: 0x1100) { script.pauses += 1 }
}

@Suite("Disks at AHCI controllers")
struct AHCITests {
  private let drive = DriveScript()
  private let script: ControllerScript

  init() { script = ControllerScript(drive) }

  @Test(arguments: [true, false]) func largeDrivesHaveLongAddresses(isQueued: Bool) throws {
    if !isQueued { drive.words[76] = 0 }
    let driver = try Driver(script)
    #expect(driver.geometry.blockCount == 1000 && driver.geometry.transferLimit == 131_072)
    #expect(driver.geometry.hasCache && driver.geometry.forcesWrites && driver.geometry.discards)
    #expect(driver.depth == (isQueued ? 32 : 1))
    let slot = isQueued ? 31 : 0
    try driver.begin(.write, 7, slot: slot, isForced: true)
    #expect(try driver.outcomes() == [slot: .done])
    try driver.begin(.read, 7, slot: slot)
    #expect(try driver.outcomes() == [slot: .done])
    #expect(drive.operations == (isQueued ? [0xEC, 0x61, 0x60] : [0xEC, 0x3D, 0x25]))
  }

  @Test func smallDrivesHaveShortAddresses() throws {
    drive.words[83] = 1 << 14
    drive.medium = [UInt8](repeating: 0, count: 512 * 1000)
    let driver = try Driver(script)
    #expect(driver.depth == 1 && !driver.geometry.discards && !driver.geometry.forcesWrites)
    drive.medium[512 * 256] = 9
    try driver.begin(.read, 1, 256, driver.run(Array(100..<132), 131_072))
    #expect(try driver.outcomes() == [0: .done])
    #expect(script.memory.load(at: 131 * 4096 + 3584, as: UInt8.self) == 9)
    try driver.begin(.write, 999)
    #expect(try driver.outcomes() == [0: .done])
    try driver.begin(.flush, 0, 0)
    #expect(try driver.outcomes() == [0: .done])
    #expect(drive.operations == [0xEC, 0xC8, 0xCA, 0xE7])
  }

  @Test func flushesAndDiscards() throws {
    let driver = try Driver(script)
    try driver.begin(.discard, 10, 2)
    #expect(try driver.outcomes() == [0: .done])
    try driver.begin(.flush, 0, 0, slot: 1)
    #expect(try driver.outcomes() == [1: .done])
    #expect(drive.medium[5120] == 0xDD && drive.medium[6144] == 0)
    #expect(drive.operations == [0xEC, 0x06, 0xEA])
    drive.ends = [(0x51, 4, 0)]
    try driver.begin(.discard, 10, 2)
    #expect(try driver.outcomes() == [0: .unsupported])
  }

  @Test func manyAreUnderWayAndEndInAnyOrder() throws {
    drive.holds = true
    let driver = try Driver(script)
    for slot in 0..<32 { try driver.begin(.read, UInt64(slot), slot: slot) }
    #expect(script.first.held.count == 32)
    #expect(throws: DeviceFailure.full) { try driver.begin(.flush, 0, 0, slot: 0) }
    script.first.end(17)
    script.first.end(3)
    #expect(try driver.outcomes() == [17: .done, 3: .done])
    try driver.begin(.read, 50, slot: 17)
    while !script.first.held.isEmpty { script.first.end(script.first.held.count / 2) }
    #expect(try driver.outcomes().count == 31)
    try driver.begin(.flush, 0, 0, slot: 0)
    #expect(throws: DeviceFailure.full) { try driver.begin(.read, 1, slot: 1) }
    #expect(try driver.outcomes() == [0: .done])
  }

  /// What a drive and an adapter can say of a request that is alone (AHCI 1.3.1, 6.1; ATA, 6.2 and 6.3).
  private static let faults: [(status: UInt8, error: UInt8, reasons: UInt32)] =
    (0..<8).map { (0x51, 1 << $0, 0) } + [
      (0x71, 4, 0), (0x70, 0, 0), (0x51, 0, 0), (0x51, 0xFF, 0),
    ]
    + [
      PortInterrupt.linkFault, PortInterrupt.hostFault, PortInterrupt.hostDataFault,
      PortInterrupt.overflow, PortInterrupt.unknownFrame, PortInterrupt.wrongMultiplier,
    ].map { (0x50, 0, $0) }

  @Test(arguments: [false, true]) func everyFailureOfOneRequestIsSeen(isSloppy: Bool) throws {
    for isQueued in [false, true] {
      for (number, fault) in Self.faults.enumerated() {
        let drive = DriveScript()
        if !isQueued { drive.words[76] = 0 }
        drive.log = isSloppy ? .absent : .right
        let script = ControllerScript(drive)
        script.first.isSloppy = isSloppy
        let driver = try Driver(script)
        drive.ends = [fault]
        try driver.begin(.read, 1)
        #expect(try driver.outcomes() == [0: .failed], "\(number) \(isQueued)")
        try driver.begin(.read, 1)
        #expect(try driver.outcomes() == [0: .done], "\(number) \(isQueued)")
      }
    }
  }

  @Test func theOneOfAQueueThatFailsIsFound() throws {
    drive.holds = true
    let driver = try Driver(script)
    for slot in 0..<8 { try driver.begin(.read, UInt64(slot), slot: slot) }
    script.first.end(0)
    drive.badBlocks = [5]
    script.first.end(4)
    var expected: [Int: BlockOutcome] = [0: .done, 5: .failed]
    for slot in [1, 2, 3, 4, 6, 7] { expected[slot] = .interrupted }
    #expect(try driver.outcomes() == expected)
    // The drive was not reset, and takes as many as before.
    #expect(script.first.linkResets == 0)
    for slot in 0..<4 { try driver.begin(.read, UInt64(slot), slot: slot) }
    #expect(script.first.held.count == 4)
  }

  @Test(arguments: [DriveScript.Log.absent, .garbled, .foreign, .another], [false, true])
  func whereTheLogSaysNothingTheyGoOneByOne(log: DriveScript.Log, isSloppy: Bool) throws {
    drive.holds = true
    drive.log = log
    script.first.isSloppy = isSloppy
    let driver = try Driver(script)
    for slot in 0..<4 { try driver.begin(.read, UInt64(slot), slot: slot) }
    drive.badBlocks = [2]
    script.first.end(2)
    #expect(
      try driver.outcomes() == [
        0: .interrupted, 1: .interrupted, 2: .interrupted, 3: .interrupted,
      ])
    #expect(script.first.linkResets == 1)
    for slot in 0..<4 {
      try driver.begin(.read, UInt64(slot), slot: slot)
      if slot < 3 {
        #expect(throws: DeviceFailure.full) { try driver.begin(.read, 9, slot: 9) }
      }
      script.first.end()
      #expect(try driver.outcomes() == [slot: slot == 2 ? .failed : .done])
    }
    for slot in 0..<4 { try driver.begin(.read, UInt64(10 + slot), slot: slot) }
    #expect(script.first.held.count == 4)
  }

  @Test func answersToNothingAndAnswersThatComeTwiceEndNothing() throws {
    drive.holds = true
    let driver = try Driver(script)
    script.first.raise(PortInterrupt.ends)
    driver.acknowledge()
    #expect(script.interrupts == 0 && script.first[PortRegister.interrupts] == 0)
    #expect(try driver.next() == nil)
    try driver.begin(.read, 1, slot: 3)
    // A second end of something else clears bits that nobody has.
    script.first.raise(PortInterrupt.ends)
    #expect(try driver.outcomes() == [:])
    script.first.end()
    script.first.raise(PortInterrupt.ends)
    #expect(try driver.outcomes() == [3: .done])
    script.first.raise(PortInterrupt.ends)
    #expect(try driver.outcomes() == [:])
  }

  @Test func aPortThatIsNeverQuietIsBroken() throws {
    drive.holds = true
    let driver = try Driver(script)
    try driver.begin(.read, 1)
    script.first.isScreaming = true
    #expect(throws: DeviceFailure.broken) { try driver.next() }
    script.first.isScreaming = false
    try driver.reset()
    #expect(try driver.next() == nil)
  }

  @Test func aDriveThatDoesNotAnswerIsReset() throws {
    for isQueued in [true, false] {
      let drive = DriveScript()
      if !isQueued { drive.words[76] = 0 }
      let script = ControllerScript(drive)
      let driver = try Driver(script)
      drive.isSilent = true
      try driver.begin(.write, 5)
      #expect(try driver.next() == nil)
      drive.isSilent = false
      try driver.reset()
      #expect(try driver.next() == nil && script.first.linkResets == 1)
      try driver.begin(.read, 5)
      #expect(try driver.outcomes() == [0: .done])
    }
  }

  @Test func aDriveThatStaysSilentOrIsTakenAwayIsGone() throws {
    let driver = try Driver(script)
    drive.isSilent = true
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    drive.isSilent = false
    drive.busyUntil = .max
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    drive.busyUntil = 0
    try driver.reset()
    try driver.begin(.read, 5)
    #expect(try driver.outcomes() == [0: .done])
    // Under way, and while nothing is.
    drive.holds = true
    try driver.begin(.read, 5)
    script.first.unplug()
    #expect(throws: DeviceFailure.broken) { try driver.next() }
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    #expect(script.first[PortRegister.command] & (PortCommand.start | PortCommand.receive) == 0)
    script.first.drive = drive
    try driver.reset()
    script.first.unplug()
    driver.acknowledge()
    #expect(throws: DeviceFailure.broken) { try driver.begin(.read, 1) }
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    // Another drive in its place is not taken for it.
    script.first.drive = DriveScript(serial: "B2")
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    script.isGone = true
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
  }

  @Test func aPortThatDoesNotStopIsNotLetGo() throws {
    let driver = try Driver(script)
    script.first.obeys = false
    #expect(throws: DeviceFailure.broken) { try driver.reset() }
    script.first.obeys = true
    try driver.reset()
  }

  @Test func aDiskThatShrinksSaysSo() throws {
    let driver = try Driver(script)
    drive.words[100] = 10
    try driver.reset()
    #expect(driver.geometry.blockCount == 10)
  }

  @Test func memoryBeyondTheAdaptersReachIsRefused() throws {
    script.capabilities &= ~HostCapability.reaches64
    // The memory of tests lies above 4 GiB.
    #expect(throws: AHCIError.unsupported) { try Driver(script) }
  }
}
