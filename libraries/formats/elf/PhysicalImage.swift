// SPDX-License-Identifier: MIT
public import Core

/// A part of a kernel that goes to physical memory.
public struct PhysicalSegment: Equatable, Sendable {
  /// Where it begins in the file, in bytes.
  public let fileOffset: UInt64
  /// Bytes that come from the file; the rest of `memory` is zeros.
  public let fileBytes: UInt64
  public let memory: AddressRange
}

/// A kernel in a file, as a PVH loader sees it: segments at their physical addresses, and the entry
/// point of the note that Xen's ABI defines (number 18). What the processor makes of it later, such as
/// segments that may be written and executed, is the kernel's own affair.
public struct PhysicalImage: ~Escapable {
  private let file: Span<UInt8>
  private var list = InlineArray<8, PhysicalSegment>(
    repeating: PhysicalSegment(fileOffset: 0, fileBytes: 0, memory: AddressRange()))
  public private(set) var segmentCount = 0
  /// The first instruction, which runs without paging.
  public private(set) var entry: UInt64 = 0

  /// Parses and checks `file`.
  ///
  /// - Throws: the first thing found wrong. All segments lie below 4 GiB, and no two overlap.
  @export(interface)
  @_lifetime(copy file)
  public init(parsing file: Span<UInt8>, for machine: Machine) throws(ELFError) {
    self.file = file
    let header = try FileHeader(checking: file)
    guard header.type == 2 else { throw .notAProgram }
    guard header.machine == machine.rawValue else { throw .wrongMachine }
    let table = try ProgramHeaderTable(file, header)
    var entry: UInt64?
    for index in 0..<table.count {
      let header = try table.header(at: index)
      if header.type == ProgramHeader.load, header.memoryBytes > 0 {
        try add(header)
      } else if header.type == ProgramHeader.note {
        entry = try Self.entry(in: try Self.bytes(header, of: file)) ?? entry
      }
    }
    guard segmentCount > 0 else { throw .noSegments }
    guard let entry else { throw .noBootNote }
    self.entry = entry
    for index in 0..<segmentCount where list[index].memory.contains(entry) { return }
    throw .entryOutsideCode
  }

  /// The segment number `index`, below `segmentCount`.
  public func segment(_ index: Int) -> PhysicalSegment { list[index] }

  /// The bytes of a segment that come from the file.
  @export(interface)
  @_lifetime(copy self)
  public func bytes(of segment: PhysicalSegment) -> Span<UInt8> {
    let start = Int(clamping: segment.fileOffset)
    return file.extracting(start..<(start &+ Int(clamping: segment.fileBytes)))
  }

  /// From the first page that a segment touches to the last.
  @export(interface)
  public var pages: AddressRange {
    var start = UInt64.max
    var end: UInt64 = 0
    for index in 0..<segmentCount {
      start = min(start, list[index].memory.start)
      end = max(end, list[index].memory.end)
    }
    return AddressRange(start: start, byteCount: end &- start)?.roundedOutward(to: pageBytes)
      ?? AddressRange()
  }

  private mutating func add(_ header: ProgramHeader) throws(ELFError) {
    guard header.fileBytes <= header.memoryBytes else { throw .segmentSmallerThanItsFilePart }
    guard let filePart = AddressRange(start: header.offset, byteCount: header.fileBytes),
      filePart.end <= UInt64(file.count)
    else { throw .segmentOutsideFile }
    guard
      let memory = AddressRange(start: header.physicalAddress, byteCount: header.memoryBytes),
      memory.end <= 1 << 32
    else { throw .segmentOutsideAddressSpace }
    guard segmentCount < 8 else { throw .tooManySegments }
    for index in 0..<segmentCount where list[index].memory.overlaps(memory) {
      throw .segmentsOverlap
    }
    list[segmentCount] = PhysicalSegment(
      fileOffset: header.offset, fileBytes: header.fileBytes, memory: memory)
    segmentCount &+= 1
  }

  @_lifetime(copy file)
  private static func bytes(
    _ header: ProgramHeader, of file: Span<UInt8>
  ) throws(ELFError) -> Span<UInt8> {
    do throws(WireError) {
      return try file.slice(at: header.offset, count: header.fileBytes)
    } catch { throw .segmentOutsideFile }
  }

  /// The entry point that the notes name; nil if none does. A note is three numbers (bytes of its
  /// name, bytes of its contents, type), its name and its contents, each filled up to four bytes.
  private static func entry(in notes: Span<UInt8>) throws(ELFError) -> UInt64? {
    var place: UInt64 = 0
    do throws(WireError) {
      while place < UInt64(notes.count) {
        let head = try notes.slice(at: place, count: 12)
        let nameBytes = UInt64(try head.little(at: 0, as: UInt32.self))
        let contentBytes = UInt64(try head.little(at: 4, as: UInt32.self))
        let type = try head.little(at: 8, as: UInt32.self)
        let name = try notes.slice(at: place &+ 12, count: nameBytes)
        let contentPlace = place &+ 12 &+ ((nameBytes &+ 3) & ~3)
        let content = try notes.slice(at: contentPlace, count: contentBytes)
        if type == 18, name.equals("Xen\0") {
          return contentBytes >= 8
            ? try content.little(at: 0, as: UInt64.self)
            : UInt64(try content.little(at: 0, as: UInt32.self))
        }
        place = contentPlace &+ ((contentBytes &+ 3) & ~3)
      }
    } catch { throw .noBootNote }
    return nil
  }
}
