// SPDX-License-Identifier: MIT

/// Why bytes are not an archive, and where that was found.
public struct ArchiveError: Error, Equatable {
  public enum Cause: Equatable, Sendable {
    case tooShort
    case notAnArchive
    case unknownVersion
    case truncated
    case totalMisaligned
    case tablesOutsideArchive
    case nameOutsideTable
    case invalidName
    case namesOutOfOrder
    case parentMissing
    case unknownKind
    case unknownFlags
    case invalidMode
    case contentsOutsideArchive
    case contentsMisaligned
    case contentsOverlap
    case directoryWithContents
    case invalidLinkTarget
    case trailingBytes
  }

  public let cause: Cause
  /// The number of the entry concerned, from zero; `nil` if it is about the archive as a whole.
  public let entry: Int?

  init(_ cause: Cause, entry: Int? = nil) {
    self.cause = cause
    self.entry = entry
  }
}

extension ArchiveError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .tooShort: "the archive ends within its header"
      case .notAnArchive: "not an Apus archive"
      case .unknownVersion: "the archive's version is not 1"
      case .truncated: "the archive is longer than the bytes that are there"
      case .totalMisaligned: "the archive's size is not a multiple of 4096"
      case .tablesOutsideArchive: "the tables of entries and names lie outside the archive"
      case .nameOutsideTable: "a name lies outside the table of names"
      case .invalidName: "a name is empty, too long or not a plain relative path"
      case .namesOutOfOrder: "the names are not in rising order"
      case .parentMissing: "an entry's directory is missing"
      case .unknownKind: "an entry is neither file, directory nor symbolic link"
      case .unknownFlags: "an entry has flags that version 1 does not know"
      case .invalidMode: "an entry's mode has more than permission bits"
      case .contentsOutsideArchive: "an entry's contents lie outside the archive"
      case .contentsMisaligned: "an entry's contents are not aligned"
      case .contentsOverlap: "two files share their contents"
      case .directoryWithContents: "a directory has contents"
      case .invalidLinkTarget: "a symbolic link's target is empty, too long or holds a zero byte"
      case .trailingBytes: "bytes that are no archive follow the last archive"
      }
    }
  }
}
