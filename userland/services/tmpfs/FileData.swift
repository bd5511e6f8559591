// SPDX-License-Identifier: MIT
import ABI
import Core
import Hierarchy
import Memory

// The bytes of files: a tree of pages with 512 branches for each, and, once the file was mapped,
// one run of pages for its beginning.
extension Volume where Store: WordStore {
  /// How many pages `byteCount` bytes take.
  static func pages(_ byteCount: UInt64) -> Int {
    Int(truncatingIfNeeded: byteCount / 4096 &+ (byteCount & 4095 == 0 ? 0 : 1))
  }

  private static func capacity(height: Int) -> Int { 1 << (9 &* height) }

  /// The page that holds page `index` of the file; zero for a hole.
  func page(_ inode: Int, _ index: Int) -> Int {
    if index < Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedCount]) {
      return Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedStart]) &+ index
    }
    var height = Int(truncatingIfNeeded: self[inode, Layout.Inode.height])
    var page = Int(truncatingIfNeeded: self[inode, Layout.Inode.root])
    guard index < Self.capacity(height: height) else { return 0 }
    while height > 0, page != 0 {
      height &-= 1
      page = Int(truncatingIfNeeded: store.word(page &* 512 &+ (index >> (9 &* height)) & 511))
    }
    return page
  }

  /// The same, made if there is none. What is made holds anything.
  mutating func makePage(
    _ inode: Int, _ index: Int
  ) throws(SystemError) -> (page: Int, isNew: Bool) {
    let found = page(inode, index)
    if found != 0 { return (found, false) }
    var height = Int(truncatingIfNeeded: self[inode, Layout.Inode.height])
    while index >= Self.capacity(height: height) {
      let root = self[inode, Layout.Inode.root]
      if root != 0 {
        let above = try takeNode(inode)
        set(above &* 512, root)
        set(inode, Layout.Inode.root, UInt64(above))
      }
      height &+= 1
      set(inode, Layout.Inode.height, UInt64(height))
    }
    var place = layout.inode(inode, Layout.Inode.root)
    while true {
      if store.word(place) == 0 {
        let made = try height == 0 ? takeCounted(inode) : takeNode(inode)
        set(place, UInt64(made))
        if height == 0 { return (made, true) }
      }
      height &-= 1
      let branch = (index >> (9 &* height)) & 511
      place = Int(truncatingIfNeeded: store.word(place)) &* 512 &+ branch
    }
  }

  private mutating func takeNode(_ inode: Int) throws(SystemError) -> Int {
    let page = try takeCounted(inode)
    store.clear(page &* 4096..<(page &+ 1) &* 4096)
    return page
  }

  private mutating func takeCounted(_ inode: Int) throws(SystemError) -> Int {
    let page = try takePage()
    set(inode, Layout.Inode.used, self[inode, Layout.Inode.used] &+ 1)
    return page
  }

  /// Where bytes of the file lie in the store.
  ///
  /// - Returns: as many bytes from `offset` on as lie one behind the other, at most `limit` and
  ///   none past the end; `place` is `nil` for a hole, which reads as zeros.
  public func find(
    _ inode: Int, at offset: UInt64, limit: Int
  ) -> (place: Int?, count: Int) {
    let size = size(inode)
    guard offset < size, limit > 0 else { return (nil, 0) }
    let wanted = Int(truncatingIfNeeded: min(UInt64(limit), size &- offset))
    var index = Int(truncatingIfNeeded: offset >> 12)
    let within = Int(truncatingIfNeeded: offset & 4095)
    let first = page(inode, index)
    var count = 4096 &- within
    while count < wanted {
      index &+= 1
      let following = page(inode, index)
      let expected = first == 0 ? 0 : first &+ (within &+ count) >> 12
      guard following == expected else { break }
      count &+= 4096
    }
    return (first == 0 ? nil : first &* 4096 &+ within, min(count, wanted))
  }

  /// Makes bytes past the end zero where they have pages, before the end moves over them.
  func clear(_ inode: Int, _ range: Range<UInt64>) {
    var offset = range.lowerBound
    let last = max(
      (range.lowerBound &+ 4095) & ~4095, self[inode, Layout.Inode.mappedCount] &* 4096)
    let end = min(range.upperBound, last)
    while offset < end {
      let count = min(end &- offset, 4096 &- offset & 4095)
      let page = page(inode, Int(truncatingIfNeeded: offset >> 12))
      if page != 0 {
        let start = page &* 4096 &+ Int(truncatingIfNeeded: offset & 4095)
        store.clear(start..<start &+ Int(truncatingIfNeeded: count))
      }
      offset &+= count
    }
  }

  /// Writes `bytes` from `offset` on, or at the end.
  ///
  /// - Throws: `noSpace`, `fileTooLarge`; then nothing was written.
  public mutating func write(
    _ inode: Int, _ bytes: Span<UInt8>, at offset: UInt64, appends: Bool, user: UInt32,
    now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int {
    guard !isDirectory(inode) else { throw .isDirectory }
    let size = size(inode)
    let start = appends ? size : offset
    guard let end = start.checkedSum(UInt64(bytes.count)), end <= Limits.fileBytes else {
      throw .fileTooLarge
    }
    if isLink(inode), end > UInt64(HierarchyLimits.pathBytes) { throw .nameTooLong }
    // What one change can hold: 32 pages, as much as a request brings.
    guard bytes.count <= 32 &* Limits.pageBytes else { throw .invalidArgument }
    if bytes.isEmpty { return 0 }
    return try atomically { (volume) throws(SystemError) in
      // All pages first: without room for one of them, no byte is changed.
      for index in Int(truncatingIfNeeded: start >> 12)...Int(truncatingIfNeeded: (end &- 1) >> 12)
      {
        let (page, isNew) = try volume.makePage(inode, index)
        let first = UInt64(index) << 12
        let isOverwritten = start <= first && end >= first &+ 4096
        if isNew, !isOverwritten { volume.store.clear(page &* 4096..<(page &+ 1) &* 4096) }
      }
      if start > size { volume.clear(inode, size..<start) }
      var done = 0
      while done < bytes.count {
        let place = start &+ UInt64(done)
        let within = Int(truncatingIfNeeded: place & 4095)
        let count = min(bytes.count &- done, 4096 &- within)
        let page = volume.page(inode, Int(truncatingIfNeeded: place >> 12))
        volume.store.put(bytes.extracting(done..<done &+ count), at: page &* 4096 &+ within)
        done &+= count
      }
      if end > size { volume.set(inode, Layout.Inode.size, end) }
      volume.touch(inode, now)
      if user != 0 { volume.dropSetIDBits(inode) }
      volume.note(mark, UInt64(bytes.count))
      return bytes.count
    }
  }

  /// The content was changed.
  mutating func touch(_ inode: Int, _ now: UInt64) {
    set(inode, Layout.Inode.modified, now)
    set(inode, Layout.Inode.changed, now)
  }

  mutating func dropSetIDBits(_ inode: Int) {
    let mode = mode(inode)
    if mode & 0o6000 != 0 { set(inode, Layout.Inode.mode, UInt64(mode & ~0o6000)) }
  }

  /// Moves the end. What is new reads as zeros.
  public mutating func truncate(
    _ inode: Int, to length: UInt64, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    guard isRegular(inode) else {
      throw isDirectory(inode) ? .isDirectory : .invalidArgument
    }
    guard length <= Limits.fileBytes else { throw .fileTooLarge }
    try atomically { (volume) throws(SystemError) in
      volume.moveEnd(inode, to: length, now)
      volume.note(mark, 0)
    }
    if self[inode, Layout.Inode.used] & Layout.Inode.isTrimmed != 0 { trim(inode) }
  }

  /// Part of a change, after which the file is to be trimmed if it says so.
  mutating func moveEnd(_ inode: Int, to length: UInt64, _ now: UInt64) {
    let size = size(inode)
    if length > size { clear(inode, size..<length) }
    if length < size { markTrimmed(inode) }
    set(inode, Layout.Inode.size, length)
    touch(inode, now)
  }

  /// Nothing stays behind the end.
  mutating func markTrimmed(_ inode: Int) {
    let used = self[inode, Layout.Inode.used] & Layout.Inode.usedMask
    set(inode, Layout.Inode.used, used | Layout.Inode.isTrimmed)
  }

}
