// SPDX-License-Identifier: MIT
import Core
import Mutation
import Testing

@testable import ELF

private typealias Example = ELFExample
private typealias Change = @Sendable (inout ELFExample) -> Void

/// Parses and reads all relocations, as a loader does.
private func load(_ bytes: [UInt8], within limits: LoadLimits = LoadLimits()) throws(ELFError) {
  let image = try ELFImage(parsing: bytes.span, for: .x86_64, within: limits)
  try image.checkRelocations()
}

@Suite("ELFImage")
struct ELFImageTests {
  @Test func aStaticPieProgramIsRead() throws {
    let bytes = Example.program.bytes
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    check(image.isRelocatable)
    check(image.entry == 0x1010)
    check(image.alignment == 0x1000)
    check(image.segments.count == 3)
    check(image.pages == AddressRange(start: 0, byteCount: 0x6000))
    check(image.programHeadersAddress == 64)
    check(image.programHeaderCount == 7)
    let code = image.segments[1]
    #expect(code.isExecutable && code.isReadable && !code.isWritable)
    let data = image.segments[2]
    #expect(data.isWritable && !data.isExecutable)
    #expect(data.fileOffset == 0x2100 && data.fileBytes == 0x400)
    #expect(data.memory == AddressRange(start: 0x3100, byteCount: 0x2000))
    #expect(data.pages == AddressRange(start: 0x3000, byteCount: 0x3000))
    let dataBytes = image.bytes(of: data)
    #expect(dataBytes.count == 0x400)
    check(dataBytes[0] == 7)
  }

  @Test func relocationsAreReadInOrder() throws {
    let bytes = Example.program.bytes
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    check(image.relocationCount == 2)
    var relocations = image.relocations
    let first = try relocations.next()
    let second = try relocations.next()
    let third = try relocations.next()
    #expect(first == RelativeRelocation(address: 0x3300, addend: 0x1010))
    #expect(second == RelativeRelocation(address: 0x3308, addend: 0x40))
    #expect(third == nil)
  }

  @Test func threadLocalDataAndTheReadOnlyPartAreRead() throws {
    let bytes = Example.program.bytes
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    check(
      image.threadLocal
        == ThreadLocalTemplate(address: 0x3200, fileBytes: 0x10, memoryBytes: 0x30, alignment: 16))
    check(image.readOnlyAfterRelocation == AddressRange(start: 0x3000, byteCount: 0x1000))
  }

  @Test func aFixedAddressProgramIsRead() throws {
    let bytes = Example.fixedProgram.bytes
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    check(!image.isRelocatable)
    check(image.entry == 0x40_1010)
    check(image.relocationCount == 0)
    check(image.pages.start == 0x40_0000)
  }

  @Test func eachMachineHasItsOwnRelocation() throws {
    var example = Example.program
    example.machine = 183
    example.setRelocations([(0x3300, 1027, 0, 1)])
    let bytes = example.bytes
    let image = try ELFImage(parsing: bytes.span, for: .aarch64)
    var relocations = image.relocations
    let relocation = try relocations.next()
    #expect(relocation?.address == 0x3300)
  }

  @Test func aProgramWithoutRelocationsNeedsNoTable() throws {
    var example = Example.program
    example.setDynamicTable([(0, 0)])
    let bytes = example.bytes
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    check(image.relocationCount == 0)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var error: ELFError
    var change: @Sendable (inout ELFExample) -> Void
    init(
      _ error: ELFError, _ description: String,
      _ change: @escaping @Sendable (inout ELFExample) -> Void
    ) {
      testDescription = description
      self.error = error
      self.change = change
    }
  }

