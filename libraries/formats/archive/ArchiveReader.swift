// SPDX-License-Identifier: MIT
import Core

/// An archive in memory. All of it is checked when the reader is made; nothing is copied.
///
/// The names are sorted bytewise, and a directory's name followed by a slash is a prefix of all
/// that is in it: so a path is found by halving, and a directory's contents stand together.
public struct ArchiveReader: ~Escapable {
  private let bytes: Span<UInt8>
  private let header: ArchiveHeader
  /// How many entries there are.
  public let count: Int

  /// Checks the archive at the start of `bytes`; what follows it is left alone.
  @export(interface)
  @_lifetime(copy bytes)
  public init(parsing bytes: Span<UInt8>) throws(ArchiveError) {
    do throws(WireError) { header = try ArchiveHeader(decoding: bytes) } catch {
      throw ArchiveError(.tooShort)
    }
    try header.check(against: bytes.count)
    self.bytes = bytes.extracting(first: Int(header.totalBytes))
    count = Int(header.entryCount)
    try checkEntries()
  }

  /// The size of the whole archive, a multiple of 4096.
  public var byteCount: Int { bytes.count }

  /// The entry number `index`, below `count`.
  @export(interface)
  public func entry(at index: Int) -> ArchiveEntry {
    precondition(index >= 0 && index < count, "entry beyond the last")
    do throws(ArchiveError) { return try checkedEntry(at: index) } catch {
      preconditionFailure("the entries were checked")
    }
  }

  /// The whole path of `entry`, without a leading slash.
  @export(interface)
  @_lifetime(copy self)
  public func name(of entry: ArchiveEntry) -> Span<UInt8> { part(entry.name) }

  /// The bytes of a file, or the target of a symbolic link; none for a directory.
  @export(interface)
  @_lifetime(copy self)
  public func contents(of entry: ArchiveEntry) -> Span<UInt8> { part(entry.contents) }

  /// The entry at `path`, which is written as in the archive. O(log count).
  @export(interface)
  public func find(_ path: Span<UInt8>) -> ArchiveEntry? {
    let index = lowerBound(path, followedBy: nil)
    guard index < count, name(at: index).equals(path) else { return nil }
    return entry(at: index)
  }

  /// As above, for a path known when the program is written.
  public func find(_ path: StaticString) -> ArchiveEntry? { find(path.bytes) }

  /// The name of an entry that was checked. Searching looks at many names and at nothing else, so
  /// only the two fields concerned are read.
  @_lifetime(copy self)
  private func name(at index: Int) -> Span<UInt8> {
    let record = ArchiveHeader.byteCount &+ index &* ArchiveRecord.byteCount
    do throws(WireError) {
      let offset = try bytes.little(at: record, as: UInt32.self)
      let byteCount = try bytes.little(at: record &+ 4, as: UInt16.self)
      let start = header.namesOffset &+ UInt64(offset)
      return try bytes.slice(at: start, count: UInt64(byteCount))
    } catch {
      preconditionFailure("the entries were checked")
    }
  }

  @_lifetime(copy self)
  private func part(_ range: AddressRange) -> Span<UInt8> {
    let start = Int(range.start)
    return bytes.extracting(start..<(start &+ Int(range.byteCount)))
  }
}

// MARK: - Directories

extension ArchiveReader {
  /// The first entry in `directory`; `nil` there stands for the top of the archive.
  @export(interface)
  public func firstChild(of directory: ArchiveEntry?) -> ArchiveEntry? {
    guard let directory else { return count > 0 ? entry(at: 0) : nil }
    guard directory.kind == .directory else { return nil }
    return child(at: lowerBound(name(of: directory), followedBy: 0x2F), of: directory)
  }

  /// The entry after `sibling` in `directory`. O(log count): what lies below `sibling` is stepped
  /// over.
  @export(interface)
  public func nextChild(after sibling: ArchiveEntry, of directory: ArchiveEntry?) -> ArchiveEntry? {
    var index = sibling.index &+ 1
    // What lies in a directory does not follow it at once: "a-b" comes between "a" and "a/b".
    while index < count {
      let path = name(at: index)
      guard let directory else {
        guard let slash = path.firstIndex(of: 0x2F) else { return entry(at: index) }
        index = lowerBound(path.extracting(first: slash), followedBy: 0x30)
        continue
      }
      guard isInside(path, directory) else { return nil }
      let start = name(of: directory).count &+ 1
      guard let slash = path.firstIndex(of: 0x2F, from: start) else { return entry(at: index) }
      // The byte after the slash is the zero: nothing below the directory comes after it.
      index = lowerBound(path.extracting(first: slash), followedBy: 0x30)
    }
    return nil
  }

  private func child(at index: Int, of directory: ArchiveEntry) -> ArchiveEntry? {
    guard index < count, isInside(name(at: index), directory) else { return nil }
    return entry(at: index)
  }

  private func isInside(_ path: Span<UInt8>, _ directory: ArchiveEntry) -> Bool {
    let parent = name(of: directory)
    return path.count > parent.count && path[parent.count] == 0x2F && path.starts(with: parent)
  }

