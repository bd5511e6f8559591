// SPDX-License-Identifier: MIT
public import Core

/// A range of memory as UEFI describes it (UEFI 2.10, §7.2.3).
public struct FirmwareMemoryDescriptor: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 40 }

  public var type: UInt32 = 0
  public var address: UInt64 = 0
  public var virtualAddress: UInt64 = 0
  /// Of 4096 bytes.
  public var pageCount: UInt64 = 0
  public var attributes: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&type)
    try coder.reserved(4)
    try coder.little(&address)
    try coder.little(&virtualAddress)
    try coder.little(&pageCount)
    try coder.little(&attributes)
  }

  /// The range; nil if it is empty or wraps around.
  var range: AddressRange? {
    guard pageCount > 0, let bytes = pageCount.checkedProduct(4096) else { return nil }
    return AddressRange(start: address, byteCount: bytes)
  }

  /// What the range is once boot services are gone (UEFI 2.10, §7.2, table 7.10).
  var memoryType: MemoryType {
    switch type {
    // The loader's and boot services' code and data, and what nobody used.
    case 1...4, 7: .usable
    case 9: .tables
    case 10: .firmwareStorage
    case 8: .defective
    default: .reserved
    }
  }
}

/// The memory map of a hand-off: in rising order, neighbours of one type joined.
public struct BootMemoryMap: ~Copyable {
  /// As many entries as the kernel reads. Firmware describes more, most of which join.
  public static var capacity: Int { 128 }

  private var entries = FixedArray<128, MemoryMapEntry>()
  /// Ranges that found no place.
  public private(set) var omitted = 0

  public init() {}

  public var count: Int { entries.count }
  public subscript(index: Int) -> MemoryMapEntry { entries[index] }

  /// Adds all that firmware describes.
  ///
  /// - Parameters:
  ///   - bytes: the descriptors, one behind the other.
  ///   - stride: the bytes of each, which may be more than we know of.
  @export(interface)
  public mutating func add(descriptors bytes: Span<UInt8>, stride: Int) {
    guard stride >= FirmwareMemoryDescriptor.byteCount else { return }
    var place = 0
    while place &+ stride <= bytes.count {
      do throws(WireError) {
        let descriptor = try FirmwareMemoryDescriptor(decoding: bytes, at: UInt64(place))
        if let range = descriptor.range { add(range, descriptor.memoryType) }
      } catch { return }
      place &+= stride
    }
  }

  /// Adds a range that overlaps none that is there.
  @export(interface)
  public mutating func add(_ range: AddressRange, _ type: MemoryType) {
    var place = 0
    while place < count, entries[place].address < range.start { place &+= 1 }
    if place > 0, entries[place &- 1].joins(range.start, type) {
      entries[place &- 1].bytes &+= range.byteCount
      guard place < count, entries[place].type == type.rawValue,
        entries[place].address == range.end
      else { return }
      entries[place &- 1].bytes &+= entries[place].bytes
      remove(at: place)
    } else if place < count, entries[place].type == type.rawValue,
      entries[place].address == range.end
    {
      entries[place].address = range.start
      entries[place].bytes &+= range.byteCount
    } else {
      insert(range, type, at: place)
    }
  }

  private mutating func insert(_ range: AddressRange, _ type: MemoryType, at place: Int) {
    var entry = MemoryMapEntry()
    entry.address = range.start
    entry.bytes = range.byteCount
    entry.type = type.rawValue
    guard entries.append(entry) == nil else {
      omitted &+= 1
      return
    }
    var index = count &- 1
    while index > place {
      entries.swapAt(index, index &- 1)
      index &-= 1
    }
  }

  private mutating func remove(at place: Int) {
    var index = place
    while index &+ 1 < count {
      entries.swapAt(index, index &+ 1)
      index &+= 1
    }
    _ = entries.removeLast()
  }

  /// Whether all of `range` is memory that may be used.
  @export(interface)
  public func isUsable(_ range: AddressRange) -> Bool {
    for index in 0..<count where entries[index].type == MemoryType.usable.rawValue {
      guard let known = AddressRange(start: entries[index].address, byteCount: entries[index].bytes)
      else { continue }
      if known.contains(range) { return true }
    }
    return false
  }
}

extension MemoryMapEntry {
  fileprivate func joins(_ start: UInt64, _ type: MemoryType) -> Bool {
    self.type == type.rawValue && address.checkedSum(bytes) == start
  }
}
