// SPDX-License-Identifier: MIT

/// Builds small ELF programs byte by byte, right ones and deliberately wrong ones.
///
/// It knows the format on its own, so that a parser is not tested against itself.
public struct ELFExample: Sendable {
  public struct Segment: Sendable {
    public var type: UInt32
    /// 1 execute, 2 write, 4 read.
    public var flags: UInt32
    public var offset: UInt64
    public var address: UInt64
    public var fileBytes: UInt64
    public var memoryBytes: UInt64
    public var alignment: UInt64

    public init(
      type: UInt32 = 1, flags: UInt32, offset: UInt64, address: UInt64, fileBytes: UInt64,
      memoryBytes: UInt64? = nil, alignment: UInt64 = 0x1000
    ) {
      self.type = type
      self.flags = flags
      self.offset = offset
      self.address = address
      self.fileBytes = fileBytes
      self.memoryBytes = memoryBytes ?? fileBytes
      self.alignment = alignment
    }
  }

  public var type: UInt16 = 3
  public var machine: UInt16 = 62
  public var entry: UInt64 = 0x1010
  public var segments: [Segment] = []
  /// Contents laid over the file at their offsets.
  public var contents: [(offset: Int, bytes: [UInt8])] = []
  public var byteCount = 0x3200
  public var sectionHeaderOffset: UInt64 = 0
  public var sectionHeaderCount: UInt16 = 0

  public init() {}

  /// A static-pie program: headers and constants, code, data with two relocations, zeros,
  /// thread-local data, a part that becomes read-only, and a symbol table with two functions.
  public static var program: ELFExample {
    var example = ELFExample()
    example.segments = [
      Segment(flags: 4, offset: 0, address: 0, fileBytes: 0x800),
      Segment(flags: 5, offset: 0x1000, address: 0x1000, fileBytes: 0x200),
      Segment(flags: 6, offset: 0x2100, address: 0x3100, fileBytes: 0x400, memoryBytes: 0x2000),
      Segment(type: 2, flags: 6, offset: 0x2100, address: 0x3100, fileBytes: 0x40, alignment: 8),
      Segment(
        type: 7, flags: 4, offset: 0x2200, address: 0x3200, fileBytes: 0x10, memoryBytes: 0x30,
        alignment: 16),
      Segment(type: 0x6474_E551, flags: 6, offset: 0, address: 0, fileBytes: 0, alignment: 16),
      Segment(
        type: 0x6474_E552, flags: 4, offset: 0x2100, address: 0x3100, fileBytes: 0x400,
        memoryBytes: 0xF00, alignment: 1),
    ]
    example.setRelocations([(0x3300, 8, 0, 0x1010), (0x3308, 8, 0, 0x40)])
    example.setSymbols([("start", 0x12, 0x1010, 0x20), ("work", 0x12, 0x1040, 0)])
    return example
  }

  /// A static program at a fixed address, without anything to relocate.
  public static var fixedProgram: ELFExample {
    var example = program
    example.type = 2
    example.segments.removeAll { $0.type == 2 }
    for index in example.segments.indices { example.segments[index].address += 0x40_0000 }
    example.entry += 0x40_0000
    return example
  }

  /// Replaces the relocations (offset, type, symbol, addend), at most 16, and the dynamic table.
  public mutating func setRelocations(_ relocations: [(UInt64, UInt32, UInt32, Int64)]) {
    var table: [UInt8] = []
    for (offset, type, symbol, addend) in relocations {
      table += Self.bytes(of: offset) + Self.bytes(of: type) + Self.bytes(of: symbol)
      table += Self.bytes(of: addend)
    }
    setDynamicTable([(7, 0x400), (8, UInt64(table.count)), (9, 24), (0, 0)])
    contents.removeAll { $0.offset == 0x400 }
    contents.append((0x400, table))
  }

  public mutating func setDynamicTable(_ entries: [(tag: UInt64, value: UInt64)]) {
    contents.removeAll { $0.offset == 0x2100 }
    contents.append(
      (0x2100, entries.flatMap { Self.bytes(of: $0.tag) + Self.bytes(of: $0.value) }))
  }

  /// Adds a symbol table (name, info, value, size) and its names behind the segments.
  public mutating func setSymbols(_ symbols: [(String, UInt8, UInt64, UInt64)]) {
    var names: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: 24)
    for (name, info, value, size) in symbols {
      table += Self.bytes(of: UInt32(names.count)) + [info, 0] + Self.bytes(of: UInt16(1))
      table += Self.bytes(of: value) + Self.bytes(of: size)
      names += Array(name.utf8) + [0]
    }
    let sections =
      [UInt8](repeating: 0, count: 64)
      + section(type: 2, offset: 0x2800, byteCount: table.count, link: 2, entryBytes: 24)
      + section(type: 3, offset: 0x3000, byteCount: names.count, link: 0, entryBytes: 0)
    contents.removeAll { [0x2800, 0x3000, 0x3100].contains($0.offset) }
    contents += [(0x2800, table), (0x3000, names), (0x3100, sections)]
    sectionHeaderOffset = 0x3100
    sectionHeaderCount = 3
  }

  private func section(
    type: UInt32, offset: UInt64, byteCount: Int, link: UInt32, entryBytes: UInt64
  ) -> [UInt8] {
    Self.bytes(of: UInt32(0)) + Self.bytes(of: type) + [UInt8](repeating: 0, count: 16)
      + Self.bytes(of: offset) + Self.bytes(of: UInt64(byteCount)) + Self.bytes(of: link)
      + [UInt8](repeating: 0, count: 12) + Self.bytes(of: entryBytes)
  }

  /// The file.
  public var bytes: [UInt8] {
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    file += Self.bytes(of: type) + Self.bytes(of: machine) + Self.bytes(of: UInt32(1))
    file += Self.bytes(of: entry) + Self.bytes(of: UInt64(64))
    file += Self.bytes(of: sectionHeaderOffset) + Self.bytes(of: UInt32(0))
    file += Self.bytes(of: UInt16(64)) + Self.bytes(of: UInt16(56))
    file += Self.bytes(of: UInt16(segments.count)) + Self.bytes(of: UInt16(64))
    file += Self.bytes(of: sectionHeaderCount) + Self.bytes(of: UInt16(0))
    for segment in segments {
      file += Self.bytes(of: segment.type) + Self.bytes(of: segment.flags)
      file += Self.bytes(of: segment.offset) + Self.bytes(of: segment.address)
      file += Self.bytes(of: segment.address) + Self.bytes(of: segment.fileBytes)
      file += Self.bytes(of: segment.memoryBytes) + Self.bytes(of: segment.alignment)
    }
    file += [UInt8](repeating: 0, count: max(0, byteCount - file.count))
    for (offset, bytes) in contents where offset + bytes.count <= file.count {
      file.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    return Array(file.prefix(byteCount))
  }

  /// An integer's bytes, least significant first.
  static func bytes<Value: FixedWidthInteger>(of value: Value) -> [UInt8] {
    (0..<(Value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> Value(8 * $0)) }
  }
}
