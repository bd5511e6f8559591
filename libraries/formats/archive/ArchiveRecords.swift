// SPDX-License-Identifier: MIT
import Core

/// The first 64 bytes of an archive (`docs/formats/archive.md`).
public struct ArchiveHeader: WireFormat, Equatable {
  public static var byteCount: Int { 64 }

  /// "ApusArch" as a little-endian number.
  public static var magicNumber: UInt64 { 0x6863_7241_7375_7041 }
  public static var currentVersion: UInt32 { 1 }

  public var magic = ArchiveHeader.magicNumber
  public var version = ArchiveHeader.currentVersion
  public var entryCount: UInt32 = 0
  /// The whole archive, a multiple of 4096; the next archive may begin there.
  public var totalBytes: UInt64 = 0
  /// Where the names stand, from the archive's start.
  public var namesOffset: UInt64 = 0
  public var namesBytes: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&magic)
    try coder.little(&version)
    try coder.little(&entryCount)
    try coder.little(&totalBytes)
    try coder.little(&namesOffset)
    try coder.little(&namesBytes)
    try coder.reserved(24)
  }
}

/// One of the 40-byte records that follow the header, in rising order of name.
public struct ArchiveRecord: WireFormat, Equatable {
  public static var byteCount: Int { 40 }

  /// Where the name begins among the names.
  public var nameOffset: UInt32 = 0
  public var nameBytes: UInt16 = 0
  /// An `ArchiveEntry.Kind`.
  public var kind: UInt8 = 0
  public var flags: UInt8 = 0
  /// The POSIX permission bits.
  public var mode: UInt32 = 0
  /// Where the contents begin, from the archive's start; zero if there are none.
  public var dataOffset: UInt64 = 0
  public var dataBytes: UInt64 = 0
  /// Seconds since 1970; zero in reproducible images.
  public var modified: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&nameOffset)
    try coder.little(&nameBytes)
    try coder.little(&kind)
    try coder.little(&flags)
    try coder.little(&mode)
    try coder.reserved(4)
    try coder.little(&dataOffset)
    try coder.little(&dataBytes)
    try coder.little(&modified)
  }
}

/// A file, directory or symbolic link in an archive.
public struct ArchiveEntry: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    case file = 1
    case directory = 2
    case symbolicLink = 3
  }

  /// Its place among the entries.
  public let index: Int
  public let kind: Kind
  /// The POSIX permission bits.
  public let mode: UInt32
  /// Seconds since 1970, or zero.
  public let modified: UInt64
  /// Where its contents stand, from the archive's start. A file's begin on a page.
  public let contents: AddressRange
  let name: AddressRange
}

/// The limits of the format, which reader and writer share.
public enum ArchiveLimits {
  /// What the contents of a file, and the whole archive, are aligned to.
  public static var pageBytes: UInt64 { 4096 }
  /// The longest path, and the longest target of a link.
  public static var pathBytes: Int { 1024 }
  public static var componentBytes: Int { 255 }

  /// Whether `path` may name an entry: components separated by single slashes, none of them empty,
  /// `.` or `..`, no zero bytes.
  public static func isValid(path: Span<UInt8>) -> Bool {
    guard path.count <= pathBytes else { return false }
    var start = 0
    while true {
      let end = path.firstIndex(of: 0x2F, from: start) ?? path.count
      let component = path.extracting(start..<end)
      guard !component.isEmpty, component.count <= componentBytes,
        !component.equals("."), !component.equals(".."), component.firstIndex(of: 0) == nil
      else { return false }
      guard end < path.count else { return true }
      start = end &+ 1
    }
  }
}
