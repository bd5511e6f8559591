// SPDX-License-Identifier: MIT
import Archive
import FuzzInput

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Lists and reads everything that the archives hold.
private func read(_ bytes: Span<UInt8>) {
  var sequence = ArchiveSequence(bytes)
  do throws(ArchiveError) {
    while let archive = try sequence.next() {
      var listed = 0
      list(archive, nil, &listed)
      for index in 0..<archive.count {
        let entry = archive.entry(at: index)
        precondition(archive.find(archive.name(of: entry)) == entry)
        _ = archive.contents(of: entry).count
        list(archive, entry, &listed)
      }
      precondition(listed == archive.count, "every entry is in one directory")
    }
  } catch { _ = error.cause.explanation }
}

private func list(
  _ archive: borrowing ArchiveReader, _ directory: ArchiveEntry?, _ listed: inout Int
) {
  var child = archive.firstChild(of: directory)
  while let entry = child {
    listed += 1
    child = archive.nextChild(after: entry, of: directory)
  }
}
