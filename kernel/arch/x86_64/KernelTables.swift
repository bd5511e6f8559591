// SPDX-License-Identifier: MIT
public import Architecture
import CMachine
import Core
import Firmware

/// The page tables of the kernel's half, built once at boot and shared by every address space.
///
/// Every top-level slot of that half that is ever used is filled at boot, so a space that copied
/// them stays right for ever. All kernel pages are global. No page is writable and executable, under
/// either of its names: the direct map shows the image's text and constants read-only.
enum KernelTables {
  @safe nonisolated(unsafe) static var root: UInt64 = 0
  /// Top-level slots of the direct map in use, counted from `firstSlot`.
  @safe nonisolated(unsafe) static var directSlotCount = 0
  @safe nonisolated(unsafe) private static var nextDevicePage: UInt64 = 0

  static let firstSlot = 256
  static let lastSlot = 511

  private static let readWrite =
    PageEntry.present | PageEntry.writable | PageEntry.global | PageEntry.executeDisable
  private static let readOnly = PageEntry.present | PageEntry.global | PageEntry.executeDisable
  private static let execute = PageEntry.present | PageEntry.global
  private static let uncached = readWrite | PageEntry.writeThrough | PageEntry.cacheDisable

  /// Maps the image and the first megabyte, and makes an empty device window.
  static func build() {
    root = BootMemory.takePage()
    mapImage()
    mapDirect(from: 0, to: Layout.largePageBytes)
    _ = slot(of: Layout.deviceWindow)
  }

  // MARK: The image

  private static func mapImage() {
    var address = image_start()
    while address < image_end() {
      map(address, to: address &- Layout.image, imageFlags(at: address))
      address &+= Layout.pageBytes
    }
  }

  private static func imageFlags(at address: UInt64) -> UInt64 {
    if address < image_text_end() { return execute }
    return address < image_rodata_end() ? readOnly : readWrite
  }

  // MARK: The direct map

  /// Maps the 2 MiB pages that physical `start ..< end` touches, as ordinary memory.
  static func mapDirect(from start: UInt64, to end: UInt64) {
    var address = start & ~(Layout.largePageBytes &- 1)
    while address < min(end, Layout.physicalLimit) {
      mapLargeDirect(address)
      address &+= Layout.largePageBytes
    }
  }

  private static func mapLargeDirect(_ physical: UInt64) {
    let entry = slot(of: Layout.direct(physical), level: 1)
    guard load64(entry) == 0 else { return }
    let end = physical &+ Layout.largePageBytes
    let protectedEnd = image_rodata_end() &- Layout.image
    // Firmware gives the first megabyte several memory types, which one page must not span.
    guard physical == 0 || physical < protectedEnd && image_start() &- Layout.image < end else {
      return store64(entry, physical | readWrite | PageEntry.large)
    }
    var page = physical
    while page < end {
      let name = page &+ Layout.image
      let isProtected = name >= image_start() && name < image_rodata_end()
      map(Layout.direct(page), to: page, isProtected ? readOnly : readWrite)
      page &+= Layout.pageBytes
    }
  }

  /// Makes all of physical `range` readable through the direct map, for firmware tables that lie
  /// outside what the memory map lists; false if it is too far up or absurdly large.
  static func ensureDirect(_ range: AddressRange) -> Bool {
    guard range.end <= Layout.physicalLimit, range.byteCount <= 8 << 20 else { return false }
    var page = range.start & ~(Layout.pageBytes &- 1)
    while page < range.end {
      if !isMapped(Layout.direct(page)) { map(Layout.direct(page), to: page, readOnly) }
      page &+= Layout.pageBytes
    }
    return true
  }

  private static func isMapped(_ address: UInt64) -> Bool {
    var table = root
    var level: UInt64 = 3
    while true {
      let entry = load64(entryAddress(address, level, in: table))
      if entry & PageEntry.present == 0 { return false }
      if level == 0 || entry & PageEntry.large != 0 { return true }
      table = entry & PageEntry.addressMask
      level &-= 1
    }
  }

  // MARK: The windows

  /// A kernel address for the page of device registers that contains physical `address`, uncached;
  /// nil when the window is full.
  static func mapDevice(_ address: UInt64) -> UInt64? {
    let offset = address & (Layout.pageBytes &- 1)
    return mapInWindow(address &- offset, uncached).map { $0 &+ offset }
  }

  /// A read-only kernel address for one page of RAM.
  static func mapConstant(_ page: UInt64) -> UInt64? { mapInWindow(page, readOnly) }

  private static func mapInWindow(_ page: UInt64, _ flags: UInt64) -> UInt64? {
    guard nextDevicePage < 512 else { return nil }
    let address = Layout.deviceWindow &+ nextDevicePage &* Layout.pageBytes
    nextDevicePage &+= 1
    map(address, to: page, flags)
    return address
  }

  /// Maps a page of RAM at a kernel address, for stacks and the like.
  static func mapMemory(_ address: UInt64, to page: UInt64) { map(address, to: page, readWrite) }

  // MARK: Tables

  private static func map(_ address: UInt64, to physical: UInt64, _ flags: UInt64) {
    store64(slot(of: address), physical | flags)
  }

  /// Where the entry for `address` at `level` is (0: 4 KiB, 1: 2 MiB), with the tables above it.
  private static func slot(of address: UInt64, level lowest: UInt64 = 0) -> UInt64 {
    var table = root
    var level: UInt64 = 3
    while level > lowest {
      let entry = entryAddress(address, level, in: table)
      if load64(entry) == 0 {
        store64(entry, BootMemory.takePage() | PageEntry.present | PageEntry.writable)
        if level == 3 { noteSlot(address) }
      }
      table = load64(entry) & PageEntry.addressMask
      level &-= 1
    }
    return entryAddress(address, lowest, in: table)
  }

  private static func noteSlot(_ address: UInt64) {
    let slot = Int(address >> 39 & 511)
    if slot < lastSlot { directSlotCount = max(directSlotCount, slot &- firstSlot &+ 1) }
  }

  private static func entryAddress(_ address: UInt64, _ level: UInt64, in table: UInt64) -> UInt64 {
    Layout.direct(table) &+ (address &>> (12 &+ 9 &* level) & 511) &* 8
  }
}

extension X86_64 {
  @inline(__always)
  public static var directMapBase: UInt { UInt(Layout.directMap) }

  public static var kernelRoot: PhysicalAddress { PhysicalAddress(KernelTables.root) }

  @inline(__always)
  public static func activate(root: PhysicalAddress) { write_cr3(root.rawValue) }

  public static func installKernelHalf(root: PhysicalAddress) {
    let from = Layout.direct(KernelTables.root)
    let to = Layout.direct(root.rawValue)
    for slot in KernelTables.firstSlot..<(KernelTables.firstSlot &+ KernelTables.directSlotCount) {
      store64(to &+ UInt64(slot) &* 8, load64(from &+ UInt64(slot) &* 8))
    }
    let last = UInt64(KernelTables.lastSlot) &* 8
    store64(to &+ last, load64(from &+ last))
  }

  @inline(__always)
  public static func invalidate(page address: UInt) { invalidate_page(UInt64(address)) }

  @inline(__always)
  public static func invalidateAll() { write_cr3(read_cr3()) }
}
