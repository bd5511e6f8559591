// SPDX-License-Identifier: MIT
import Boot
import Core

/// What a multiboot2 loader (GRUB) leaves, as the PVH structure that it stands for
/// (Multiboot2 Specification 2.0, §3.6): total size, a zero, then tags, each with type and size and
/// filled up to 8 bytes.
struct MultibootInformation {
  /// A longer one is taken for none. GRUB's has some kilobytes, with names of sections.
  static let limit: UInt32 = 1 << 20
  /// More tags than this are ignored.
  static let maximumTags = 256

  /// Where it lies, with everything that `start` points to but the modules.
  let range: AddressRange
  private(set) var start = StartInformation()
  private(set) var module: AddressRange?

  /// Reads what lies at `address`; nil if it is none, or has no memory map.
  init?(at address: UInt64, in memory: some PhysicalBytes) {
    guard address.isAligned(to: 8), let head = memory.value(Head.self, at: address),
      head.reserved == 0, head.byteSize >= 16, head.byteSize <= Self.limit,
      let range = AddressRange(start: address, byteCount: UInt64(head.byteSize))
    else { return nil }
    self.range = range
    start.magic = StartInformation.magic
    start.version = 1
    var place = address &+ 8
    for _ in 0..<Self.maximumTags {
      guard let tag = memory.value(Head.self, at: place),
        // In a tag the first number is its type, the second its size.
        let body = AddressRange(start: place, byteCount: UInt64(tag.reserved)),
        tag.reserved >= 8, range.contains(body), tag.byteSize != 0
      else { break }
      read(tag.byteSize, body, in: memory)
      guard let next = body.end.roundedUp(to: 8) else { break }
      place = next
    }
    guard start.memoryMapCount > 0 else { return nil }
  }

  /// Two numbers: size and zero of the whole, type and size of a tag.
  private struct Head: WireFormat {
    static let byteCount = 8
    var byteSize: UInt32 = 0
    var reserved: UInt32 = 0

    mutating func layout(
      _ coder: inout some ByteCoder & ~Copyable & ~Escapable
    ) throws(WireError) {
      try coder.little(&byteSize)
      try coder.little(&reserved)
    }
  }

  private mutating func read(_ type: UInt32, _ tag: AddressRange, in memory: some PhysicalBytes) {
    switch type {
    case 1: start.commandLine = tag.start &+ 8
    case 3 where module == nil:
      guard let ends = memory.value(Head.self, at: tag.start &+ 8), ends.reserved >= ends.byteSize
      else { return }
      module = AddressRange(
        start: UInt64(ends.byteSize), byteCount: UInt64(ends.reserved &- ends.byteSize))
    case 6:
      // The entries are PVH's, if they have the size that they have today.
      guard tag.byteCount >= 16, let form = memory.value(Head.self, at: tag.start &+ 8),
        form.byteSize == UInt32(MemoryMapEntry.byteCount)
      else { return }
      start.memoryMap = tag.start &+ 16
      start.memoryMapCount = UInt32(
        (tag.byteCount &- 16) / UInt64(MemoryMapEntry.byteCount))
    // ACPI's root pointer is a copy that nobody keeps; a PC's lies where it is found.
    default: break
    }
  }
}
