// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// Why a capsule cannot be used.
public enum VolumeError: Error, Equatable {
  case tooSmall
  /// What it holds contradicts itself.
  case damaged
}

/// A file system in memory that outlives the process that serves it.
///
/// All that counts lies in the store. Each change happens whole or not at all, wherever the server
/// dies in it: before a word is changed, its number and old value go into the journal; whoever
/// finds a journal that is not empty puts the old words back.
public struct Volume<Store: WordStore>: ~Copyable {
  public let store: Store
  public let layout: Layout
  /// Whether the store held a volume before.
  public let isRecovered: Bool

  // Made anew at each start.
  var heads: [Int32]
  var next: [Int32]
  var freePages = 0
  /// Pages that have memory, as far as this server has asked. Bits, as in the bitmaps.
  var backed: [UInt64]
  /// How many were freed since memory was last given back.
  var freedPages = 0
  var freeInodes = 0
  var freeNames = 0
  var pageHint = 0
  var inodeHint = 0
  var nameHint = 0
  private var journal: Journal<Store>

  private init(_ store: Store, _ layout: Layout) {
    self.store = store
    self.layout = layout
    journal = Journal(store, Layout.journalPlace)
    isRecovered = store.word(Layout.mark) == Layout.expectedMark
    heads = [Int32](repeating: -1, count: layout.nameCount)
    next = [Int32](repeating: -1, count: layout.nameCount)
    backed = [UInt64](repeating: 0, count: (layout.pageCount &+ 63) / 64)
  }

  /// Takes up the volume in `store`, or makes a new one there.
  ///
  /// - Parameters: `store` was made zero by whoever made it; `now` is nanoseconds since 1970.
  /// - Throws: `damaged` if what is there cannot be believed.
  public static func takenUp(from store: Store, now: UInt64) throws(VolumeError) -> Self {
    guard let layout = Layout(byteCount: store.byteCount) else { throw .tooSmall }
    var volume = Self(store, layout)
    if volume.isRecovered {
      guard volume.recover() else { throw .damaged }
    } else {
      volume.format(now)
    }
    volume.count()
    volume.makeIndex()
    volume.finishTrimming()
    return volume
  }

  /// - Returns: false if what is there cannot be believed.
  private mutating func recover() -> Bool {
    guard store.word(Layout.version) == Layout.expectedVersion,
      store.word(Layout.pages) == UInt64(layout.pageCount),
      store.word(Layout.inodeEnd) <= UInt64(layout.inodeCount),
      store.word(Layout.nameEnd) <= UInt64(layout.nameCount)
    else { return false }
    return journal.recover(wordCount: layout.pageCount &* 512) && isConsistent()
  }

  private func format(_ now: UInt64) {
    // All is zero, and is not touched here, since memory that was never touched costs nothing.
    store.setWord(Layout.version, Layout.expectedVersion)
    store.setWord(Layout.pages, UInt64(layout.pageCount))
    // Words of files that an earlier volume had must not mean others in this one.
    store.setWord(Layout.generation, (now / 1_000_000_000) & 0xFFFF_FFFF &+ 1)
    store.setWord(Layout.inodeEnd, 1)
    store.setWord(layout.inode(0, Layout.Inode.mode), UInt64(FileMode.directory | 0o1777))
    store.setWord(layout.inode(0, Layout.Inode.links), 2)
    for field in Layout.Inode.accessed...Layout.Inode.created {
      store.setWord(layout.inode(0, field), now)
    }
    store.setWord(Layout.mark, Layout.expectedMark)
  }

  private mutating func count() {
    freePages = layout.pageCount &- layout.firstPage
    for index in layout.bitmap..<layout.heldBitmap {
      freePages &-= store.word(index).nonzeroBitCount
    }
    freeInodes = layout.inodeCount
    for inode in 0..<inodeEnd where mode(inode) != 0 { freeInodes &-= 1 }
  }

  /// Inodes and names from these on were never used.
  var inodeEnd: Int { Int(truncatingIfNeeded: store.word(Layout.inodeEnd)) }
  var nameEnd: Int { Int(truncatingIfNeeded: store.word(Layout.nameEnd)) }

  // MARK: Changes

  /// Changes a word, which can be undone until the change is complete.
  @inline(__always)
  mutating func set(_ index: Int, _ value: UInt64) { journal.set(index, value) }

  /// Whether a change should be completed before it goes on.
  var journalIsLong: Bool { journal.count > 256 }

  /// Makes what was changed since the last time final, all at once.
  mutating func commit() { journal.commit() }

  /// Makes one change of what `body` does; if it throws, nothing has happened.
  mutating func atomically<Result>(
    _ body: (inout Self) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    let counts = (freePages, freeInodes, freeNames)
    do throws(SystemError) {
      let result = try body(&self)
      commit()
      return result
    } catch {
      journal.undo()
      (freePages, freeInodes, freeNames) = counts
      throw error
    }
  }

  // MARK: Requests that come again

  /// Writes down, as part of a change, what its request is answered with.
  mutating func note(_ mark: RequestMark, _ result: UInt64, opens: Bool = false) {
    journal.note(mark, result, opens: opens)
  }

  /// What a request came to that was carried out before its server died. One server handles one
  /// request at a time, so this can only be the last.
  public func result(of mark: RequestMark, opens: Bool) -> UInt64? {
    journal.result(of: mark, opens: opens)
  }
}
