// SPDX-License-Identifier: MIT
import Base
import Core
public import ELF

/// A UEFI application made of an ELF program.
public enum PEImage {
  /// Where each section begins in memory, in bytes.
  static var sectionAlignment: UInt32 { 4096 }
  static var fileAlignment: UInt32 { 512 }
  /// Everything moves up by a page, which the headers need.
  static var shift: UInt64 { 4096 }
  /// Larger programs are refused.
  static var limit: UInt64 { 64 << 20 }

  /// The file that firmware loads.
  ///
  /// - Parameter program: a static-pie program for x86_64 whose entry point follows the calling
  ///   convention of UEFI.
  /// - Throws: what is wrong with the program.
  @export(interface)
  public static func application(from program: Span<UInt8>) throws(ELFError) -> [UInt8] {
    var limits = LoadLimits()
    limits.imageBytes = limit
    limits.endAddress = limit
    let image = try ELFImage(parsing: program, for: .x86_64, within: limits)
    guard image.isRelocatable else { throw .notAProgram }
    var places: [UInt64] = []
    var contents: [[UInt8]] = []
    for index in 0..<image.segments.count {
      var body: [UInt8] = []
      body.append(copyOf: image.bytes(of: image.segments[index]))
      contents.append(body)
    }
    var relocations = image.relocations
    while let relocation = try relocations.next() {
      places.append(relocation.address &+ shift)
      store(relocation, in: &contents, image.segments)
    }
    var builder = PEBuilder()
    for index in 0..<image.segments.count {
      builder.add(image.segments[index], contents[index])
    }
    return builder.file(entry: UInt32(image.entry &+ shift), relocations: places.sorted())
  }

  /// Writes the value that the pointer has if the image lies at zero. It may lie in what comes from
  /// the file or, as a zero there, behind it.
  private static func store(
    _ relocation: RelativeRelocation, in contents: inout [[UInt8]],
    _ segments: borrowing LoadSegments
  ) {
    for index in 0..<segments.count where segments[index].memory.contains(relocation.address) {
      let start = Int(relocation.address &- segments[index].memory.start)
      while contents[index].count < start + 8 { contents[index].append(0) }
      let value = relocation.addend &+ shift
      for byte in 0..<8 {
        contents[index][start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
      }
    }
  }
}

/// Lays sections out behind the headers.
private struct PEBuilder {
  private var sections: [PESection] = []
  private var bodies: [[UInt8]] = []
  private var end: UInt32 = 0

  mutating func add(_ segment: LoadSegment, _ contents: [UInt8]) {
    let kind: (StaticString, UInt32) =
      segment.isExecutable
      ? (".text", PESection.code)
      : segment.isWritable ? (".data", PESection.variables) : (".rodata", PESection.constants)
    // A section begins on a page; a segment may begin within one.
    let start = segment.pages.start
    let filling = [UInt8](repeating: 0, count: Int(segment.memory.start - start))
    add(
      kind.0, kind.1, at: UInt32(start + PEImage.shift),
      memoryBytes: UInt32(segment.memory.end - start), filling + contents)
  }

  private mutating func add(
    _ name: StaticString, _ rights: UInt32, at address: UInt32, memoryBytes: UInt32,
    _ contents: [UInt8]
  ) {
    var section = PESection()
    for index in name.bytes.indices { section.name[index] = name.bytes[index] }
    section.memoryBytes = memoryBytes
    section.address = address
    section.rights = rights
    sections.append(section)
    bodies.append(contents)
    end = (address + memoryBytes + PEImage.sectionAlignment - 1).roundedDown(
      to: PEImage.sectionAlignment)
  }

  mutating func file(entry: UInt32, relocations: [UInt64]) -> [UInt8] {
    let table = Self.table(relocations)
    let tableAddress = end
    add(
      ".reloc", PESection.relocations, at: tableAddress, memoryBytes: UInt32(table.count), table)
    var headers = PEHeaders()
    headers.sectionCount = UInt16(sections.count)
    headers.entry = entry
    headers.imageBytes = end
    headers.headerBytes = Self.rounded(
      PEHeaders.byteCount + PESection.byteCount * sections.count)
    headers.relocationStart = tableAddress
    headers.relocationBytes = UInt32(table.count)
    var offset = headers.headerBytes
    for index in sections.indices {
      sections[index].fileOffset = offset
      sections[index].fileBytes = Self.rounded(bodies[index].count)
      offset += sections[index].fileBytes
      if sections[index].rights == PESection.code {
        headers.codeBytes += sections[index].fileBytes
        headers.codeStart = sections[index].address
      } else {
        headers.dataBytes += sections[index].fileBytes
      }
    }
    var file = Self.encoded(headers)
    for section in sections { file += Self.encoded(section) }
    Self.fill(&file)
    for body in bodies {
      file += body
      Self.fill(&file)
    }
    return file
  }

  /// Blocks of places on one page: its address, the block's bytes, then a number for each place, 10 in
  /// the top four bits for a pointer of 64 bits; an even count, which a zero makes.
  private static func table(_ places: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = 0
    while index < places.count {
      let page = places[index].roundedDown(to: 4096)
      var entries: [UInt16] = []
      while index < places.count, places[index].roundedDown(to: 4096) == page {
        entries.append(0xA000 | UInt16(places[index] - page))
        index += 1
      }
      if entries.count % 2 == 1 { entries.append(0) }
      append(UInt32(page), to: &bytes)
      append(UInt32(8 + 2 * entries.count), to: &bytes)
      for entry in entries { append(entry, to: &bytes) }
    }
    // Firmware may refuse an image without any block to move it by.
    if bytes.isEmpty { bytes = [0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0] }
    return bytes
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    for byte in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte)))
    }
  }

  private static func encoded<Value: WireFormat>(_ value: Value) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Value.byteCount)
    do throws(WireError) { try value.encode(into: bytes.mutableSpan) } catch {
      preconditionFailure("there is room for one value")
    }
    return bytes
  }

  private static func rounded(_ count: Int) -> UInt32 {
    (UInt32(count) + PEImage.fileAlignment - 1).roundedDown(to: PEImage.fileAlignment)
  }

  private static func fill(_ file: inout [UInt8]) {
    file += [UInt8](repeating: 0, count: Int(rounded(file.count)) - file.count)
  }
}
