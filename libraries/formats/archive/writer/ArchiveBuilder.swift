// SPDX-License-Identifier: MIT
import Archive
import Base

/// Why an archive cannot be built, and because of which path.
public struct ArchiveBuildError: Error, Equatable {
  public enum Cause: Equatable, Sendable {
    /// Not a plain relative path; see `ArchiveLimits.isValid`.
    case invalidPath
    case duplicatePath
    /// Something is to lie in what is no directory.
    case parentNotDirectory
    /// The target is empty, too long or holds a zero byte.
    case invalidTarget
    case invalidMode
    /// All names together are longer than the format can say.
    case tooManyNames
  }

  public let cause: Cause
  public let path: [UInt8]
}

extension ArchiveBuildError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .invalidPath: "the path is empty, too long or not a plain relative path"
      case .duplicatePath: "the path stands twice"
      case .parentNotDirectory: "what the path lies in is not a directory"
      case .invalidTarget: "the link's target is empty, too long or holds a zero byte"
      case .invalidMode: "the mode has more than permission bits"
      case .tooManyNames: "all names together exceed 4 GiB"
      }
    }
  }
}

/// Collects entries and lays them out as an archive.
public struct ArchiveBuilder {
  struct Entry {
    var path: [UInt8]
    var kind: ArchiveEntry.Kind
    var mode: UInt32
    var modified: UInt64
    var contents: [UInt8]
  }

  private var entries: [Entry] = []

  public init() {}

  /// - Parameters:
  ///   - path: without a leading slash.
  ///   - mode: POSIX permission bits.
  ///   - modified: seconds since 1970; zero in reproducible images.
  @export(interface)
  public mutating func addFile(
    _ path: [UInt8], contents: [UInt8], mode: UInt32 = 0o644, modified: UInt64 = 0
  ) {
    entries.append(
      Entry(path: path, kind: .file, mode: mode, modified: modified, contents: contents))
  }

  @export(interface)
  public mutating func addDirectory(_ path: [UInt8], mode: UInt32 = 0o755, modified: UInt64 = 0) {
    entries.append(
      Entry(path: path, kind: .directory, mode: mode, modified: modified, contents: []))
  }

  @export(interface)
  public mutating func addLink(_ path: [UInt8], to target: [UInt8], modified: UInt64 = 0) {
    entries.append(
      Entry(path: path, kind: .symbolicLink, mode: 0o777, modified: modified, contents: target))
  }

  /// The bytes of the archive.
  ///
  /// - Throws: the first entry, in order of path, that an archive cannot hold.
  @export(interface)
  public func build() throws(ArchiveBuildError) -> [UInt8] {
    var sorted = entries
    sorted.sort { $0.path.lexicographicallyPrecedes($1.path) }
    for index in sorted.indices {
      try check(sorted[index], after: index > 0 ? sorted[index - 1].path : nil)
    }
    try addMissingDirectories(to: &sorted)
    var layout = ArchiveLayout(sorted)
    return try layout.bytes()
  }

  private func check(_ entry: Entry, after previous: [UInt8]?) throws(ArchiveBuildError) {
    func fail(_ cause: ArchiveBuildError.Cause) -> ArchiveBuildError {
      ArchiveBuildError(cause: cause, path: entry.path)
    }
    guard ArchiveLimits.isValid(path: entry.path.span) else { throw fail(.invalidPath) }
    guard entry.path != previous else { throw fail(.duplicatePath) }
    guard entry.mode <= 0o7777 else { throw fail(.invalidMode) }
    if entry.kind == .symbolicLink {
      guard !entry.contents.isEmpty, entry.contents.count <= ArchiveLimits.pathBytes,
        !entry.contents.contains(0)
      else { throw fail(.invalidTarget) }
    }
  }

  /// Adds the directories that paths lie in and that were not added.
  private func addMissingDirectories(to sorted: inout [Entry]) throws(ArchiveBuildError) {
    var kinds = SortedMap<Text, ArchiveEntry.Kind>()
    for entry in sorted { kinds[Text(entry.path)] = entry.kind }
    for entry in sorted {
      for end in entry.path.indices where entry.path[end] == 0x2F {
        let parent = Text(entry.path[..<end])
        let kind = kinds[parent]
        guard kind == nil || kind == .directory else {
          throw ArchiveBuildError(cause: .parentNotDirectory, path: entry.path)
        }
        guard kind == nil else { continue }
        kinds[parent] = .directory
        sorted.append(
          Entry(path: parent.bytes, kind: .directory, mode: 0o755, modified: 0, contents: []))
      }
    }
    sorted.sort { $0.path.lexicographicallyPrecedes($1.path) }
  }
}
