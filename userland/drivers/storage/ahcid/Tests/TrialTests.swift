// SPDX-License-Identifier: MIT
import Disks
import DisksExample
import Storage
import Testing

@testable import AHCIDriver

@Suite("AHCI drives, whatever they do")
struct AHCITrialTests {
  private let drive = DriveScript()
  private let script: ControllerScript

  init() { script = ControllerScript(drive) }

  private func trial() throws -> DriverTrial<AHCIPort<ScriptedBus>> {
    DriverTrial(
      try AHCIPort.made(
        try adapter(script), 0, script.memory, at: UInt64(script.memory.address)),
      script.memory, firstPage: 100)
  }

  @Test(arguments: DriverCheck.allCases, [true, false])
  func asAllDisks(check: DriverCheck, hasQueue: Bool) throws {
    let (drive, script) = (drive, script)
    if !hasQueue { drive.words[76] = 0 }
    var acts = DeviceActs(
      medium: { drive.medium },
      flushes: { drive.operations.count { $0 == 0xEA || $0 == 0xE7 } },
      keepSilent: { drive.isSilent = $0 }, takeAway: { script.first.unplug() },
      refuseResets: { script.first.obeys = false }, shrink: { drive.words[100] = UInt16($0) })
    // A drive that does not say what it is after a reset is none.
    acts.endOfSilence = .noDevice
    #expect(check.faults(of: try trial(), acts) == [])
  }

  @Test func aDriveThatIsTakenAwayEndsItsRequests() throws {
    let trial = try trial()
    drive.holds = true
    for name: UInt64 in 1...3 { trial.submit(name, .write, name, place: Int(name)) }
    trial.advance()
    script.first.unplug()
    trial.submit(4, .flush)
    trial.advance()
    #expect(trial.ended.count == 4 && trial.ended.values.allSatisfy { $0 == .noDevice })
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64], [true, false])
  func requestsEndOnceAndBlocksKeepTheirContent(seed: UInt64, hasQueue: Bool) throws {
    if !hasQueue { drive.words[76] = 0 }
    script.first.isSloppy = seed % 3 == 0
    drive.holds = true
    let logs: [DriveScript.Log] = [.right, .absent, .garbled, .foreign, .another]
    drive.log = logs[Int(seed) % logs.count]
    let trial = try trial()
    let port = script.first
    trial.campaign(seed: seed, steps: 400) { number in
      switch number >> 8 % 32 {
      case 0...11: if !port.held.isEmpty { port.end(Int(number & 0xFF) % port.held.count) }
      case 12: drive.ends = [(0x51, 0x40, 0)]
      case 13: drive.ends = [(0x50, 0, PortInterrupt.linkFault)]
      case 14: drive.ends = [(0x70, 0, 0)]
      case 15: port.raise(PortInterrupt.ends)
      case 17: drive.badBlocks = number & 3 == 0 ? [Int(number & 0xFF) % 6] : []
      case 18 where number & 7 == 0: port.raise(PortInterrupt.linkChange)
      case 19 where number & 7 == 0: port.unplug()
      case 20, 21: port.drive = drive
      default: break
      }
    } calm: {
      (port.drive, drive.holds, drive.badBlocks) = (drive, false, [])
      while !port.held.isEmpty { port.end() }
    }
    #expect(trial.faults == [])
    #expect(trial.ended.values.contains { $0 == nil })
    #expect(!trial.isDead)
  }
}
