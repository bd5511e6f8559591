// SPDX-License-Identifier: MIT
import Boot
import CFirmware
import Core

/// The boot seed: random bytes of the firmware and of the processor, in the place where the kernel finds
/// them, so that there is no other copy.
struct Seed {
  private static let partBytes: UInt64 = 32
  /// How often the processor is asked for a word before it counts as having none.
  private static let attempts = 64

  private let room: AddressRange
  /// How many there are: 32 from each source that works.
  private(set) var byteCount: UInt64 = 0

  /// - Parameter room: memory for `BootSeed.mostBytes`.
  init(in room: AddressRange, _ firmware: Firmware) {
    self.room = room
    wipe()
    take { firmware_random(firmware.system, $0.start, $0.byteCount) == 0 }
    if processor_has_seed() != 0 { take(Self.askProcessor) }
    if byteCount == 0 { wipe() }
  }

  private mutating func take(_ fill: (AddressRange) -> Bool) {
    guard
      let part = AddressRange(start: room.start &+ byteCount, byteCount: Self.partBytes),
      fill(part), Self.varies(Firmware.bytes(part))
    else { return }
    byteCount &+= part.byteCount
  }

  private static func askProcessor(_ part: AddressRange) -> Bool {
    var bytes = Firmware.writable(part)
    for place in stride(from: 0, to: bytes.count, by: 8) {
      guard let word = processorWord() else { return false }
      bytes.setLittleWord(word, at: place)
    }
    return true
  }

  private static func processorWord() -> UInt64? {
    for _ in 0..<attempts {
      let found = processor_seed()
      if found.status == 0 { return found.value }
    }
    return nil
  }

  /// Thirty-two equal bytes come from a source that does not work.
  private static func varies(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where bytes[index] != bytes[0] { return true }
    return false
  }

  /// Leaves nothing for whom the firmware starts in our place.
  func wipe() {
    var bytes = Firmware.writable(room)
    for index in 0..<bytes.count { bytes[index] = 0 }
  }
}
