// SPDX-License-Identifier: MIT
import ELF
import FuzzInput

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Reads everything that the file offers.
private func read(_ bytes: Span<UInt8>) {
  do throws(ELFError) {
    let table = try SymbolTable(parsing: bytes)
    for index in 0..<min(table.count, 64) {
      if let symbol = table.symbol(at: index) { _ = table.name(of: symbol).count }
    }
    _ = table.function(containing: 0x1018)
  } catch { _ = error.explanation }
  read(bytes, for: .x86_64)
  read(bytes, for: .aarch64)
}

private func read(_ bytes: Span<UInt8>, for machine: Machine) {
  do throws(ELFError) {
    let image = try ELFImage(parsing: bytes, for: machine)
    var end: UInt64 = 0
    for index in image.segments.indices {
      let segment = image.segments[index]
      precondition(segment.pages.start >= end && !(segment.isWritable && segment.isExecutable))
      end = segment.pages.end
      _ = image.bytes(of: segment).count
    }
    try image.checkRelocations()
  } catch { _ = error.explanation }
}
