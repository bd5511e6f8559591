// SPDX-License-Identifier: MIT
import Architecture
import Boot
import CMachine
import Core
import Firmware

/// Physical memory before the portable kernel has it: the loader's map, and pages taken from it for
/// what this port keeps for ever.
enum BootMemory {
  /// The boot page tables reach this far; pages for the first real tables must lie below.
  static let bootLimit: UInt64 = 4 << 30
  /// Firmware data, the start code for other processors, and video memory are down there.
  static let lowMemoryEnd: UInt64 = 1 << 20

  @safe nonisolated(unsafe) private static var map = MemoryMap()

  /// Takes over the loader's memory map without what is in use.
  static func adopt(_ handOff: HandOff) {
    handOff.forEachRange(in: DirectMemory()) { range, type in
      if type == .usable, range.start < Layout.physicalLimit { map.add(range) }
    }
    handOff.forEachRange(in: DirectMemory()) { range, type in
      if type != .usable { map.remove(range) }
    }
    remove(from: 0, to: lowMemoryEnd)
    remove(from: Layout.physicalLimit, to: .max)
    remove(from: boot_start(), to: image_end() &- Layout.image)
    if let initrd = handOff.initrd { map.remove(initrd) }
    if let information = handOff.information { map.remove(information) }
  }

  /// One cleared page for the kernel's life.
  static func takePage() -> UInt64 {
    guard let page = map.take(pages: 1, below: bootLimit) else {
      EarlyFailure.stop("no memory below 4 GiB for the kernel's page tables")
    }
    clear_words(Layout.direct(page), Layout.pageBytes / 8)
    return page
  }

  /// Hands what is left to the portable kernel, with the memory of the boot code. From here on there
  /// is none to take.
  static func describe(in information: inout BootInformation) {
    add(from: boot_start(), to: boot_end())
    for index in 0..<map.count {
      information.regions[index] = MemoryRegion(
        start: PhysicalAddress(map[index].start), byteCount: map[index].byteCount)
    }
    information.regionCount = map.count
    map = MemoryMap()
  }

  private static func remove(from start: UInt64, to end: UInt64) {
    if let range = AddressRange(start: start, byteCount: end &- start) { map.remove(range) }
  }

  private static func add(from start: UInt64, to end: UInt64) {
    if let range = AddressRange(start: start, byteCount: end &- start) { map.add(range) }
  }
}

/// Physical memory through the direct map, for the parsers of firmware data.
struct DirectMemory: PhysicalBytes {
  /// Until the real tables are in use, the boot tables' 4 GiB are all there is.
  @safe nonisolated(unsafe) static var isComplete = false

  func read<Result>(at address: UInt64, count: Int, _ body: (Span<UInt8>) -> Result) -> Result? {
    guard let range = AddressRange(start: address, byteCount: UInt64(count)), count > 0,
      Self.isComplete ? KernelTables.ensureDirect(range) : range.end <= BootMemory.bootLimit,
      let start = unsafe UnsafePointer<UInt8>(bitPattern: UInt(Layout.direct(address)))
    else { return nil }
    // SAFETY: the range is mapped, as just checked, and firmware data does not change under us.
    let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
    return body(unsafe Span(_unsafeElements: bytes))
  }
}

/// The end of a machine on which the kernel cannot even begin.
enum EarlyFailure {
  static func stop(_ message: StaticString) -> Never {
    EarlyMessage.print(message)
    X86_64.exitAfterPanic()
  }
}

/// Lines on the console before the portable kernel has one.
enum EarlyMessage {
  static func print(_ message: StaticString) {
    put("Apus: ")
    put(message)
    put("\r\n")
  }

  private static func put(_ text: StaticString) {
    let bytes = unsafe text.utf8Start
    // SAFETY: a static string has exactly that many bytes.
    for index in 0..<text.utf8CodeUnitCount { X86_64.writeSerial(port: 0, unsafe bytes[index]) }
  }
}
