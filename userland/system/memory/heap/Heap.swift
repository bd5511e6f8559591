// SPDX-License-Identifier: MIT

/// Memory in blocks of any size.
///
/// Small blocks (`SizeClasses`) share slabs of 64 KiB; a larger one has a mapping of its own, which
/// goes back to the source when it is freed. The header of any block is found at the last multiple
/// of 64 KiB before it, and marked with a secret, so that an address that is no block of this heap,
/// and a block freed twice, are told from others. Not safe against several threads: its owner locks
/// it.
///
/// Costs: a small block takes about 80 instructions to make and 70 to free.
@safe
public struct Heap<Source: PageSource & ~Copyable>: ~Copyable {
  /// For each size the first slab with a free block, or zero.
  private var partial = InlineArray<39, UInt>(repeating: 0)
  /// Slabs without a used block, for any size: a list through their first word.
  private var emptySlabs: UInt = 0
  private var emptyCount = 0
  /// Slabs that were never touched, and so take no memory yet.
  private var freshSlabs: UInt = 0
  private var freshCount = 0
  private var slabCount = 0
  private let secret: UInt
  public var source: Source
  /// Bytes in use, with what rounding adds.
  public private(set) var usedBytes = 0

  /// - Parameter secret: a random number that nobody else knows, for telling headers from other
  ///   data.
  public init(_ source: consuming Source, secret: UInt) {
    self.source = source
    self.secret = secret
  }

  /// How many slabs to map at a time: a quarter of what there is, at least 4, at most 64.
  private var growth: Int { min(64, max(4, slabCount / 4)) }

  /// Makes a block of `byteCount` bytes at a multiple of `alignment`, a power of two.
  /// - Returns: its address; `nil` if no memory is left.
  @inline(__always)
  public mutating func allocate(_ byteCount: Int, alignment: Int) -> UInt? {
    guard
      let sizeClass = SizeClasses.index(holding: max(byteCount, 1), alignedTo: alignment)
    else { return allocateLarge(byteCount, alignment: alignment) }
    var address = partial[sizeClass]
    if address == 0 {
      guard let made = makeSlab(sizeClass) else { return nil }
      address = made
    }
    // SAFETY: slabs in the list are this heap's, and the heap is locked.
    let slab = unsafe Slab(at: address)
    let block = slab.takeBlock()
    let size = slab.header.blockBytes
    if slab.header.usedCount == slab.header.blockCount { partial[sizeClass] = unlink(slab) }
    usedBytes &+= Int(size)
    return block
  }

  /// Frees the block at `block`.
  /// - Returns: false if no block in use begins there: the program is broken.
  @inline(__always)
  public mutating func deallocate(_ block: UInt) -> Bool {
    let header = headerAddress(of: block)
    // SAFETY: whatever begins at `header` is only compared until its mark is right.
    let slab = unsafe Slab(at: header)
    guard slab.header.mark == header ^ secret else { return deallocateLarge(block) }
    guard let index = slab.index(of: block), slab.putBlock(index) else { return false }
    usedBytes &-= Int(slab.header.blockBytes)
    let used = slab.header.usedCount
    if used &+ 1 == slab.header.blockCount { link(slab) }
    if used == 0 { retire(slab) }
    return true
  }

  /// How many bytes the block at `block` really has; `nil` if there is none.
  public func usableBytes(_ block: UInt) -> Int? {
    let header = headerAddress(of: block)
    // SAFETY: as in `deallocate`.
    let slab = unsafe Slab(at: header)
    if slab.header.mark == header ^ secret {
      return slab.index(of: block) == nil ? nil : Int(slab.header.blockBytes)
    }
    guard let large = largeHeader(of: block) else { return nil }
    return large.usableBytes
  }

  /// The only place where the header of `block` can be.
  @inline(__always)
  private func headerAddress(of block: UInt) -> UInt { (block &- 1) & ~(Slab.byteCount &- 1) }
}

// MARK: Slabs

extension Heap where Source: ~Copyable {
  /// A slab for `sizeClass`, in its list.
  @inline(never)
  private mutating func makeSlab(_ sizeClass: Int) -> UInt? {
    guard let address = takeEmptySlab() else { return nil }
    // SAFETY: the slab is in no list, so it is the heap's alone.
    _ = unsafe Slab(making: address, sizeClass: sizeClass, secret: secret)
    partial[sizeClass] = address
    return address
  }

  private mutating func takeEmptySlab() -> UInt? {
    if emptySlabs != 0 {
      let address = emptySlabs
      // SAFETY: the list goes through slabs that are the heap's and hold nothing else.
      emptySlabs = unsafe load(address)
      emptyCount &-= 1
      return address
    }
    if freshCount == 0 {
      guard mapSlabs(growth) || mapSlabs(1) else { return nil }
    }
    let address = freshSlabs
    freshSlabs &+= Slab.byteCount
    freshCount &-= 1
    return address
  }

  private mutating func mapSlabs(_ count: Int) -> Bool {
    guard let start = source.map(count &* Int(Slab.byteCount)) else { return false }
    freshSlabs = start
    freshCount = count
    slabCount &+= count
    return true
  }

