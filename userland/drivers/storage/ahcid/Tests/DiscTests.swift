// SPDX-License-Identifier: MIT
import Core
import Disks
import Storage
import Testing

@testable import AHCIDriver

@Suite("Drives for discs")
struct DiscTests {
  private let drive = DriveScript(isPacketDevice: true)
  private let script: ControllerScript

  init() { script = ControllerScript(drive) }

  @Test func discsAreRead() throws {
    for index in drive.medium.indices { drive.medium[index] = UInt8(truncatingIfNeeded: index / 7) }
    let driver = try Driver(script)
    let geometry = driver.geometry
    #expect(geometry.blockBytes == 2048 && geometry.blockCount == 100 && geometry.isReadOnly)
    #expect(driver.depth == 1 && !geometry.hasCache && geometry.isSound)
    try driver.begin(.read, 3, 4, driver.run([90, 80], 8192))
    #expect(try driver.outcomes() == [0: .done])
    #expect(script.memory.load(at: 80 * 4096 + 9, as: UInt8.self) == drive.medium[3 * 2048 + 4105])
  }

  @Test func whatHappenedToADriveIsAskedOnce() throws {
    drive.senses = [(6, 0x29), (6, 0x28)]
    let driver = try Driver(script)
    #expect(driver.geometry.blockCount == 100)
  }

  @Test func aDriveWithoutDiscHasNoBlocks() throws {
    drive.hasDisc = false
    let driver = try Driver(script)
    #expect(driver.geometry.blockCount == 0 && driver.geometry.isSound)
    drive.hasDisc = true
    driver.lookAtMedium()
    #expect(driver.geometry.blockCount == 100)
    // A smaller disc, put in while nobody looked.
    drive.medium = [UInt8](repeating: 1, count: 2048 * 10)
    drive.senses = [(6, 0x28)]
    driver.lookAtMedium()
    #expect(driver.geometry.blockCount == 10)
    drive.hasDisc = false
    try driver.begin(.read, 3)
    #expect(try driver.outcomes() == [0: .failed])
    #expect(driver.geometry.blockCount == 0)
  }

  /// Every key that a drive may give.
  @Test(arguments: 0..<16) func failuresAreSeenAndTheDriveGoesOn(key: Int) throws {
    let driver = try Driver(script)
    drive.senses = [(UInt8(key), 0x11)]
    try driver.begin(.read, 3)
    #expect(try driver.outcomes() == [0: .failed])
    try driver.begin(.read, 3)
    #expect(try driver.outcomes() == [0: .done])
    #expect(script.first.linkResets == 0)
  }

  @Test func aBadBlockFails() throws {
    let driver = try Driver(script)
    drive.badBlocks = [9]
    try driver.begin(.read, 8, 2)
    #expect(try driver.outcomes() == [0: .failed])
    try driver.begin(.read, 10)
    #expect(try driver.outcomes() == [0: .done])
  }

  @Test func aDriveThatGivesNoReasonIsReset() throws {
    let driver = try Driver(script)
    drive.ends = [(0x51, 0x40, PortInterrupt.linkFault)]
    try driver.begin(.read, 3)
    #expect(try driver.outcomes() == [0: .failed])
    // It falls silent while it is looked at.
    drive.isSilent = true
    driver.lookAtMedium()
    #expect(throws: DeviceFailure.broken) { try driver.begin(.read, 3) }
    #expect(throws: DeviceFailure.gone) { try driver.reset() }
    drive.isSilent = false
    try driver.reset()
    try driver.begin(.read, 3)
    #expect(try driver.outcomes() == [0: .done])
  }

  @Test func whatIsNoDiscDriveIsRefused() {
    for first: UInt16 in [0x8180, 0x9F80, 0x8582, 0x8583, 0x0580, 0xC580] {
      let drive = DriveScript(isPacketDevice: true)
      drive.words[0] = first
      #expect(throws: AHCIError.self, "\(first)") { try Driver(ControllerScript(drive)) }
    }
    drive.words[0] = 0x8581
    #expect(throws: Never.self) { try Driver(script) }
  }
}
