// SPDX-License-Identifier: MIT
import Archive
import Core
import ELF
import ExecStream
import FuzzInput

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// What decodes must encode, and decode again as the same.
private func read(_ bytes: Span<UInt8>) {
  check(FileHeader.self, bytes)
  check(ProgramHeader.self, bytes)
  check(DynamicEntry.self, bytes)
  check(RelocationEntry.self, bytes)
  check(SectionHeader.self, bytes)
  check(SymbolEntry.self, bytes)
  check(ArchiveHeader.self, bytes)
  check(ArchiveRecord.self, bytes)
  check(FrameHeader.self, bytes)
  check(FileStart.self, bytes)
}

private func check<Format: WireFormat & Equatable>(_: Format.Type, _ bytes: Span<UInt8>) {
  do throws(WireError) {
    let value = try Format(decoding: bytes)
    precondition(bytes.count >= Format.byteCount)
    var encoded = [UInt8](repeating: 0, count: Format.byteCount)
    try value.encode(into: encoded.mutableSpan)
    let again = try Format(decoding: encoded.span)
    precondition(again == value, "what is written reads back as the same")
  } catch {
    precondition(error == .malformed || bytes.count < Format.byteCount)
  }
}
