// SPDX-License-Identifier: MIT
import Archive
import Core

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

  /// Adds the directories that paths lie in. In sorted order a directory comes before what is in it,
  /// so the chain of directories of the last path is all that has to be remembered.
  private func addMissingDirectories(to sorted: inout [Entry]) throws(ArchiveBuildError) {
    var complete: [Entry] = []
    var known = PathSet()
    for entry in sorted {
      for end in entry.path.indices where entry.path[end] == 0x2F {
        let parent = Array(entry.path[..<end])
        if let kind = known[parent] {
          guard kind == .directory else {
            throw ArchiveBuildError(cause: .parentNotDirectory, path: entry.path)
          }
        } else {
          known[parent] = .directory
          complete.append(
            Entry(path: parent, kind: .directory, mode: 0o755, modified: 0, contents: []))
        }
      }
      known[entry.path] = entry.kind
      complete.append(entry)
    }
    complete.sort { $0.path.lexicographicallyPrecedes($1.path) }
    sorted = complete
  }
}

/// What is known about paths, kept in sorted order.
private struct PathSet {
  private var paths: [[UInt8]] = []
  private var kinds: [ArchiveEntry.Kind] = []

  subscript(path: [UInt8]) -> ArchiveEntry.Kind? {
    get {
      let index = lowerBound(path)
      return index < paths.count && paths[index] == path ? kinds[index] : nil
    }
    set {
      guard let newValue else { return }
      let index = lowerBound(path)
      paths.insert(path, at: index)
      kinds.insert(newValue, at: index)
    }
  }

  private func lowerBound(_ path: [UInt8]) -> Int {
    var low = 0
    var high = paths.count
    while low < high {
      let middle = (low + high) / 2
      if paths[middle].lexicographicallyPrecedes(path) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
