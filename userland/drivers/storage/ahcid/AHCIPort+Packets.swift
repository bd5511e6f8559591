// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage

/// What a drive says why a packet's command failed (SCSI Primary Commands 4, 4.5.3).
struct Sense: Equatable {
  var key: UInt8
  var code: UInt8

  /// The drive gave no reason.
  static let none = Sense(key: 0xFF, code: 0)
  static let notReady: UInt8 = 2
  static let attention: UInt8 = 6
}

/// The first byte of a packet: what is to be done.
enum PacketOperation {
  static let testReady: UInt8 = 0x00
  static let requestSense: UInt8 = 0x03
  static let readCapacity: UInt8 = 0x25
  static let read10: UInt8 = 0x28
  static let read12: UInt8 = 0xA8
}

// Drives for discs: they take packets with the commands of SCSI.
extension AHCIPort where Bus: ~Copyable {
  /// How often a drive is asked anew that says that something has happened to it.
  private static var attentions: Int { 4 }
  private static var senseBytes: Int { 18 }
  static var discBlockBytes: UInt32 { 2048 }

  /// A packet, and the command that brings it.
  private func packet(
    _ bytes: [UInt8], _ packetBytes: Int, moves byteCount: Int, _ identity: DriveIdentity
  ) -> DriveCommand {
    var command = DriveCommand(DriveCommand.packet)
    command.device = 0
    command.packet = bytes + [UInt8](repeating: 0, count: packetBytes - bytes.count)
    if byteCount > 0, identity.packetsByMemory {
      command.features = identity.wantsDirection ? 5 : 1
    } else {
      // How much the drive may bring in one piece.
      command.block = 0xF800 << 8
    }
    return command
  }

  /// The packet for a request; a flush has nothing to do.
  func packet(
    for transfer: BlockTransfer, _ packetBytes: Int, _ identity: DriveIdentity
  ) -> DriveCommand {
    guard transfer.operation == .read else {
      return packet([PacketOperation.testReady, 0, 0, 0, 0, 0], packetBytes, moves: 0, identity)
    }
    let (block, count) = (transfer.blocks.first, transfer.blocks.count)
    let place = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: block >> UInt64($0)) }
    let bytes: [UInt8]
    if count <= 0xFFFF {
      bytes =
        [PacketOperation.read10, 0] + place
        + [0, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count), 0]
    } else {
      bytes =
        [PacketOperation.read12, 0] + place
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> UInt64($0)) } + [0, 0]
    }
    return packet(bytes, packetBytes, moves: transfer.data?.byteCount ?? 0, identity)
  }

  /// Has a packet carried out; if it fails, the engine goes on, and the drive's reason is there.
  /// - Returns: `nil` if all went well.
  private mutating func carryOut(
    _ bytes: [UInt8], byteCount: Int, _ identity: DriveIdentity
  ) -> Sense? {
    guard case .packets(let packetBytes) = identity.kind else { return nil }
    let command = packet(bytes, packetBytes, moves: byteCount, identity)
    switch carryOut(command, byteCount: byteCount) {
    case .done: return nil
    case .silent: needsReset = true
    case .failed:
      if resume(isPacketDevice: true) { return sense(packetBytes, identity) }
      needsReset = true
    }
    return Sense.none
  }

  private mutating func sense(_ packetBytes: Int, _ identity: DriveIdentity) -> Sense {
    let bytes: [UInt8] = [PacketOperation.requestSense, 0, 0, 0, UInt8(Self.senseBytes), 0]
    let command = packet(bytes, packetBytes, moves: Self.senseBytes, identity)
    guard carryOut(command, byteCount: Self.senseBytes) == .done else {
      if !resume(isPacketDevice: true) { needsReset = true }
      return Sense.none
    }
    return Sense(
      key: memory.bytes.load(at: PortMemory.sector + 2, as: UInt8.self) & 15,
      code: memory.bytes.load(at: PortMemory.sector + 12, as: UInt8.self))
  }

  /// Blocks of the disc that is in the drive; none if there is no disc.
  mutating func readCapacity(_ identity: DriveIdentity) -> (UInt32, UInt64) {
    for _ in 0..<Self.attentions {
      let request: [UInt8] = [PacketOperation.readCapacity, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      if let sense = carryOut(request, byteCount: 8, identity) {
        if sense.key == Sense.attention { continue }
        break
      }
      let last = bigEndian(PortMemory.sector)
      let found = bigEndian(PortMemory.sector + 4)
      let isUsual = found.isPowerOfTwo && found >= 512 && found <= 65_536
      return (isUsual ? found : Self.discBlockBytes, UInt64(last) + 1)
    }
    return (Self.discBlockBytes, 0)
  }

  private func bigEndian(_ place: Int) -> UInt32 {
    memory.bytes.load(at: place, as: UInt32.self).byteSwapped
  }

  /// A request failed: if the disc was changed or taken out, the next one finds what is there now.
  /// - Returns: false if the drive has to be reset.
  mutating func takeSense(_ packetBytes: Int) -> Bool {
    guard let identity else { return false }
    let sense = sense(packetBytes, identity)
    guard sense != .none, !needsReset else { return false }
    if sense.key == Sense.attention || sense.key == Sense.notReady {
      (geometry.blockBytes, geometry.blockCount) = readCapacity(identity)
    }
    return true
  }

  /// Asks a drive whether its disc was changed.
  public mutating func lookAtMedium() {
    guard let identity, identity.kind != .disk, issued == 0, prepared == 0, !needsReset else {
      return
    }
    let isReady =
      carryOut([PacketOperation.testReady, 0, 0, 0, 0, 0], byteCount: 0, identity) == nil
    guard !needsReset, !isReady || geometry.blockCount == 0 else { return }
    (geometry.blockBytes, geometry.blockCount) = readCapacity(identity)
  }
}