  static let rows = [
    Row(.notAProgram, "an object file") { $0.type = 1 },
    Row(.wrongMachine, "another processor") { $0.machine = 243 },
    Row(.noSegments, "no program headers") { $0.segments = [] },
    Row(.noSegments, "no loaded segment") { $0.segments.removeAll { $0.type == 1 } },
    Row(.tooManyProgramHeaders, "65 headers") {
      $0.segments += Array(repeating: $0.segments[5], count: 58)
    },
    Row(.programHeadersOutsideFile, "headers beyond the end") { $0.byteCount = 300 },
    Row(.tooManySegments, "9 segments") {
      for index in 0..<6 {
        $0.segments.append(
          .init(flags: 4, offset: 0, address: 0x1_0000 + UInt64(index) * 0x1000, fileBytes: 8))
      }
    },
    Row(.segmentOutsideFile, "offset beyond the end") { $0.segments[1].offset = 0x10_0000 },
    Row(.segmentOutsideFile, "offset plus size wraps") { $0.segments[1].fileBytes = .max },
    Row(.segmentSmallerThanItsFilePart, "less memory than file") {
      $0.segments[1].memoryBytes = 0x1FF
    },
    Row(.segmentOutsideAddressSpace, "address plus size wraps") {
      $0.segments[2].memoryBytes = .max
    },
    Row(.segmentOutsideAddressSpace, "upper half") {
      $0.segments[2].address = 0xFFFF_8000_0000_0100
    },
    Row(.segmentOutsideAddressSpace, "fixed program on the null page") {
      $0.type = 2
      $0.segments.removeAll { $0.type == 2 }
    },
    Row(.segmentMisaligned, "offset and address differ within a page") {
      $0.segments[1].offset = 0x1008
    },
    Row(.segmentMisaligned, "alignment that is no power of two") {
      $0.segments[1].alignment = 0x1800
    },
    Row(.segmentsOverlap, "same pages") { $0.segments[2].address = 0x1100 },
    Row(.segmentsOverlap, "falling addresses") { $0.segments.swapAt(0, 1) },
    Row(.segmentsOverlap, "a shared page") {
      $0.segments[1].memoryBytes = 0x2001
    },
    Row(.segmentWritableAndExecutable, "code that can be written") { $0.segments[1].flags = 7 },
    Row(.imageTooLarge, "two segments far apart") {
      $0.segments[2].address = 0x7000_0000_0100
      $0.segments.removeAll { $0.type == 2 || $0.type == 7 || $0.type == 0x6474_E552 }
    },
    Row(.imageTooLarge, "a huge alignment") {
      $0.segments[1].alignment = 1 << 40
      $0.segments[1].address = 0x1000
    },
    Row(.entryOutsideCode, "entry in data") { $0.entry = 0x3200 },
    Row(.entryOutsideCode, "entry after the code") { $0.entry = 0x1200 },
    Row(.needsInterpreter, "a dynamic program") { $0.segments[5].type = 3 },
    Row(.executableStack, "an executable stack") { $0.segments[5].flags = 7 },
    Row(.repeatedHeader, "two dynamic tables") { $0.segments[5] = $0.segments[3] },
    Row(.repeatedHeader, "two thread-local parts") { $0.segments[5] = $0.segments[4] },
    Row(.repeatedHeader, "two read-only parts") { $0.segments[5] = $0.segments[6] },
    Row(.threadLocalPartOutsideSegment, "thread-local data in zeros") {
      $0.segments[4].address = 0x3500
    },
    Row(.threadLocalPartMisaligned, "alignment above a page") { $0.segments[4].alignment = 8192 },
    Row(.threadLocalPartMisaligned, "alignment of three") { $0.segments[4].alignment = 3 },
    Row(.threadLocalPartMisaligned, "too much of it") { $0.segments[4].memoryBytes = 1 << 40 },
    Row(.readOnlyPartOutsideSegment, "read-only part over code") {
      $0.segments[6].address = 0x1000
    },
    Row(.readOnlyPartOutsideSegment, "read-only part wraps") { $0.segments[6].memoryBytes = .max },
    Row(.dynamicTableOutsideSegment, "dynamic table in zeros") {
      $0.segments[3].address = 0x3500
    },
    Row(.dynamicTableUnterminated, "no last entry") { $0.segments[3].fileBytes = 0x30 },
    Row(.needsSharedLibrary, "DT_NEEDED") { $0.setDynamicTable([(1, 1), (0, 0)]) },
    Row(.unsupportedRelocationTable, "DT_RELRSZ") { $0.setDynamicTable([(35, 8), (0, 0)]) },
    Row(.unsupportedRelocationTable, "DT_PLTRELSZ") { $0.setDynamicTable([(2, 24), (0, 0)]) },
    Row(.relocationsInReadOnlyMemory, "DT_TEXTREL") { $0.setDynamicTable([(22, 0), (0, 0)]) },
    Row(.relocationTableOutsideSegment, "table beyond the end") {
      $0.setDynamicTable([(7, 0x7F0), (8, 48), (9, 24), (0, 0)])
    },
    Row(.relocationTableOutsideSegment, "address plus size wraps") {
      $0.setDynamicTable([(7, .max), (8, 24), (9, 24), (0, 0)])
    },
    Row(.relocationTableOutsideSegment, "a broken entry") {
      $0.setDynamicTable([(7, 0x400), (8, 25), (9, 24), (0, 0)])
    },
    Row(.relocationTableOutsideSegment, "entries of another size") {
      $0.setDynamicTable([(7, 0x400), (8, 48), (9, 16), (0, 0)])
    },
    Row(.unsupportedRelocation, "another type") { $0.setRelocations([(0x3300, 1, 0, 0)]) },
    Row(.unsupportedRelocation, "a symbol") { $0.setRelocations([(0x3300, 8, 1, 0)]) },
    Row(.relocationOutsideWritableSegment, "into code") { $0.setRelocations([(0x1000, 8, 0, 0)]) },
    Row(.relocationOutsideWritableSegment, "half outside") {
      $0.setRelocations([(0x50FC, 8, 0, 0)])
    },
    Row(.relocationOutsideWritableSegment, "at the end of all addresses") {
      $0.setRelocations([(.max - 3, 8, 0, 0)])
    },
  ]

