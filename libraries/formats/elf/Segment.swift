// SPDX-License-Identifier: MIT
import Core

/// A processor for which programs are built.
public enum Machine: UInt16, Sendable {
  case x86_64 = 62
  case aarch64 = 183

  /// The relocation that stores load address plus addend (R_X86_64_RELATIVE, R_AARCH64_RELATIVE).
  var relativeRelocation: UInt32 {
    switch self {
    case .x86_64: 8
    case .aarch64: 1027
    }
  }
}

/// What a loader allows; a file beyond it is refused, however well-formed.
public struct LoadLimits: Sendable {
  /// No fixed-address program begins below this, so that null pointers fault.
  public var lowestAddress: UInt64 = 0x1_0000
  /// No program ends beyond this; the default is the end of the lower half.
  public var endAddress: UInt64 = 0x7FFF_FFFF_F000
  /// From the first page to the last, in bytes.
  public var imageBytes: UInt64 = 1 << 30
  /// Thread-local data of one thread, in bytes.
  public var threadLocalBytes: UInt64 = 1 << 20

  public init() {}
}

/// A part of the program to be mapped. All numbers have been checked against the file, the limits
/// and each other.
public struct LoadSegment: Equatable, Sendable {
  /// Where it begins in the file, in bytes; congruent to `address` within a page.
  public let fileOffset: UInt64
  /// Bytes that come from the file; the rest of `memory` is zeros.
  public let fileBytes: UInt64
  /// The addresses it covers, before the load address is added.
  public let memory: AddressRange
  public let isReadable: Bool
  public let isWritable: Bool
  public let isExecutable: Bool

  /// The addresses whose bytes come from the file.
  var filePart: AddressRange? { AddressRange(start: memory.start, byteCount: fileBytes) }

  /// The pages it covers. Rounding cannot overflow below `LoadLimits.endAddress`.
  public var pages: AddressRange { memory.roundedOutward(to: pageBytes) ?? memory }
}

/// The unit of mapping and of protection, in bytes.
let pageBytes: UInt64 = 4096

/// The initial thread-local data, which each thread gets a copy of.
public struct ThreadLocalTemplate: Equatable, Sendable {
  /// Where it lies in the loaded image, before the load address is added. Relocations may change
  /// it.
  public let address: UInt64
  /// Bytes to copy; the rest up to `memoryBytes` is zeros.
  public let fileBytes: UInt64
  public let memoryBytes: UInt64
  /// A power of two up to 4096.
  public let alignment: UInt64
}

/// One pointer to be corrected by the load address.
public struct RelativeRelocation: Equatable, Sendable {
  /// Where the pointer lies, before the load address is added: 8 bytes within a writable segment.
  public let address: UInt64
  /// What to store there, before the load address is added. Wrap-around is the program's own
  /// affair.
  public let addend: UInt64
}

extension LoadSegment {
  init(_ header: ProgramHeader, fileBytes total: Int, _ limits: LoadLimits) throws(ELFError) {
    guard let filePart = AddressRange(start: header.offset, byteCount: header.fileBytes),
      filePart.end <= UInt64(total)
    else { throw .segmentOutsideFile }
    guard header.fileBytes <= header.memoryBytes else { throw .segmentSmallerThanItsFilePart }
    guard
      let memory = AddressRange(start: header.virtualAddress, byteCount: header.memoryBytes),
      memory.end <= limits.endAddress
    else { throw .segmentOutsideAddressSpace }
    guard header.alignment <= 1 || header.alignment.isPowerOfTwo,
      (header.virtualAddress ^ header.offset) & (max(header.alignment, pageBytes) &- 1) == 0
    else { throw .segmentMisaligned }
    guard header.flags & 3 != 3 else { throw .segmentWritableAndExecutable }
    fileOffset = header.offset
    self.fileBytes = header.fileBytes
    self.memory = memory
    isExecutable = header.flags & 1 != 0
    isWritable = header.flags & 2 != 0
    isReadable = header.flags & 4 != 0
  }
}
