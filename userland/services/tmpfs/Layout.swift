// SPDX-License-Identifier: MIT
import Memory

/// What lies where in the capsule, as numbers of eight-byte words.
///
/// The head, the journal, the inodes, the names, two bitmaps (pages in use; pages held because a
/// mapping may show them), and then the pages of files.
public struct Layout: Equatable, Sendable {
  public let pageCount: Int
  public let inodeCount: Int
  public let nameCount: Int
  let names: Int
  let bitmap: Int
  let heldBitmap: Int
  public let firstPage: Int

  /// - Parameter byteCount: the capsule's size.
  /// - Returns: `nil` if that is too small.
  public init?(byteCount: Int) {
    pageCount = byteCount / Limits.pageBytes
    guard pageCount >= Limits.leastPages, pageCount <= 1 << 20 else { return nil }
    inodeCount = pageCount / 4
    nameCount = pageCount / 2
    names = Self.inodes + inodeCount * Inode.words
    bitmap = names + nameCount * Name.words
    let mapWords = (pageCount + 63) / 64
    heldBitmap = bitmap + mapWords
    firstPage = (heldBitmap + mapWords + 511) / 512
    guard firstPage < pageCount else { return nil }
  }

  // The head.
  static var mark: Int { 0 }
  static var version: Int { 1 }
  static var pages: Int { 2 }
  /// What distinguishes the next inode from earlier ones of the same number.
  static var generation: Int { 3 }
  /// The last request that changed anything: description, sequence, result, whether it opened a
  /// file.
  static var lastRequest: Int { 4 }
  static var journalCount: Int { 8 }
  /// Inodes and names from these on were never used, so their memory was never touched.
  static var inodeEnd: Int { 9 }
  static var nameEnd: Int { 10 }
  /// One once the volume has the files that it begins with.
  static var isFilled: Int { 11 }
  /// Pairs of a word's number and its old value.
  static var journal: Int { 512 }
  static var journalCapacity: Int { 1024 }
  static var journalPlace: JournalPlace {
    JournalPlace(
      notes: lastRequest, count: journalCount, entries: journal, capacity: journalCapacity)
  }
  static var inodes: Int { journal + 2 * journalCapacity }

  static var expectedMark: UInt64 { 0x7366_706D_7473_7041 }
  static var expectedVersion: UInt64 { 1 }

  /// Words of an inode's record. An inode with mode zero is free.
  enum Inode {
    static var words: Int { 16 }
    static var mode: Int { 0 }
    static var links: Int { 1 }
    static var user: Int { 2 }
    static var group: Int { 3 }
    /// In bytes; of a directory, how many names it has.
    static var size: Int { 4 }
    static var accessed: Int { 5 }
    static var modified: Int { 6 }
    static var changed: Int { 7 }
    static var created: Int { 8 }
    /// The page at the top of the tree of pages, and how many levels are below it.
    static var root: Int { 9 }
    static var height: Int { 10 }
    /// The run of pages that the file's beginning lies in since it was mapped.
    static var mappedStart: Int { 11 }
    static var mappedCount: Int { 12 }
    /// The directory that a directory lies in.
    static var parent: Int { 13 }
    static var generation: Int { 14 }
    /// Low half: pages that it has. From bit 32 on: pages that stay behind its end. Bit 63: pages that it
    /// needs no longer are being freed.
    static var used: Int { 15 }
    static var usedMask: UInt64 { 0xFFFF_FFFF }
    static var reservedMask: UInt64 { 0x7FFF_FFFF << 32 }
    static var isTrimmed: UInt64 { 1 << 63 }
  }

  /// Words of a name's record. A record whose first word is zero is free.
  enum Name {
    static var words: Int { 36 }
    /// Low half: the directory plus one. High half: bytes of the name.
    static var directory: Int { 0 }
    static var inode: Int { 1 }
    static var hash: Int { 2 }
    static var text: Int { 3 }
  }

  @inline(__always)
  func inode(_ number: Int, _ field: Int) -> Int { Self.inodes &+ number &* Inode.words &+ field }
  @inline(__always)
  func name(_ slot: Int, _ field: Int) -> Int { names &+ slot &* Name.words &+ field }
}
