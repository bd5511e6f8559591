// SPDX-License-Identifier: MIT
import Archive
import Core

/// Places checked, sorted entries: header, records, names, the targets of links, then from the next
/// page on the contents of files, each on a page of its own.
struct ArchiveLayout {
  private let entries: [ArchiveBuilder.Entry]
  private var records: [ArchiveRecord] = []
  private var names: [UInt8] = []
  private var header = ArchiveHeader()

  init(_ entries: [ArchiveBuilder.Entry]) { self.entries = entries }

  mutating func bytes() throws(ArchiveBuildError) -> [UInt8] {
    try placeNames()
    placeContents()
    var bytes = [UInt8](repeating: 0, count: Int(header.totalBytes))
    write(header, to: &bytes, at: 0)
    for (index, record) in records.enumerated() {
      write(record, to: &bytes, at: ArchiveHeader.byteCount + index * ArchiveRecord.byteCount)
    }
    copy(names, to: &bytes, at: header.namesOffset)
    for (entry, record) in zip(entries, records) {
      copy(entry.contents, to: &bytes, at: record.dataOffset)
    }
    return bytes
  }

  private mutating func placeNames() throws(ArchiveBuildError) {
    for entry in entries {
      var record = ArchiveRecord()
      guard let offset = UInt32(exactly: names.count) else {
        throw ArchiveBuildError(cause: .tooManyNames, path: entry.path)
      }
      record.nameOffset = offset
      record.nameBytes = UInt16(entry.path.count)
      record.kind = entry.kind.rawValue
      record.mode = entry.mode
      record.modified = entry.modified
      names += entry.path
      records.append(record)
    }
    header.entryCount = UInt32(entries.count)
    header.namesOffset = UInt64(
      ArchiveHeader.byteCount + entries.count * ArchiveRecord.byteCount)
    header.namesBytes = UInt64(names.count)
  }

  private mutating func placeContents() {
    var end = header.namesOffset + header.namesBytes
    place(.symbolicLink, alignedTo: 8, after: &end)
    place(.file, alignedTo: ArchiveLimits.pageBytes, after: &end)
    header.totalBytes = rounded(end, to: ArchiveLimits.pageBytes)
  }

  private mutating func place(
    _ kind: ArchiveEntry.Kind, alignedTo alignment: UInt64, after end: inout UInt64
  ) {
    for (index, entry) in entries.enumerated() {
      guard entry.kind == kind, !entry.contents.isEmpty else { continue }
      records[index].dataOffset = rounded(end, to: alignment)
      records[index].dataBytes = UInt64(entry.contents.count)
      end = records[index].dataOffset + records[index].dataBytes
    }
  }

  /// What is in memory is far from the end of all numbers.
  private func rounded(_ offset: UInt64, to alignment: UInt64) -> UInt64 {
    (offset + alignment - 1).roundedDown(to: alignment)
  }

  private func write<Format: WireFormat>(
    _ value: Format, to bytes: inout [UInt8], at offset: Int
  ) {
    var encoded = [UInt8](repeating: 0, count: Format.byteCount)
    do throws(WireError) { try value.encode(into: encoded.mutableSpan) } catch {
      preconditionFailure("the buffer has the value's size")
    }
    copy(encoded, to: &bytes, at: UInt64(offset))
  }

  private func copy(_ part: [UInt8], to bytes: inout [UInt8], at offset: UInt64) {
    bytes.replaceSubrange(Int(offset)..<(Int(offset) + part.count), with: part)
  }
}
