// SPDX-License-Identifier: MIT

/// 64 KiB of blocks of one size, at a multiple of 64 KiB.
///
/// It begins with this header and a bit for each block, set while the block is free; so freeing a
/// block twice is seen, and a freed block is never written to. Blocks begin at a multiple of the
/// largest power of two in their size.
struct SlabHeader: BitwiseCopyable {
  /// The slab's address exclusive-or the heap's secret: anything else is not a slab.
  var mark: UInt
  /// Neighbours in the list of slabs of this size with free blocks; zero ends it.
  var next: UInt
  var previous: UInt
  var blockBytes: UInt32
  /// Where the first block begins, from the start of the slab.
  var firstBlock: UInt32
  var blockCount: UInt32
  var usedCount: UInt32
  /// 2^32 / `blockBytes`, rounded up: a multiplication divides by it.
  var reciprocal: UInt32
  var sizeClass: UInt32
  /// No word of bits before this one has a free block.
  var firstWord: UInt32
  var wordCount: UInt32
  var reserved: UInt64
}

/// A slab in memory.
@safe
struct Slab: Equatable {
  let address: UInt

  static var byteCount: UInt { 65_536 }
  static var headerBytes: UInt { 64 }

  /// - Safety: a slab that this heap made lies at `address`, and the heap is locked for as long as
  ///   this value is used.
  @unsafe
  @inline(__always)
  init(at address: UInt) { self.address = address }

  /// Writes a header for blocks of `blockBytes` to the zeroed 64 KiB at `address`.
  ///
  /// - Safety: these bytes are the heap's alone.
  @unsafe
  init(making address: UInt, sizeClass: Int, secret: UInt) {
    unsafe self.init(at: address)
    let size = UInt(SizeClasses.byteCount(sizeClass))
    let words = (Self.byteCount / size &+ 63) / 64
    // Blocks are aligned to the lowest bit of their size.
    let alignment = size & (0 &- size)
    let first = (Self.headerBytes &+ words &* 8 &+ alignment &- 1) & ~(alignment &- 1)
    let count = (Self.byteCount &- first) / size
    header = SlabHeader(
      mark: address ^ secret, next: 0, previous: 0,
      blockBytes: UInt32(size), firstBlock: UInt32(first), blockCount: UInt32(count),
      usedCount: 0, reciprocal: UInt32((1 << 32 &+ size &- 1) / size),
      sizeClass: UInt32(sizeClass), firstWord: 0, wordCount: UInt32((count &+ 63) / 64),
      reserved: 0)
    for word in 0..<Int(count / 64) { self[word] = UInt64.max }
    if count & 63 != 0 { self[Int(count / 64)] = 1 << (count & 63) &- 1 }
  }

  var header: SlabHeader {
    @inline(__always)
    get {
      // SAFETY: by the initialiser's contract.
      unsafe UnsafePointer<SlabHeader>(bitPattern: address).unsafelyUnwrapped.pointee
    }
    @inline(__always)
    nonmutating _modify {
      // SAFETY: by the initialiser's contract.
      yield unsafe &UnsafeMutablePointer<SlabHeader>(bitPattern: address).unsafelyUnwrapped.pointee
    }
  }

  /// The bits of blocks `64 * word ...`.
  subscript(word: Int) -> UInt64 {
    @inline(__always)
    get {
      let place = address &+ Self.headerBytes &+ UInt(word) &* 8
      // SAFETY: `word` is below the header's `wordCount`, by construction here and in `Slab`.
      return unsafe UnsafePointer<UInt64>(bitPattern: place).unsafelyUnwrapped.pointee
    }
    @inline(__always)
    nonmutating set {
      let place = address &+ Self.headerBytes &+ UInt(word) &* 8
      // SAFETY: as above.
      unsafe UnsafeMutablePointer<UInt64>(bitPattern: place).unsafelyUnwrapped.pointee = newValue
    }
  }

  /// Takes the lowest free block. The slab is not full.
  @inline(__always)
  func takeBlock() -> UInt {
    var word = Int(header.firstWord)
    while self[word] == 0 { word &+= 1 }
    let bits = self[word]
    self[word] = bits & (bits &- 1)
    header.firstWord = UInt32(truncatingIfNeeded: word)
    header.usedCount &+= 1
    let index = UInt(word) << 6 &+ UInt(bits.trailingZeroBitCount)
    return address &+ UInt(header.firstBlock) &+ index &* UInt(header.blockBytes)
  }

  /// The number of the block that begins at `block`; `nil` if none does.
  @inline(__always)
  func index(of block: UInt) -> UInt? {
    let distance = block &- address &- UInt(header.firstBlock)
    guard distance < Self.byteCount else { return nil }
    let index = (distance &* UInt(header.reciprocal)) >> 32
    guard index < UInt(header.blockCount), index &* UInt(header.blockBytes) == distance else {
      return nil
    }
    return index
  }

  /// Gives block `index` back.
  /// - Returns: false if it was free already.
  @inline(__always)
  func putBlock(_ index: UInt) -> Bool {
    let word = Int(index >> 6)
    let bit = UInt64(1) << (index & 63)
    guard self[word] & bit == 0 else { return false }
    self[word] |= bit
    if word < Int(header.firstWord) { header.firstWord = UInt32(truncatingIfNeeded: word) }
    header.usedCount &-= 1
    return true
  }
}
