// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// An object's pages hang in a tree of nodes of 512 words. A word of an inner node is the address of
// a node; a word of a lowest node is a `PageWord`. The tree grows at the top when a page with a
// higher number comes.

/// What an object knows of one page.
struct PageWord {
  var rawValue: UInt64
  @inline(__always) init(_ rawValue: UInt64) { self.rawValue = rawValue }
  @inline(__always) init(page: PhysicalAddress) { rawValue = page.rawValue | Self.present }

  private static let present: UInt64 = 1
  static let dirty: UInt64 = 2
  /// The provider could not supply it.
  static let failed: UInt64 = 4
  /// The provider has been asked for it.
  static let requested: UInt64 = 8

  @inline(__always) var isPresent: Bool { rawValue & Self.present != 0 }
  @inline(__always) var isDirty: Bool { rawValue & Self.dirty != 0 }
  var hasFailed: Bool { rawValue & Self.failed != 0 }
  @inline(__always)
  var address: PhysicalAddress { PhysicalAddress(rawValue & ~4095) }

  var isRequested: Bool { rawValue & Self.requested != 0 }
}

/// Where the word of one page is.
struct PageWordPlace {
  fileprivate let node: PageWords
  fileprivate let index: Int

  @inline(__always)
  var word: PageWord {
    get { PageWord(node[index]) }
    nonmutating set { node[index] = newValue.rawValue }
  }
}

extension Ref where T == MemoryObject {
  /// The page with number `index`, or nil if it is not there now.
  @inline(__always)
  func page(at index: Int) -> PhysicalAddress? {
    guard index >= 0, index < pageCount else { return nil }
    switch value.source {
    case .contiguous(let start), .physical(let start):
      return PhysicalAddress(start.rawValue &+ UInt64(index) &<< 12)
    case .zero, .provided:
      guard let place = place(of: UInt64(index)), place.word.isPresent else { return nil }
      return place.word.address
    }
  }

  /// Where the word of page `index` is, or nil if its node does not exist.
  @inline(__always)
  func place(of index: UInt64) -> PageWordPlace? {
    var level = UInt64(value.height)
    guard level > 0, index &>> (9 &* level) == 0 else { return nil }
    var node = PageWords(value.root)
    while level > 1 {
      level &-= 1
      let word = node[Int(truncatingIfNeeded: index &>> (9 &* level) & 511)]
      guard word != 0 else { return nil }
      node = PageWords(PhysicalAddress(word))
    }
    return PageWordPlace(node: node, index: Int(truncatingIfNeeded: index & 511))
  }

  /// As `place`, making the nodes that are missing.
  ///
  /// - Throws: `outOfMemory`.
  func makePlace(of index: UInt64) throws(SystemError) -> PageWordPlace {
    if let place = place(of: index) { return place }
    while value.height == 0 || index &>> (9 &* UInt64(value.height)) != 0 {
      let node = try kernel.frames.takeCleared(for: value.account)
      if value.height != 0 { PageWords(node)[0] = value.root.rawValue }
      value.root = node
      value.height &+= 1
    }
    var node = PageWords(value.root)
    var level = UInt64(value.height)
    while level > 1 {
      level &-= 1
      let slot = Int(truncatingIfNeeded: index &>> (9 &* level) & 511)
      if node[slot] == 0 {
        node[slot] = try kernel.frames.takeCleared(for: value.account).rawValue
      }
      node = PageWords(PhysicalAddress(node[slot]))
    }
    return PageWordPlace(node: node, index: Int(truncatingIfNeeded: index & 511))
  }

  /// Adds a cleared page at `index`, where there is none.
  ///
  /// - Throws: `outOfMemory`.
  func addZeroPage(at index: UInt64, low: Bool = false) throws(SystemError) -> PhysicalAddress {
    let place = try makePlace(of: index)
    let page: PhysicalAddress
    if low {
      page = try takeLowPage()
    } else {
      page = try kernel.frames.take(for: value.account)
    }
    Machine.clearPage(page.kernelAddress)
    place.word = PageWord(page: page)
    value.residentPages &+= 1
    return page
  }

