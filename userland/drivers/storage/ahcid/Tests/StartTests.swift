// SPDX-License-Identifier: MIT
import Core
import Disks
import Storage
import Testing

@testable import AHCIDriver

@Suite("The start of AHCI controllers")
struct AHCIStartTests {
  @Test func devicesAreFoundWhereTheyAre() throws {
    let script = ControllerScript(DriveScript(), nil, DriveScript(isPacketDevice: true))
    let host = try adapter(script)
    #expect(host.occupiedPorts == [0, 2] && host.slotCount == 32 && host.queues)
    #expect(script.resets == 1 && script.control & HostControl.interrupts != 0)
    // The registers end before the third port.
    let short = try HostAdapter.made(
      ScriptedBus(script: script), byteCount: 0x200, pause: { script.pauses += 1 })
    #expect(short.occupiedPorts == [0])
    // Nobody waits long for a controller without drives.
    let empty = ControllerScript(nil, nil, nil, nil, nil, nil)
    #expect(try adapter(empty).occupiedPorts == [])
    #expect(empty.pauses <= 200)
  }

  @Test func firmwareLetsGo() throws {
    for (holds, isBusy, most) in [(100, false, 300), (10_000, true, 10_300), (nil, false, 600)]
      as [(Int?, Bool, Int)]
    {
      let script = ControllerScript(nil)
      script.moreCapabilities = 1
      script.firmwareHolds = holds
      script.handOff = isBusy ? HandOffBit.firmwareIsBusy : 0
      _ = try adapter(script)
      #expect(script.handOff & HandOffBit.systemOwns != 0 && script.pauses <= most)
      #expect(holds.map { script.pauses >= $0 } ?? true)
    }
  }

  @Test func controllersThatMakeNoSenseAreRefused() {
    let changes: [(ControllerScript) -> Void] = [
      { $0.isGone = true }, { $0.resetsNever = true },
    ]
    for (number, change) in changes.enumerated() {
      let script = ControllerScript(DriveScript())
      change(script)
      #expect(throws: AHCIError.broken, "\(number)") { try adapter(script) }
    }
    let script = ControllerScript()
    #expect(throws: AHCIError.broken) {
      try HostAdapter.made(ScriptedBus(script: script), byteCount: 0x40, pause: {})
    }
  }

  @Test func whatCannotBeDrivenIsSaid() {
    let changes: [(AHCIError, (DriveScript) -> Void)] = [
      (.multiplier, { $0.signature = 0x9669_0101 }), (.enclosure, { $0.signature = 0xC33C_0101 }),
      (.unknownKind, { $0.signature = 0x1234_5678 }), (.unknownKind, { $0.signature = .max }),
      (.silent, { $0.busyUntil = .max }), (.nameless, { $0.identifies = false }),
      (.nameless, { $0.isSilent = true }), (.gone, { $0.linkStatus = 0x1 }),
      (.nameless, { $0.words = [UInt16](repeating: 0, count: 256) }),
      (.nameless, { $0.words = [UInt16](repeating: .max, count: 256) }),
      (.nameless, { $0.words[0] = 0x8000 }), (.nameless, { $0.words[255] = 0x00A5 }),
      (.unsupported, { $0.words[49] = 1 << 9 }), (.unsupported, { $0.words[49] = 1 << 8 }),
      (.unsupported, { $0.words[100] = 0 }),
      (.unsupported, { ($0.words[100], $0.words[103]) = (0, 0xFFFF) }),
      (
        .unsupported,
        { drive in (drive.words[106], drive.words[117]) = (1 << 14 | 1 << 12, 300) }
      ),
    ]
    for (number, change) in changes.enumerated() {
      let drive = DriveScript()
      change.1(drive)
      let script = ControllerScript(drive)
      #expect(throws: change.0, "\(number)") { try Driver(script) }
      #expect(
        script.first[PortRegister.command] & (PortCommand.start | PortCommand.receive) == 0,
        "\(number) is stopped")
    }
  }

  @Test func aDriveThatHasToBeginToTurnIsWaitedFor() throws {
    let drive = DriveScript()
    drive.busyUntil = 80_000
    _ = try Driver(ControllerScript(drive))
  }

  @Test func whatADriveSaysOfItself() throws {
    let drive = DriveScript(serial: "XYZ")
    var words = drive.words
    var identity = try DriveIdentity(words, isPacketDevice: false)
    #expect(identity.depth(slotCount: 8) == 8 && identity.geometry.isSound)
    #expect(identity.name.starts(with: Array("XYZ".utf8)))
    (words[106], words[117]) = (1 << 14 | 1 << 12, 2048)
    identity = try DriveIdentity(words, isPacketDevice: false)
    #expect(identity.geometry.blockBytes == 4096)
    words[85] = 0
    #expect(try !DriveIdentity(words, isPacketDevice: false).hasCache)
    (words[84], words[169], words[76]) = (1 << 6, 0, 0)
    identity = try DriveIdentity(words, isPacketDevice: false)
    #expect(!identity.forcesWrites && !identity.discards && identity.depth == 1)
    words[255] = 0xA5
    let sum = words.reduce(UInt8(0)) { $0 &+ UInt8(truncatingIfNeeded: $1) &+ UInt8($1 >> 8) }
    words[255] |= UInt16(0 &- sum) << 8
    #expect(try DriveIdentity(words, isPacketDevice: false).kind == .disk)
    #expect(throws: AHCIError.nameless) { try DriveIdentity([1, 2], isPacketDevice: false) }
  }
}
