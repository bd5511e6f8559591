// SPDX-License-Identifier: MIT
import Core

/// Reads the firmware's tables, which lie at physical addresses.
public protocol FirmwareMemory {
  /// - Returns: `nil` if the memory cannot be had.
  func bytes(at address: UInt64, count: Int) -> [UInt8]?
}

/// Where a segment's configuration registers lie in memory, as the table MCFG says.
public struct ConfigurationSegment: Equatable, Sendable {
  /// Where the registers of bus zero would be.
  public var base: UInt64
  public var buses: BusRange

  /// Where the registers of the first bus are, and how many bytes all of them take.
  public var start: UInt64 { base &+ UInt64(buses.first) << 20 }
  public var byteCount: UInt64 { (UInt64(buses.last - buses.first) + 1) << 20 }
}

public enum FirmwareSegments {
  private static var tableLimit: UInt32 { 65_536 }
  private static var segmentLimit: Int { 16 }

  /// The segments that the firmware names; none if it names none, or its tables are broken.
  ///
  /// - Parameter root: the root pointer's address.
  public static func find(root: UInt64, _ memory: some FirmwareMemory) -> [ConfigurationSegment] {
    guard let pointer = memory.bytes(at: root, count: 36) else { return [] }
    let span = pointer.span
    guard span.starts(with: "RSD PTR "), sum(span.extracting(0..<20)) == 0 else { return [] }
    // The first version has no list of wide addresses.
    let isWide = span[15] >= 2 && word(span, 24, 8) != 0
    let list = isWide ? word(span, 24, 8) : word(span, 16, 4)
    guard let tables = table(at: list, memory) else { return [] }
    let width = isWide ? 8 : 4
    var offset = 36
    while offset + width <= tables.count {
      let address = word(tables.span, offset, width)
      offset += width
      guard let header = memory.bytes(at: address, count: 36), header.span.starts(with: "MCFG"),
        let found = table(at: address, memory)
      else { continue }
      return segments(found.span)
    }
    return []
  }

  /// A whole table whose bytes add up to zero.
  private static func table(at address: UInt64, _ memory: some FirmwareMemory) -> [UInt8]? {
    guard let header = memory.bytes(at: address, count: 36) else { return nil }
    let length = UInt32(truncatingIfNeeded: word(header.span, 4, 4))
    guard length >= 36, length <= tableLimit,
      let bytes = memory.bytes(at: address, count: Int(length)), bytes.count == Int(length),
      sum(bytes.span) == 0
    else { return nil }
    return bytes
  }

  private static func segments(_ table: Span<UInt8>) -> [ConfigurationSegment] {
    var found: [ConfigurationSegment] = []
    var offset = 44
    while offset + 16 <= table.count, found.count < segmentLimit {
      let base = word(table, offset, 8)
      let range = BusRange(
        segment: UInt16(truncatingIfNeeded: word(table, offset + 8, 2)),
        first: table[offset + 10], last: table[offset + 11])
      offset += 16
      guard base & 0xF_FFFF == 0, base != 0, base < 1 << 52, range.first <= range.last else {
        continue
      }
      let isKnown = found.contains { $0.buses.segment == range.segment }
      if !isKnown { found.append(ConfigurationSegment(base: base, buses: range)) }
    }
    return found
  }

  private static func sum(_ bytes: Span<UInt8>) -> UInt8 {
    var sum: UInt8 = 0
    for index in bytes.indices { sum &+= bytes[index] }
    return sum
  }

  private static func word(_ bytes: Span<UInt8>, _ offset: Int, _ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width where offset + index < bytes.count {
      value |= UInt64(bytes[offset + index]) << UInt64(8 * index)
    }
    return value
  }
}
