// SPDX-License-Identifier: MIT
import Core

/// The program headers of a file.
struct ProgramHeaderTable: ~Escapable {
  private let file: Span<UInt8>
  private let offset: UInt64
  let count: Int

  @_lifetime(copy file)
  init(_ file: Span<UInt8>, _ header: FileHeader) throws(ELFError) {
    guard header.programHeaderCount > 0 else { throw .noSegments }
    guard header.programHeaderBytes == ProgramHeader.byteCount else { throw .wrongHeaderSize }
    guard header.programHeaderCount <= 64 else { throw .tooManyProgramHeaders }
    let byteCount = UInt64(header.programHeaderCount) &* UInt64(ProgramHeader.byteCount)
    guard
      let range = AddressRange(start: header.programHeaderOffset, byteCount: byteCount),
      range.end <= UInt64(file.count)
    else { throw .programHeadersOutsideFile }
    self.file = file
    offset = header.programHeaderOffset
    count = Int(header.programHeaderCount)
  }

  func header(at index: Int) throws(ELFError) -> ProgramHeader {
    let place = offset &+ UInt64(index &* ProgramHeader.byteCount)
    do throws(WireError) {
      return try ProgramHeader(decoding: file, at: place)
    } catch { throw .programHeadersOutsideFile }
  }
}
