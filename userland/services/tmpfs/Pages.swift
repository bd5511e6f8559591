// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

// Which pages are in use.
extension Volume where Store: WordStore {
  func isUsed(_ page: Int) -> Bool {
    store.word(layout.bitmap &+ page >> 6) & (1 << UInt64(page & 63)) != 0
  }

  func isHeld(_ page: Int) -> Bool {
    store.word(layout.heldBitmap &+ page >> 6) & (1 << UInt64(page & 63)) != 0
  }

  /// Whether there is memory for a page; asked once for each.
  mutating func isBacked(_ page: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(page & 63)
    if backed[page >> 6] & bit != 0 { return true }
    guard store.hasMemory(forPage: page) else { return false }
    backed[page >> 6] |= bit
    return true
  }

  /// Sees to memory for words of the volume's tables that were never used.
  /// - Throws: `noSpace` if there is none.
  mutating func back(words: Range<Int>) throws(SystemError) {
    for page in words.lowerBound >> 9...(words.upperBound &- 1) >> 9 {
      guard isBacked(page) else { throw .noSpace }
    }
  }

  /// Takes a page, whose content is anything.
  /// - Throws: `noSpace`, also if the machine has no memory for one.
  mutating func takePage() throws(SystemError) -> Int {
    guard freePages > 0 else { throw .noSpace }
    let words = (layout.pageCount &+ 63) / 64
    var index = pageHint
    // Without memory for a new page, only those that have some already.
    var hasMemory = true
    for _ in 0...words {
      var free = ~store.word(layout.bitmap &+ index)
      while free != 0 {
        let page = index &* 64 &+ free.trailingZeroBitCount
        let isFiles = page >= layout.firstPage && page < layout.pageCount
        let isTouched = backed[index] & 1 << UInt64(page & 63) != 0
        if isFiles, !isTouched, hasMemory { hasMemory = isBacked(page) }
        if isFiles, isTouched || hasMemory {
          let used = store.word(layout.bitmap &+ index)
          set(layout.bitmap &+ index, used | 1 << UInt64(page & 63))
          pageHint = index
          freePages &-= 1
          return page
        }
        free &= free &- 1
      }
      index = index &+ 1 == words ? 0 : index &+ 1
    }
    throw .noSpace
  }

  mutating func freePage(_ page: Int) {
    let index = layout.bitmap &+ page >> 6
    set(index, store.word(index) & ~(1 << UInt64(page & 63)))
    pageHint = min(pageHint, page >> 6)
    freePages &+= 1
    freedPages &+= 1
  }

  /// Keeps a run from others for as long as a mapping may show it.
  mutating func hold(_ run: Range<Int>) { changeBits(layout.heldBitmap, run, to: true) }

  /// Whether pages wait for the end of mappings.
  public var holdsPages: Bool {
    for index in layout.heldBitmap..<layout.heldBitmap &+ (layout.pageCount &+ 63) / 64
    where store.word(index) != 0 { return true }
    return false
  }

  /// Frees pages that were held, except where `isMapped` says that a mapping shows bytes of them.
  /// - Returns: how many were freed.
  @discardableResult
  public mutating func freeHeldPages(
    unless isMapped: (Range<Int>) -> Bool = { _ in false }
  ) -> Int {
    let before = freePages
    var page = layout.firstPage
    while page < layout.pageCount {
      guard isHeld(page) else {
        // Words without a held page are passed over whole.
        let isEmpty = store.word(layout.heldBitmap &+ page >> 6) == 0
        page = isEmpty ? (page | 63) &+ 1 : page &+ 1
        continue
      }
      let start = page
      while page < layout.pageCount, page &- start < Limits.mappedPages, isHeld(page) {
        page &+= 1
      }
      if isMapped(start &* Limits.pageBytes..<page &* Limits.pageBytes) { continue }
      changeBits(layout.bitmap, start..<page, to: false)
      changeBits(layout.heldBitmap, start..<page, to: false)
      commit()
      freePages &+= page &- start
    }
    pageHint = 0
    freedPages &+= freePages &- before
    return freePages &- before
  }

  mutating func changeBits(_ bitmap: Int, _ range: Range<Int>, to value: Bool) {
    var page = range.lowerBound
    while page < range.upperBound {
      let index = page >> 6
      let end = min(range.upperBound, (index &+ 1) << 6)
      let count = UInt64(end &- page)
      let ones = count == 64 ? UInt64.max : (1 << count) &- 1
      let bits = ones << UInt64(page & 63)
      let old = store.word(bitmap &+ index)
      set(bitmap &+ index, value ? old | bits : old & ~bits)
      page = end
    }
  }
}
