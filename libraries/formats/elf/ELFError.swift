// SPDX-License-Identifier: MIT

/// Why a file is not a program that this system runs.
public enum ELFError: Error, Equatable {
  case tooShort
  case notELF
  case not64Bit
  case notLittleEndian
  case unknownVersion
  case wrongHeaderSize
  case wrongMachine
  case notAProgram

  case programHeadersOutsideFile
  case tooManyProgramHeaders
  case noSegments
  case tooManySegments
  case segmentOutsideFile
  case segmentSmallerThanItsFilePart
  case segmentOutsideAddressSpace
  case segmentMisaligned
  case segmentsOverlap
  case segmentWritableAndExecutable
  case imageTooLarge
  case entryOutsideCode
  case noBootNote

  case needsInterpreter
  case executableStack
  case repeatedHeader
  case threadLocalPartOutsideSegment
  case threadLocalPartMisaligned
  case readOnlyPartOutsideSegment

  case dynamicTableOutsideSegment
  case dynamicTableUnterminated
  case needsSharedLibrary
  case unsupportedRelocationTable
  case relocationsInReadOnlyMemory
  case relocationTableOutsideSegment
  case unsupportedRelocation
  case relocationOutsideWritableSegment

  case sectionHeadersOutsideFile
  case noSymbolTable
  case symbolTableOutsideFile
}

extension ELFError {
  /// The cause in words, to be put after the file's name.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .tooShort: "the file ends within its header"
      case .notELF: "not an ELF file"
      case .not64Bit: "not a 64-bit ELF file"
      case .notLittleEndian: "not a little-endian ELF file"
      case .unknownVersion: "the ELF version is not 1"
      case .wrongHeaderSize: "a header has a size that ELF does not give it"
      case .wrongMachine: "built for another kind of processor"
      case .notAProgram: "neither a static nor a static-pie program"
      case .programHeadersOutsideFile: "the program headers lie outside the file"
      case .tooManyProgramHeaders: "more program headers than the limit of 64"
      case .noSegments: "nothing in it is to be loaded"
      case .tooManySegments: "more loaded segments than the limit of 8"
      case .segmentOutsideFile: "a segment lies outside the file"
      case .segmentSmallerThanItsFilePart: "a segment is smaller in memory than in the file"
      case .segmentOutsideAddressSpace: "a segment lies outside the addresses of programs"
      case .segmentMisaligned: "a segment's alignment does not allow mapping it by pages"
      case .segmentsOverlap: "two segments overlap, share a page or are out of order"
      case .segmentWritableAndExecutable: "a segment is both writable and executable"
      case .imageTooLarge: "larger in memory than the limit"
      case .entryOutsideCode: "the entry point is not in an executable segment"
      case .noBootNote: "has no note that says where a boot loader enters it"
      case .needsInterpreter: "dynamically linked: it asks for an interpreter"
      case .executableStack: "asks for an executable stack"
      case .repeatedHeader: "a program header that may stand once stands twice"
      case .threadLocalPartOutsideSegment: "the thread-local data lies outside the segments"
      case .threadLocalPartMisaligned: "the thread-local data has an impossible size or alignment"
      case .readOnlyPartOutsideSegment: "the part to be made read-only is not in a writable segment"
      case .dynamicTableOutsideSegment: "the dynamic table lies outside the segments"
      case .dynamicTableUnterminated: "the dynamic table has no end"
      case .needsSharedLibrary: "dynamically linked: it asks for a shared library"
      case .unsupportedRelocationTable: "has relocations in a table of an unsupported kind"
      case .relocationsInReadOnlyMemory: "has relocations in read-only memory"
      case .relocationTableOutsideSegment: "the relocation table lies outside the segments"
      case .unsupportedRelocation: "has a relocation other than base plus addend"
      case .relocationOutsideWritableSegment: "a relocation points outside the writable segments"
      case .sectionHeadersOutsideFile: "the section headers lie outside the file"
      case .noSymbolTable: "has no symbol table"
      case .symbolTableOutsideFile: "the symbol table or its names lie outside the file"
      }
    }
  }
}
