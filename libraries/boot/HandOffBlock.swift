// SPDX-License-Identifier: MIT
public import Core

/// A hand-off with all that it points to, in one piece of memory:
///
///     0     StartInformation
///     64    ModuleEntry of the archives, and of the boot seed
///     128   the memory map
///     3200  the command line and a zero
///     5248  the boot seed's name and a zero
///     5312  the boot seed
public enum HandOffBlock {
  /// Two pages.
  public static var byteCount: Int { 8192 }
  /// Longer command lines are refused; the kernel reads no more.
  public static var commandLineLimit: Int { 2047 }

  private static var modulePlace: Int { 64 }
  private static var mapPlace: Int { 128 }
  private static var linePlace: Int {
    mapPlace &+ BootMemoryMap.capacity &* MemoryMapEntry.byteCount
  }
  private static var namePlace: Int { linePlace &+ commandLineLimit &+ 1 }
  private static var seedPlace: Int { namePlace &+ 64 }

  /// Where in the block at `address` the boot seed's bytes go, before or after `write`, which leaves
  /// them alone: so there is no second copy of them.
  @export(interface)
  public static func seedRoom(at address: UInt64) -> AddressRange {
    AddressRange(start: address &+ UInt64(seedPlace), byteCount: BootSeed.mostBytes)
      ?? AddressRange()
  }

  /// - Parameters:
  ///   - bytes: the memory at physical address `address`, `byteCount` bytes.
  ///   - archive: where the archives of the initial file system lie.
  ///   - acpiRoot: the address of ACPI's root pointer, or zero.
  ///   - seedBytes: how many bytes of the seed's room are one; zero if there is none.
  /// - Returns: false if `bytes` is too short, the command line too long, or the seed of a wrong length.
  @export(interface)
  public static func write(
    into bytes: inout MutableSpan<UInt8>, at address: UInt64, map: borrowing BootMemoryMap,
    archive: AddressRange, acpiRoot: UInt64, commandLine: Span<UInt8>,
    seedBytes: UInt64
  ) -> Bool {
    guard bytes.count >= byteCount, commandLine.count <= commandLineLimit,
      seedBytes == 0 || BootSeed.isAllowed(seedBytes)
    else { return false }
    var start = StartInformation()
    start.magic = StartInformation.magic
    start.version = 1
    start.moduleCount = seedBytes == 0 ? 1 : 2
    start.moduleList = address &+ UInt64(modulePlace)
    start.commandLine = commandLine.isEmpty ? 0 : address &+ UInt64(linePlace)
    start.acpiRoot = acpiRoot
    start.memoryMap = address &+ UInt64(mapPlace)
    start.memoryMapCount = UInt32(map.count)
    var module = ModuleEntry()
    module.address = archive.start
    module.bytes = archive.byteCount
    store(start, &bytes, at: 0)
    store(module, &bytes, at: modulePlace)
    if seedBytes > 0 { writeSeedEntry(seedBytes, &bytes, at: address) }
    for index in 0..<map.count {
      store(map[index], &bytes, at: mapPlace &+ index &* MemoryMapEntry.byteCount)
    }
    for index in commandLine.indices { bytes[linePlace &+ index] = commandLine[index] }
    bytes[linePlace &+ commandLine.count] = 0
    return true
  }

  private static func writeSeedEntry(
    _ byteCount: UInt64, _ bytes: inout MutableSpan<UInt8>, at address: UInt64
  ) {
    var entry = ModuleEntry()
    entry.address = seedRoom(at: address).start
    entry.bytes = byteCount
    entry.commandLine = address &+ UInt64(namePlace)
    store(entry, &bytes, at: modulePlace &+ ModuleEntry.byteCount)
    let name = BootSeed.name.bytes
    for index in name.indices { bytes[namePlace &+ index] = name[index] }
    bytes[namePlace &+ name.count] = 0
  }

  private static func store(
    _ value: some WireFormat, _ bytes: inout MutableSpan<UInt8>, at place: Int
  ) {
    var record = InlineArray<64, UInt8>(repeating: 0)
    do throws(WireError) { try value.encode(into: record.mutableSpan) } catch {
      preconditionFailure("the records of a hand-off have at most 64 bytes")
    }
    let count = measured(value)
    for index in 0..<count { bytes[place &+ index] = record[index] }
  }

  private static func measured<Value: WireFormat>(_: Value) -> Int { Value.byteCount }
}
