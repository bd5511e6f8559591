// SPDX-License-Identifier: MIT
public import Boot
public import Core

/// A hand-off that has been read and makes sense: PVH's, or a multiboot2 loader's.
public struct HandOff {
  /// More entries than this are ignored; loaders write about ten.
  static let maximumMapEntries: UInt32 = 128
  /// As many modules are looked at.
  static let maximumModules: UInt32 = 8

  private let start: StartInformation
  /// The first module that is no boot seed.
  public private(set) var initrd: AddressRange?
  /// Random bytes that the loader brought (`BootSeed`). A multiboot2 loader brings none.
  public private(set) var seed: AddressRange?
  /// It brought some of a wrong length, or where others write.
  public private(set) var hasRefusedSeed = false
  /// Memory that a multiboot2 loader's information takes: it lies anywhere. PVH loaders have theirs
  /// below 1 MiB, or in memory that their map does not call usable.
  public private(set) var information: AddressRange?
  /// ACPI's root pointer, or zero if the loader does not know.
  public var acpiRoot: UInt64 { start.acpiRoot }
  /// The command line's address, zero-terminated, or zero.
  public var commandLine: UInt64 { start.commandLine }

  /// Reads the structure at `address`; nil if it is not one that carries a memory map.
  public init?(at address: UInt64, in memory: some PhysicalBytes) {
    if let multiboot = MultibootInformation(at: address, in: memory) {
      start = multiboot.start
      initrd = multiboot.module
      information = multiboot.range
      return
    }
    guard let start = memory.value(StartInformation.self, at: address),
      start.magic == StartInformation.magic, start.version >= 1
    else { return nil }
    self.start = start
    readModules(in: memory)
  }

  private mutating func readModules(in memory: some PhysicalBytes) {
    for index in 0..<min(start.moduleCount, Self.maximumModules) {
      let offset = UInt64(index) &* UInt64(ModuleEntry.byteCount)
      guard let address = start.moduleList.checkedSum(offset),
        let module = memory.value(ModuleEntry.self, at: address)
      else { return }
      let range = AddressRange(start: module.address, byteCount: module.bytes)
      if isSeed(module, in: memory) {
        seed = range.flatMap { mayHoldSeed($0, in: memory) ? $0 : nil }
        hasRefusedSeed = seed == nil
      } else if initrd == nil {
        initrd = range
      }
    }
  }

  private func isSeed(_ module: ModuleEntry, in memory: some PhysicalBytes) -> Bool {
    let count = BootSeed.name.utf8CodeUnitCount &+ 1
    guard module.commandLine != 0 else { return false }
    return memory.read(at: module.commandLine, count: count) { BootSeed.isNamed(by: $0) } ?? false
  }

  /// The kernel wipes the seed where it lies, so nothing else may lie there that is written or used.
  private func mayHoldSeed(_ range: AddressRange, in memory: some PhysicalBytes) -> Bool {
    guard BootSeed.isAllowed(range.byteCount) else { return false }
    var isInTables = false
    var isElsewhere = false
    forEachRange(in: memory) { found, type in
      if type == .tables, found.contains(range) { isInTables = true }
      if type != .tables, found.overlaps(range) { isElsewhere = true }
    }
    return isInTables && !isElsewhere
  }

  /// Calls `body` for each range of the memory map that does not wrap around.
  public func forEachRange(
    in memory: some PhysicalBytes, _ body: (AddressRange, MemoryType) -> Void
  ) {
    for index in 0..<min(start.memoryMapCount, Self.maximumMapEntries) {
      let offset = UInt64(index) &* UInt64(MemoryMapEntry.byteCount)
      guard let address = start.memoryMap.checkedSum(offset),
        let entry = memory.value(MemoryMapEntry.self, at: address),
        let range = AddressRange(start: entry.address, byteCount: entry.bytes)
      else { continue }
      body(range, MemoryType(rawValue: entry.type) ?? .reserved)
    }
  }

  /// The bytes of the command line, without the terminator, at most `limit`.
  public func commandLineByteCount(in memory: some PhysicalBytes, limit: Int) -> Int {
    guard commandLine != 0 else { return 0 }
    var count = 0
    while count < limit, let address = commandLine.checkedSum(UInt64(count)) {
      guard let byte = memory.read(at: address, count: 1, { $0[0] }), byte != 0 else { break }
      count &+= 1
    }
    return count
  }
}
