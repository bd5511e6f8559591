// SPDX-License-Identifier: MIT
import Disks
import DisksExample
import Storage
import Testing

@testable import AHCIDriver

@Suite("AHCI drives that do what they should not")
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

  @Test func aDriveThatNeverAnswersIsResetAndThenGone() throws {
    let trial = try trial()
    drive.isSilent = true
    for name: UInt64 in 1...3 { trial.submit(name, .read, name, place: Int(name)) }
    trial.advance()
    trial.expire(after: 9)
    #expect(trial.ended.isEmpty && script.first.linkResets == 0)
    drive.isSilent = false
    trial.expire(after: 2)
    #expect(trial.ended.count == 3 && trial.ended.values.allSatisfy { $0 == nil })
    #expect(trial.statistics.timeouts == 1 && trial.statistics.resets == 1)
    drive.isSilent = true
    trial.submit(4, .read, 1)
    trial.advance()
    trial.expire(after: 11)
    #expect(trial.ended[4] == .some(.noDevice) && !trial.isDead)
    // It is looked for again, after a while.
    drive.isSilent = false
    trial.expire(after: 6)
    trial.submit(5, .read, 1)
    trial.advance()
    #expect(trial.ended[5] == .some(nil) && trial.faults == [])
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
  func whateverItDoesRequestsEndOnceAndBlocksKeepTheirContent(seed: UInt64, hasQueue: Bool) throws {
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
