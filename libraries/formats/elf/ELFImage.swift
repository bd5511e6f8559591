// SPDX-License-Identifier: MIT
import Core

/// A static or static-pie program in a file, fully checked but for its relocations, which are
/// checked one by one as they are read: a loader applies them in one pass.
///
/// Everything is first decoded and checked; only then does a value of this type exist.
public struct ELFImage: ~Escapable {
  /// At most 12 loaded segments, in rising order of address; no two share a page.
  public typealias Segments = FixedArray<12, LoadSegment>

  let file: Span<UInt8>
  let machine: Machine
  public private(set) var segments = Segments()
  /// The first instruction, before the load address is added.
  public let entry: UInt64
  /// Whether it may be loaded anywhere (static-pie); otherwise the load address is zero.
  public let isRelocatable: Bool
  /// What the load address must be a multiple of, in bytes: at least a page.
  public private(set) var alignment = pageBytes
  public private(set) var threadLocal: ThreadLocalTemplate?
  /// What is to be made read-only once the relocations are applied, in whole pages.
  public private(set) var readOnlyAfterRelocation: AddressRange?
  /// Where the loaded image has the program headers, for the program's own use; `nil` if nowhere.
  public private(set) var programHeadersAddress: UInt64?
  public let programHeaderCount: Int
  /// Where the relocations stand in the file.
  var relocationTable = AddressRange()

  /// Parses and checks `file`.
  ///
  /// - Throws: the first thing found wrong.
  @export(interface)
  @_lifetime(copy file)
  public init(
    parsing file: Span<UInt8>, for machine: Machine, within limits: LoadLimits = LoadLimits()
  ) throws(ELFError) {
    let header = try FileHeader(checking: file)
    guard header.type == 2 || header.type == 3 else { throw .notAProgram }
    guard header.machine == machine.rawValue else { throw .wrongMachine }
    self.file = file
    self.machine = machine
    entry = header.entry
    isRelocatable = header.type == 3
    programHeaderCount = Int(header.programHeaderCount)

    let table = try ProgramHeaderTable(file, header)
    try readSegments(table, limits)
    try checkEntry()
    try readOthers(table, limits)
    programHeadersAddress = address(ofFileOffset: header.programHeaderOffset)
  }

  /// From the first page of the first segment to the last page of the last.
  public var pages: AddressRange {
    guard !segments.isEmpty else { return AddressRange() }
    let start = segments[0].pages.start
    let end = segments[segments.count &- 1].pages.end
    return AddressRange(start: start, byteCount: end &- start) ?? AddressRange()
  }

  /// The bytes of `segment`, one of this image's, that come from the file.
  @export(interface)
  @_lifetime(copy self)
  public func bytes(of segment: LoadSegment) -> Span<UInt8> {
    let start = Int(clamping: segment.fileOffset)
    return file.extracting(start..<(start &+ Int(clamping: segment.fileBytes)))
  }

  private mutating func readSegments(
    _ table: borrowing ProgramHeaderTable, _ limits: LoadLimits
  ) throws(ELFError) {
    for index in 0..<table.count {
      let header = try table.header(at: index)
      guard header.type == ProgramHeader.load, header.memoryBytes > 0 else { continue }
      let segment = try LoadSegment(header, fileBytes: file.count, limits)
      if let last = segments.isEmpty ? nil : segments[segments.count &- 1] {
        guard last.pages.end <= segment.pages.start else { throw .segmentsOverlap }
      }
      guard segments.append(segment) == nil else { throw .tooManySegments }
      alignment = max(alignment, header.alignment)
    }
    guard !segments.isEmpty else { throw .noSegments }
    guard isRelocatable || pages.start >= limits.lowestAddress else {
      throw .segmentOutsideAddressSpace
    }
    guard pages.byteCount <= limits.imageBytes, alignment <= limits.imageBytes else {
      throw .imageTooLarge
    }
  }