  private func takeLowPage() throws(SystemError) -> PhysicalAddress {
    try chargeFrames(1, to: value.account)
    do throws(SystemError) {
      return FrameTable.address(of: try kernel.frames.takeRun(1, low: true))
    } catch {
      releaseFrames(1, of: value.account)
      throw error
    }
  }

  /// Takes the page out of the object. Nobody maps it any more.
  func removePage(_ place: PageWordPlace) {
    let word = place.word
    place.word = PageWord(0)
    value.residentPages &-= 1
    if word.isDirty { value.dirtyPages &-= 1 }
    kernel.frames.give(word.address, for: value.account)
  }

  @inline(__always)
  func markDirty(_ place: PageWordPlace) {
    let word = place.word
    if word.isDirty { return }
    place.word = PageWord(word.rawValue | PageWord.dirty)
    value.dirtyPages &+= 1
  }

  func clearDirty(_ place: PageWordPlace) {
    place.word = PageWord(place.word.rawValue & ~PageWord.dirty)
    value.dirtyPages &-= 1
  }

  /// The first page at or after `index` and before `end` whose lowest node exists.
  func firstPlace(from index: UInt64, to end: UInt64) -> UInt64? {
    var index = index
    while index < end {
      guard let missing = levelOfMissingNode(index) else { return index }
      let span = UInt64(1) &<< (9 &* missing)
      index = (index | (span &- 1)) &+ 1
      if missing >= UInt64(value.height) { return nil }
    }
    return nil
  }

  /// The level whose entry for `index` is empty, or nil if all nodes are there.
  private func levelOfMissingNode(_ index: UInt64) -> UInt64? {
    var level = UInt64(value.height)
    guard level > 0, index &>> (9 &* level) == 0 else { return level }
    var node = PageWords(value.root)
    while level > 1 {
      level &-= 1
      let word = node[Int(truncatingIfNeeded: index &>> (9 &* level) & 511)]
      if word == 0 { return level }
      node = PageWords(PhysicalAddress(word))
    }
    return nil
  }

  /// Frees some of the pages below the first lowest node, with the last of them the node, and the
  /// nodes above that become empty by it.
  func freeFirstLeaf() {
    var path = InlineArray<5, PhysicalAddress>(repeating: PhysicalAddress(0))
    var slots = InlineArray<5, Int>(repeating: 0)
    var depth = 0
    path[0] = value.root
    while depth &+ 1 < Int(value.height) {
      guard let slot = firstUse(of: PageWords(path[depth])) else { break }
      slots[depth] = slot
      path[depth &+ 1] = PhysicalAddress(PageWords(path[depth])[slot])
      depth &+= 1
    }
    // Finding the way costs as much as some pages do.
    kernel.memory.backlog.freeablePages &-= 12
    if depth &+ 1 == Int(value.height), !freePages(of: PageWords(path[depth])) { return }
    while true {
      kernel.frames.give(path[depth], for: value.account)
      if depth == 0 { break }
      depth &-= 1
      PageWords(path[depth])[slots[depth]] = 0
      if firstUse(of: PageWords(path[depth])) != nil { return }
    }
    value.height = 0
  }

  private func firstUse(of node: PageWords) -> Int? {
    for index in 0..<512 where node[index] != 0 { return index }
    return nil
  }

  /// - Returns: whether the node is empty.
  private func freePages(of node: PageWords) -> Bool {
    for index in 0..<512 where node[index] != 0 {
      let word = PageWord(node[index])
      if word.isPresent {
        guard kernel.memory.backlog.freeablePages > 0 else { return false }
        kernel.memory.backlog.freeablePages &-= 1
        kernel.frames.give(word.address, for: value.account)
      }
      node[index] = 0
    }
    return true
  }

  /// Frees some pages of an object that is one piece, which gets shorter by them.
  /// - Returns: whether nothing is left.
  func freeContiguous(_ start: PhysicalAddress) -> Bool {
    let count = min(pageCount, max(kernel.memory.backlog.freeablePages, 0))
    kernel.memory.backlog.freeablePages &-= count
    var page = start
    for _ in 0..<count {
      kernel.frames.give(page, for: value.account)
      page.rawValue &+= 4096
    }
    let left = pageCount &- count
    value.source = .contiguous(page)
    value.length = UInt64(left) &<< 12
    return left == 0
  }
}
