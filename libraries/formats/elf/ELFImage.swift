// SPDX-License-Identifier: MIT
import Core

/// A static or static-pie program in a file, fully checked but for its relocations, which are
/// checked one by one as they are read: a loader applies them in one pass.
///
/// Everything is first decoded and checked; only then does a value of this type exist.
public struct ELFImage: ~Copyable, ~Escapable {
  private let file: Span<UInt8>
  private let machine: Machine
  public let segments: LoadSegments
  /// The first instruction, before the load address is added.
  public let entry: UInt64
  /// Whether it may be loaded anywhere (static-pie); otherwise the load address is zero.
  public let isRelocatable: Bool
  public let threadLocal: ThreadLocalTemplate?
  /// What is to be made read-only once the relocations are applied, in whole pages.
  public let readOnlyAfterRelocation: AddressRange?
  /// Where the loaded image has the program headers, for the program's own use; `nil` if nowhere.
  public let programHeadersAddress: UInt64?
  public let programHeaderCount: Int
  /// Where the relocations stand in the file.
  private let relocationTable: AddressRange

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
    let isRelocatable = header.type == 3
    let table = try ProgramHeaderTable(file, header)
    let segments = try LoadSegments(reading: table, of: file.count, limits)
    try segments.check(entry: header.entry, isRelocatable: isRelocatable, limits)
    let parts = try OtherParts(reading: table, of: file, segments, limits)

    self.file = file
    self.machine = machine
    entry = header.entry
    self.isRelocatable = isRelocatable
    threadLocal = parts.threadLocal
    readOnlyAfterRelocation = parts.readOnlyAfterRelocation
    programHeadersAddress = segments.address(ofFileOffset: header.programHeaderOffset)
    programHeaderCount = Int(header.programHeaderCount)
    relocationTable = parts.relocationTable ?? AddressRange()
    self.segments = segments
  }

  /// What the load address must be a multiple of, in bytes: at least a page.
  public var alignment: UInt64 { segments.alignment }

  /// From the first page of the first segment to the last page of the last.
  public var pages: AddressRange { segments.pages }

  /// The bytes of `segment`, one of this image's, that come from the file.
  @export(interface)
  @_lifetime(copy self)
  public func bytes(of segment: LoadSegment) -> Span<UInt8> {
    let start = Int(clamping: segment.fileOffset)
    return file.extracting(start..<(start &+ Int(clamping: segment.fileBytes)))
  }

  /// How many relocations there are.
  public var relocationCount: Int {
    Int(truncatingIfNeeded: relocationTable.byteCount) / RelocationEntry.byteCount
  }

  /// The relocations, to be read from the first to the last.
  public var relocations: RelocationReader {
    @export(interface)
    @_lifetime(copy self)
    get {
      let start = Int(truncatingIfNeeded: relocationTable.start)
      let end = Int(truncatingIfNeeded: relocationTable.end)
      return RelocationReader(
        file.extracting(start..<end), type: machine.relativeRelocation, within: segments)
    }
  }

  /// Checks all relocations without applying any.
  @export(interface)
  public func checkRelocations() throws(ELFError) {
    var relocations = relocations
    while try relocations.next() != nil {}
  }
}

extension LoadSegments {
  /// Checks what concerns all segments together.
  fileprivate func check(
    entry: UInt64, isRelocatable: Bool, _ limits: LoadLimits
  ) throws(ELFError) {
    guard !isEmpty else { throw .noSegments }
    let pages = pages
    guard isRelocatable || pages.start >= limits.lowestAddress else {
      throw .segmentOutsideAddressSpace
    }
    guard pages.byteCount <= limits.imageBytes, alignment <= limits.imageBytes else {
      throw .imageTooLarge
    }
    guard first(where: { $0.isExecutable && $0.memory.contains(entry) }) != nil else {
      throw .entryOutsideCode
    }
  }
}