  private func checkEntry() throws(ELFError) {
    for index in segments.indices {
      let segment = segments[index]
      if segment.isExecutable, segment.memory.contains(entry) { return }
    }
    throw .entryOutsideCode
  }

  private mutating func readOthers(
    _ table: borrowing ProgramHeaderTable, _ limits: LoadLimits
  ) throws(ELFError) {
    var hasDynamicTable = false
    for index in 0..<table.count {
      let header = try table.header(at: index)
      switch header.type {
      case ProgramHeader.interpreter: throw .needsInterpreter
      case ProgramHeader.stack:
        guard header.flags & 1 == 0 else { throw .executableStack }
      case ProgramHeader.threadLocal:
        guard threadLocal == nil else { throw .repeatedHeader }
        threadLocal = try threadLocalTemplate(header, limits)
      case ProgramHeader.readOnlyAfterRelocation:
        guard readOnlyAfterRelocation == nil else { throw .repeatedHeader }
        readOnlyAfterRelocation = try readOnlyPart(header)
      case ProgramHeader.dynamic:
        guard !hasDynamicTable else { throw .repeatedHeader }
        hasDynamicTable = true
        relocationTable = try relocationTable(header)
      default: continue  // Notes, unwind tables and what other systems add.
      }
    }
  }
}

extension ELFImage {
  private func threadLocalTemplate(
    _ header: ProgramHeader, _ limits: LoadLimits
  ) throws(ELFError) -> ThreadLocalTemplate {
    let alignment = max(header.alignment, 1)
    guard alignment.isPowerOfTwo, alignment <= pageBytes,
      header.fileBytes <= header.memoryBytes, header.memoryBytes <= limits.threadLocalBytes
    else { throw .threadLocalPartMisaligned }
    if header.fileBytes > 0 {
      guard fileOffset(ofAddress: header.virtualAddress, byteCount: header.fileBytes) != nil else {
        throw .threadLocalPartOutsideSegment
      }
    }
    return ThreadLocalTemplate(
      address: header.virtualAddress, fileBytes: header.fileBytes,
      memoryBytes: header.memoryBytes, alignment: alignment)
  }

  /// The linker may end the part within a page, but a protection cannot: that page stays writable.
  private func readOnlyPart(_ header: ProgramHeader) throws(ELFError) -> AddressRange {
    guard let part = AddressRange(start: header.virtualAddress, byteCount: header.memoryBytes)
    else {
      throw .readOnlyPartOutsideSegment
    }
    for index in segments.indices {
      let segment = segments[index]
      guard segment.isWritable, segment.pages.contains(part) else { continue }
      let start = part.start.roundedDown(to: pageBytes)
      let end = max(start, part.end.roundedDown(to: pageBytes))
      return AddressRange(start: start, byteCount: end &- start) ?? AddressRange()
    }
    throw .readOnlyPartOutsideSegment
  }
}

extension ELFImage {
  /// Where in the file the bytes at `address` stand; `nil` unless all come from one segment's file
  /// part.
  func fileOffset(ofAddress address: UInt64, byteCount: UInt64) -> UInt64? {
    guard let range = AddressRange(start: address, byteCount: byteCount) else { return nil }
    for index in segments.indices {
      let segment = segments[index]
      guard let part = segment.filePart, part.contains(range) else { continue }
      return segment.fileOffset &+ (address &- part.start)
    }
    return nil
  }

  private func address(ofFileOffset offset: UInt64) -> UInt64? {
    for index in segments.indices {
      let segment = segments[index]
      guard offset >= segment.fileOffset, offset &- segment.fileOffset < segment.fileBytes else {
        continue
      }
      return segment.memory.start &+ (offset &- segment.fileOffset)
    }
    return nil
  }

  func record<Record: WireFormat>(
    _: Record.Type, at offset: UInt64, or reason: ELFError
  ) throws(ELFError) -> Record {
    do throws(WireError) { return try Record(decoding: file, at: offset) } catch { throw reason }
  }
}
