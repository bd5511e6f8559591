// SPDX-License-Identifier: MIT
internal import Architecture

/// The slots of one type of kernel object.
///
/// Grows by whole pages that it never gives back, and finds a slot by index through a directory of
/// two levels, so an index from outside can be checked and followed in constant time.
public struct Pool<T: PoolObject>: ~Copyable {
  private var firstFree: Ref<T>?
  private var directory: PageWords?
  public private(set) var slabCount = 0
  public private(set) var inUse = 0

  @inline(__always) public init() {}

  /// Bytes from one slot to the next: a power of two, so that slots do not straddle pages and an
  /// index splits by shifting.
  @inline(__always)
  static var slotBytes: Int {
    var bytes = 64
    while bytes < MemoryLayout<T>.stride { bytes &*= 2 }
    return bytes
  }

  /// Slots per page.
  @inline(__always)
  public static var slabCapacity: Int { 4096 / slotBytes }

  /// Takes a fresh object, or nil when the pool has to grow first.
  @inline(__always)
  public mutating func take() -> Ref<T>? {
    guard let object = firstFree else { return nil }
    firstFree = object.value.slot.nextFree
    object.value.slot.nextFree = nil
    object.value.slot.isInUse = true
    inUse &+= 1
    return object
  }

  /// Puts an object back. Its fields are left as they are until it is taken and set up again.
  @inline(__always)
  public mutating func put(_ object: Ref<T>) {
    assert(object.value.slot.isInUse)
    object.value.slot.isInUse = false
    object.value.slot.generation &+= 1
    object.value.slot.nextFree = firstFree
    firstFree = object
    inUse &-= 1
  }

  /// The object at `index`, if there is one in use.
  @inline(__always)
  public subscript(index: UInt32) -> Ref<T>? {
    let index = Int(index)
    let slab = index / Self.slabCapacity
    guard slab < slabCount, let directory,
      let page = PageWords(address: UInt(directory[slab >> 9])),
      let base = UInt(exactly: page[slab & 511])
    else { return nil }
    // SAFETY: slab `slab` was filled by `grow`, and the remainder lies inside it.
    let slot = unsafe UnsafeMutablePointer<T>(
      bitPattern: base &+ UInt(index % Self.slabCapacity &* Self.slotBytes))
    guard let slot = unsafe slot else { return nil }
    let object = unsafe Ref(slot: slot)
    return object.value.slot.isInUse ? object : nil
  }

  /// The object at `index` if it still is the one of `generation`.
  @inline(__always)
  public func find(index: UInt32, generation: UInt32) -> Ref<T>? {
    guard let object = self[index], object.value.slot.generation == generation else { return nil }
    return object
  }

  /// Adds one page of slots. `newPage` returns the kernel address of a page that the pool keeps for
  /// ever, or nil.
  /// - Returns: false if there was no page, or the directory (262,144 slabs) is full.
  public mutating func grow(_ newPage: () -> UInt?) -> Bool {
    if directory == nil {
      guard let page = newPage(), let words = PageWords(address: page) else { return false }
      words.clear()
      directory = words
    }
    guard let directory, slabCount < 512 * 512 else { return false }
    if directory[slabCount >> 9] == 0 {
      guard let page = newPage(), let words = PageWords(address: page) else { return false }
      words.clear()
      directory[slabCount >> 9] = UInt64(page)
    }
    guard let lower = PageWords(address: UInt(directory[slabCount >> 9])), let slab = newPage()
    else { return false }
    lower[slabCount & 511] = UInt64(slab)
    fill(slab)
    slabCount &+= 1
    return true
  }

  private mutating func fill(_ slab: UInt) {
    for position in stride(from: Self.slabCapacity - 1, through: 0, by: -1) {
      // SAFETY: the page is the pool's for ever and `position` lies inside it.
      let pointer = unsafe UnsafeMutablePointer<T>(
        bitPattern: slab &+ UInt(position &* Self.slotBytes))
      guard let pointer = unsafe pointer else { return }
      unsafe pointer.initialize(to: T())
      let object = unsafe Ref(slot: pointer)
      object.value.slot.index = UInt32(
        truncatingIfNeeded: slabCount &* Self.slabCapacity &+ position)
      object.value.slot.nextFree = firstFree
      firstFree = object
    }
  }
}