  private mutating func unmapSlab(_ address: UInt) {
    slabCount &-= 1
    source.unmap(address, Int(Slab.byteCount))
  }

  private mutating func link(_ slab: Slab) {
    let sizeClass = Int(slab.header.sizeClass)
    let first = partial[sizeClass]
    slab.header.next = first
    slab.header.previous = 0
    // SAFETY: slabs in the list are this heap's.
    if first != 0 { unsafe Slab(at: first).header.previous = slab.address }
    partial[sizeClass] = slab.address
  }

  /// Takes `slab` out of its list.
  /// - Returns: what the first of the list is now.
  private mutating func unlink(_ slab: Slab) -> UInt {
    let header = slab.header
    // SAFETY: slabs in the list are this heap's.
    if header.next != 0 { unsafe Slab(at: header.next).header.previous = header.previous }
    if header.previous == 0 { return header.next }
    unsafe Slab(at: header.previous).header.next = header.next
    return partial[Int(header.sizeClass)]
  }

  /// A slab without used blocks becomes free for any size; when many are, it goes back to the
  /// source. The last one of its size is kept, so that a program at the edge does not make it again
  /// and again.
  private mutating func retire(_ slab: Slab) {
    let sizeClass = Int(slab.header.sizeClass)
    if slab.header.next == 0, slab.header.previous == 0 { return }
    partial[sizeClass] = unlink(slab)
    let limit = max(16, slabCount / 4)
    if emptyCount >= limit {
      unmapSlab(slab.address)
      // The limit falls with the slabs that go, so another one may be too many now.
      if emptyCount > limit, let other = takeEmptySlab() { unmapSlab(other) }
      return
    }
    // SAFETY: as in `takeEmptySlab`. This also takes the slab's mark away.
    unsafe store(emptySlabs, at: slab.address)
    emptySlabs = slab.address
    emptyCount &+= 1
  }
}

// MARK: Large blocks

extension Heap where Source: ~Copyable {
  private func largeMark(_ header: UInt) -> UInt { ~header ^ secret }

  private func largeHeader(of block: UInt) -> LargeHeader? {
    let place = headerAddress(of: block)
    // SAFETY: the words there are compared before they are believed.
    let header = unsafe UnsafePointer<LargeHeader>(bitPattern: place).unsafelyUnwrapped.pointee
    return header.mark == largeMark(place) && header.block == block ? header : nil
  }

  private func writeHeader(_ layout: LargeLayout, mapping: UInt) {
    let place = mapping &+ layout.header
    // SAFETY: the page of the header is part of the mapping and before the block.
    unsafe UnsafeMutablePointer<LargeHeader>(bitPattern: place).unsafelyUnwrapped.pointee =
      LargeHeader(
        mark: largeMark(place), mapping: mapping, mappedBytes: UInt(layout.mappedBytes),
        block: mapping &+ layout.block)
  }

  @inline(never)
  private mutating func allocateLarge(_ byteCount: Int, alignment: Int) -> UInt? {
    guard let wanted = LargeLayout(byteCount: byteCount, alignment: alignment),
      let mapping = source.map(wanted.mappedBytes),
      let layout = LargeLayout(byteCount: byteCount, alignment: alignment, mapping: mapping)
    else { return nil }
    writeHeader(layout, mapping: mapping)
    usedBytes &+= layout.mappedBytes
    return mapping &+ layout.block
  }

  @inline(never)
  private mutating func deallocateLarge(_ block: UInt) -> Bool {
    guard let header = largeHeader(of: block) else { return false }
    usedBytes &-= Int(header.mappedBytes)
    // SAFETY: the header is there. A second free finds no mark, if it finds memory at all.
    unsafe store(0, at: headerAddress(of: block))
    source.unmap(header.mapping, Int(header.mappedBytes))
    return true
  }

  /// Makes a block larger or smaller without copying it, if that is possible.
  /// - Returns: where it is now; `nil` if it has to be copied to a new block.
  @inline(never)
  public mutating func resize(_ block: UInt, to byteCount: Int) -> UInt? {
    guard let usable = usableBytes(block) else { return nil }
    guard let header = largeHeader(of: block) else { return byteCount <= usable ? block : nil }
    // Only the plain layout can move: another alignment would not survive it.
    guard header.block == header.mapping &+ 4096,
      let layout = LargeLayout(byteCount: byteCount, alignment: 16)
    else { return byteCount <= usable ? block : nil }
    let old = Int(header.mappedBytes)
    if layout.mappedBytes == old { return block }
    guard
      let mapping = source.resize(header.mapping, from: old, to: layout.mappedBytes)
    else { return byteCount <= usable ? block : nil }
    usedBytes &+= layout.mappedBytes &- old
    writeHeader(layout, mapping: mapping)
    return mapping &+ layout.block
  }
}

/// - Safety: a word of the heap's own lies at `address`.
@unsafe
private func load(_ address: UInt) -> UInt {
  unsafe UnsafePointer<UInt>(bitPattern: address).unsafelyUnwrapped.pointee
}

/// - Safety: as `load`.
@unsafe
private func store(_ value: UInt, at address: UInt) {
  unsafe UnsafeMutablePointer<UInt>(bitPattern: address).unsafelyUnwrapped.pointee = value
}