  @Test(arguments: rows)
  func isRefused(_ row: Row) {
    var example = Example.program
    row.change(&example)
    let bytes = example.bytes
    #expect(throws: row.error) { try load(bytes) }
  }

  @Test(
    arguments: [
      (0, .notELF), (4, .not64Bit), (5, .notLittleEndian), (6, .unknownVersion),
      (20, .unknownVersion), (52, .wrongHeaderSize), (54, .wrongHeaderSize),
    ] as [(Int, ELFError)])
  func aDamagedHeaderIsRefused(_ place: Int, _ error: ELFError) {
    var bytes = Example.program.bytes
    bytes[place] ^= 0x40
    #expect(throws: error) { try load(bytes) }
  }

  @Test func everyPrefixIsRefusedOrComplete() {
    let bytes = Example.program.bytes
    for count in Array(0..<600) + Array(stride(from: 600, to: 0x2500, by: 61)) {
      #expect(throws: ELFError.self) { try load(Array(bytes.prefix(count))) }
    }
    #expect(throws: Never.self) { try load(Array(bytes.prefix(0x2500))) }
  }

  @Test func limitsAreTheCallers() {
    var limits = LoadLimits()
    limits.imageBytes = 0x5000
    #expect(throws: ELFError.imageTooLarge) { try load(Example.program.bytes, within: limits) }
    limits.imageBytes = 0x6000
    #expect(throws: Never.self) { try load(Example.program.bytes, within: limits) }
  }

  @Test func everyErrorExplainsItself() {
    #expect(ELFError.needsInterpreter.explanation.utf8CodeUnitCount > 10)
    #expect(ELFError.relocationOutsideWritableSegment.explanation.utf8CodeUnitCount > 10)
  }

  @Test func recordsKeepTheCommonProperties() {
    #expect(WireFormatCheck.violation(of: FileHeader.self, seed: 1) == nil)
    #expect(WireFormatCheck.violation(of: ProgramHeader.self, seed: 2) == nil)
    #expect(WireFormatCheck.violation(of: DynamicEntry.self, seed: 3) == nil)
    #expect(WireFormatCheck.violation(of: RelocationEntry.self, seed: 4) == nil)
    #expect(WireFormatCheck.violation(of: SectionHeader.self, seed: 5) == nil)
    #expect(WireFormatCheck.violation(of: SymbolEntry.self, seed: 6) == nil)
  }
}
