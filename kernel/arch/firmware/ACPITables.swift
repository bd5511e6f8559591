// SPDX-License-Identifier: MIT
public import Core

/// The root of ACPI's tables (ACPI 6.5, §5.2.5.3).
struct RootPointer: WireFormat {
  /// The part that revision 0 has; its checksum covers just this.
  static let byteCount = 20
  /// "RSD PTR " as a little-endian number.
  static let signature: UInt64 = 0x2052_5450_2044_5352
  /// Where revision 2 and later put the XSDT's address, and how many bytes they have.
  static let xsdtOffset = 24
  static let extendedByteCount = 36

  var signature: UInt64 = 0
  var checksum: UInt8 = 0
  var revision: UInt8 = 0
  var rsdt: UInt32 = 0

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&signature)
    try coder.little(&checksum)
    try coder.reserved(6)
    try coder.little(&revision)
    try coder.little(&rsdt)
  }
}

/// What each table begins with (ACPI 6.5, §5.2.6).
struct TableHeader: WireFormat {
  static let byteCount = 36

  var signature: UInt32 = 0
  /// Of the whole table, header included.
  var length: UInt32 = 0
  var revision: UInt8 = 0

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&signature)
    try coder.little(&length)
    try coder.little(&revision)
    try coder.reserved(27)
  }
}

/// The four letters that name a table, as the little-endian number that stands in its header.
public struct TableSignature: Equatable, Sendable {
  let rawValue: UInt32

  /// "APIC": interrupt controllers and processors (MADT).
  public static let interruptControllers = TableSignature(rawValue: 0x4349_5041)
  /// "FACP": fixed hardware (FADT).
  public static let fixedDescription = TableSignature(rawValue: 0x5043_4146)
  /// "HPET".
  public static let eventTimer = TableSignature(rawValue: 0x5445_5048)
  /// "DSDT".
  public static let definitionBlock = TableSignature(rawValue: 0x5444_5344)
}

/// ACPI's tables, found from their root and checked one by one as they are used.
public struct ACPITables<Memory: PhysicalBytes> {
  /// A longer table is taken for corrupt. The largest seen are definition blocks of some 500 KiB.
  static var maximumTableBytes: UInt32 { 4 << 20 }
  /// More tables than this are ignored.
  static var maximumTables: Int { 128 }

  let memory: Memory
  /// The RSDT or XSDT.
  private let directory: UInt64
  /// Bytes of one address in it: 4 or 8.
  private let addressBytes: Int

  /// Reads the root pointer at `root`; nil if it or its directory is corrupt.
  public init?(root: UInt64, in memory: Memory) {
    self.memory = memory
    guard let pointer = memory.value(RootPointer.self, at: root),
      pointer.signature == RootPointer.signature,
      memory.read(at: root, count: RootPointer.byteCount, { $0.hasZeroSum }) == true
    else { return nil }
    if pointer.revision >= 2, let xsdt = Self.extendedDirectory(of: root, in: memory) {
      directory = xsdt
      addressBytes = 8
    } else {
      directory = UInt64(pointer.rsdt)
      addressBytes = 4
    }
    guard Self.withTable(at: directory, in: memory, { _ in }) != nil else { return nil }
  }

  /// The root pointer's address among the 16-byte boundaries of `range`, where a PC's firmware
  /// leaves it if the loader does not say (ACPI 6.5, §5.2.5.1).
  public static func findRoot(in range: AddressRange, of memory: Memory) -> UInt64? {
    guard var address = range.start.roundedUp(to: 16) else { return nil }
    while address < range.end {
      let word = memory.read(at: address, count: 8) { $0.integer(UInt64.self, at: 0) } ?? nil
      if word == RootPointer.signature, ACPITables(root: address, in: memory) != nil {
        return address
      }
      address &+= 16
    }
    return nil
  }

  /// Lends the first sound table called `signature` to `body`; nil if there is none.
  public func withTable<Result>(
    _ signature: TableSignature, _ body: (Span<UInt8>) -> Result
  ) -> Result? {
    let count = Self.withTable(at: directory, in: memory) {
      ($0.count &- TableHeader.byteCount) / addressBytes
    }
    for index in 0..<min(count ?? 0, Self.maximumTables) {
      guard let address = entry(index),
        memory.value(TableHeader.self, at: address)?.signature == signature.rawValue
      else { continue }
      if let result = Self.withTable(at: address, in: memory, body) { return result }
    }
    return nil
  }

  /// Lends the table at `address` to `body`; nil if its length or checksum is wrong.
  static func withTable<Result>(
    at address: UInt64, in memory: Memory, _ body: (Span<UInt8>) -> Result
  ) -> Result? {
    guard let header = memory.value(TableHeader.self, at: address),
      header.length >= TableHeader.byteCount, header.length <= maximumTableBytes
    else { return nil }
    let result = memory.read(at: address, count: Int(header.length)) { bytes -> Result? in
      bytes.hasZeroSum ? body(bytes) : nil
    }
    return result ?? nil
  }

  private func entry(_ index: Int) -> UInt64? {
    let offset = UInt64(TableHeader.byteCount &+ index &* addressBytes)
    guard let address = directory.checkedSum(offset) else { return nil }
    let found = memory.read(at: address, count: addressBytes) { bytes -> UInt64? in
      addressBytes == 8
        ? bytes.integer(UInt64.self, at: 0)
        : bytes.integer(UInt32.self, at: 0).map { UInt64($0) }
    }
    return found ?? nil
  }

  private static func extendedDirectory(of root: UInt64, in memory: Memory) -> UInt64? {
    let found = memory.read(at: root, count: RootPointer.extendedByteCount) { bytes -> UInt64? in
      guard bytes.hasZeroSum else { return nil }
      return bytes.integer(UInt64.self, at: RootPointer.xsdtOffset)
    }
    guard let address = found ?? nil, address != 0 else { return nil }
    return address
  }
}