  /// The first entry whose name does not come before `path`, with one more byte after it if given.
  private func lowerBound(_ path: Span<UInt8>, followedBy suffix: UInt8?) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low &+ (high &- low) / 2
      if precedes(name(at: middle), path, suffix) {
        low = middle &+ 1
      } else {
        high = middle
      }
    }
    return low
  }

  private func precedes(_ name: Span<UInt8>, _ path: Span<UInt8>, _ suffix: UInt8?) -> Bool {
    guard let suffix, name.starts(with: path) else { return name.precedes(path) }
    return name.count == path.count || name[path.count] < suffix
  }
}

// MARK: - Checks

extension ArchiveHeader {
  fileprivate func check(against available: Int) throws(ArchiveError) {
    guard magic == Self.magicNumber else { throw ArchiveError(.notAnArchive) }
    guard version == Self.currentVersion else { throw ArchiveError(.unknownVersion) }
    guard totalBytes <= UInt64(available) else { throw ArchiveError(.truncated) }
    guard totalBytes.isAligned(to: ArchiveLimits.pageBytes) else {
      throw ArchiveError(.totalMisaligned)
    }
    guard let names = AddressRange(start: namesOffset, byteCount: namesBytes),
      names.start >= tableEnd, names.end <= totalBytes
    else { throw ArchiveError(.tablesOutsideArchive) }
  }

  /// Where the entries end.
  fileprivate var tableEnd: UInt64 {
    UInt64(Self.byteCount) &+ UInt64(entryCount) &* UInt64(ArchiveRecord.byteCount)
  }
}

extension ArchiveReader {
  private func checkEntries() throws(ArchiveError) {
    var filesEnd: UInt64 = 0
    for index in 0..<count {
      let entry = try checkedEntry(at: index)
      let path = name(of: entry)
      guard ArchiveLimits.isValid(path: path) else {
        throw ArchiveError(.invalidName, entry: index)
      }
      if index > 0 {
        guard name(at: index &- 1).precedes(path) else {
          throw ArchiveError(.namesOutOfOrder, entry: index)
        }
      }
      guard hasParent(path, before: index) else { throw ArchiveError(.parentMissing, entry: index) }
      if entry.kind == .symbolicLink {
        let target = contents(of: entry)
        guard !target.isEmpty, target.count <= ArchiveLimits.pathBytes,
          target.firstIndex(of: 0) == nil
        else { throw ArchiveError(.invalidLinkTarget, entry: index) }
      }
      if entry.kind == .file, !entry.contents.isEmpty {
        guard entry.contents.start >= filesEnd else {
          throw ArchiveError(.contentsOverlap, entry: index)
        }
        filesEnd = entry.contents.end
      }
    }
  }

  /// Whether the directory of `path` stands among the entries before `index`, which were checked.
  private func hasParent(_ path: Span<UInt8>, before index: Int) -> Bool {
    guard let slash = path.lastIndex(of: 0x2F) else { return true }
    let parent = path.extracting(first: slash)
    var low = 0
    var high = index
    while low < high {
      let middle = low &+ (high &- low) / 2
      if name(at: middle).precedes(parent) { low = middle &+ 1 } else { high = middle }
    }
    return low < index && name(at: low).equals(parent) && entry(at: low).kind == .directory
  }

  /// Decodes one entry and checks what can be said of it alone.
  private func checkedEntry(at index: Int) throws(ArchiveError) -> ArchiveEntry {
    let record = try record(at: index)
    guard let kind = ArchiveEntry.Kind(rawValue: record.kind) else {
      throw ArchiveError(.unknownKind, entry: index)
    }
    guard record.flags == 0 else { throw ArchiveError(.unknownFlags, entry: index) }
    guard record.mode <= 0o7777 else { throw ArchiveError(.invalidMode, entry: index) }
    guard UInt64(record.nameOffset) &+ UInt64(record.nameBytes) <= header.namesBytes,
      let name = AddressRange(
        start: header.namesOffset &+ UInt64(record.nameOffset),
        byteCount: UInt64(record.nameBytes))
    else { throw ArchiveError(.nameOutsideTable, entry: index) }
    return ArchiveEntry(
      index: index, kind: kind, mode: record.mode, modified: record.modified,
      contents: try contents(of: record, kind, index), name: name)
  }

  private func contents(
    of record: ArchiveRecord, _ kind: ArchiveEntry.Kind, _ index: Int
  ) throws(ArchiveError) -> AddressRange {
    guard kind != .directory || record.dataOffset == 0 && record.dataBytes == 0 else {
      throw ArchiveError(.directoryWithContents, entry: index)
    }
    guard record.dataBytes > 0 else { return AddressRange() }
    guard let range = AddressRange(start: record.dataOffset, byteCount: record.dataBytes),
      range.start >= header.namesOffset &+ header.namesBytes, range.end <= header.totalBytes
    else { throw ArchiveError(.contentsOutsideArchive, entry: index) }
    guard range.start.isAligned(to: kind == .file ? ArchiveLimits.pageBytes : 8) else {
      throw ArchiveError(.contentsMisaligned, entry: index)
    }
    return range
  }

  private func record(at index: Int) throws(ArchiveError) -> ArchiveRecord {
    let place = UInt64(ArchiveHeader.byteCount &+ index &* ArchiveRecord.byteCount)
    do throws(WireError) { return try ArchiveRecord(decoding: bytes, at: place) } catch {
      throw ArchiveError(.tablesOutsideArchive, entry: index)
    }
  }
}
