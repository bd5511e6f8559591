// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Memory that can be shared: a row of pages behind a handle.
struct MemoryObject: PoolObject {
  var slot = PoolSlot<MemoryObject>()
  /// Descriptions, regions, server sessions and calls at work that use it.
  var references: UInt32 = 0
  var source = PageSource.zero
  /// Pages are there from the start and stay.
  var isWired = false
  /// How processors treat the pages.
  var kind = MemoryKind.normal
  /// Bytes.
  var length: UInt64 = 0
  /// Who pays for pages and nodes.
  var account: Ref<Account>?
  var seals = MemorySeals()

  // Where the pages are: see `MemoryObject+Pages.swift`.
  var root = PhysicalAddress(0)
  /// Levels of nodes; zero while there is none.
  var height: UInt8 = 0
  var residentPages: UInt64 = 0
  var dirtyPages: UInt64 = 0

  /// The regions that map it, and how many of them write through to it.
  var mappings = List<MappingRole>()
  var writableMappings: UInt32 = 0
  /// Threads that wait for pages, or for a withdrawal to end.
  var waiters = ThreadQueue()

  // A withdrawal or cleaning under way: pages of this range are not brought in meanwhile.
  var closer: Ref<MemoryWork>?
  var closedStart: UInt64 = 0
  var closedEnd: UInt64 = 0
  /// The next region to visit, and the address to go on from in it.
  var cursor: Ref<Region>?
  var cursorAddress: UInt = 0

  // Provided objects.
  /// The provider's own word.
  var word: UInt64 = 0

  /// Threads at the head of `waiters` that are to be woken.
  var wakes = 0
  var wakingLink = Link<MemoryObject>()
  var endingLink = Link<MemoryObject>()

  init() {}

  /// The most bytes an object may have: four levels of nodes.
  static let maximumLength: UInt64 = 1 << 48
  static let maximumContiguousLength: UInt64 = 4 << 20
}

/// Where an object's pages come from.
enum PageSource: BitwiseCopyable {
  /// Pages are zeroed when they are first touched.
  case zero
  /// A scheme supplies them when they are touched.
  case provided(Ref<Scheme>)
  /// Frames side by side that belong to the object.
  case contiguous(PhysicalAddress)
  /// Memory with the loader's content, or a device's: never the object's to free.
  case physical(PhysicalAddress)
}

extension MemoryObject {
  /// Makes an object without pages, with one reference.
  ///
  /// - Throws: `invalidArgument` for a length of zero or beyond `maximumLength`, `outOfMemory`.
  static func create(
    _ source: PageSource, length: UInt64, account: Ref<Account>?
  ) throws(SystemError) -> Ref<MemoryObject> {
    guard length > 0, length <= maximumLength else { throw .invalidArgument }
    let object = try takeObject(&kernel.memoryObjects)
    object.value.references = 1
    object.value.source = source
    object.value.isWired = false
    object.value.kind = .normal
    object.value.length = length
    object.value.account = account
    account?.retain()
    object.value.seals = MemorySeals()
    object.value.root = PhysicalAddress(0)
    object.value.height = 0
    object.value.residentPages = 0
    object.value.dirtyPages = 0
    object.value.mappings = List()
    object.value.writableMappings = 0
    object.value.waiters = ThreadQueue()
    object.value.closer = nil
    object.value.closedStart = 0
    object.value.closedEnd = 0
    object.value.cursor = nil
    object.value.word = 0
    object.value.wakes = 0
    object.value.wakingLink = Link()
    object.value.endingLink = Link()
    return object
  }

  /// An object over memory that is there already: the initrd, or a device.
  static func create(
    over region: MemoryRegion, _ kind: MemoryKind, account: Ref<Account>?
  ) throws(SystemError) -> Ref<MemoryObject> {
    let object = try create(.physical(region.start), length: region.byteCount, account: account)
    object.value.isWired = true
    object.value.kind = kind
    return object
  }
}

extension Ref where T == MemoryObject {
  /// Whether the kernel can read and write the pages, as it cannot a device's.
  var isOrdinaryMemory: Bool {
    guard case .physical(let start) = value.source else { return true }
    let last = PhysicalAddress(start.rawValue &+ UInt64(max(pageCount, 1) &- 1) &<< 12)
    return kernel.frames.frame(at: start) != nil && kernel.frames.frame(at: last) != nil
  }

  @inline(__always)
  func retain() { value.references &+= 1 }

  /// Gives one reference up; the last one frees the pages, at once if they are few.
  @inline(__always)
  func release() {
    value.references &-= 1
    if value.references == 0 { end() }
  }

  @inline(__always)
  var isWired: Bool { value.isWired }

  /// Whole pages that hold `length` bytes.
  @inline(__always)
  var pageCount: Int { Int(truncatingIfNeeded: (value.length &+ 4095) &>> 12) }

  /// Whether a page asked for must first be marked as changed to be written.
  @inline(__always)
  var tracksChanges: Bool {
    if case .provided = value.source { return true }
    return false
  }

  @inline(never)
  private func end() {
    assert(value.mappings.isEmpty && value.closer == nil)
    // The list of ending objects is worked off a step per entry; most need no second step.
    kernel.memory.backlog.endingObjects.prepend(self)
    kernel.memory.backlog.isEmpty = false
    freeSomePages()
  }

  /// Frees part of an object that nobody uses any more, and with the last part the object.
  func freeSomePages() {
    // Those who wait for its pages have lost the mapping, as they will find out.
    if !value.waiters.isEmpty { wakeWaitersLater() }
    if value.wakingLink.isLinked { return }
    if case .contiguous(let start) = value.source {
      guard freeContiguous(start) else { return }
    } else {
      while value.height != 0 {
        guard kernel.memory.backlog.freeablePages > 0 else { return }
        freeFirstLeaf()
      }
    }
    kernel.memory.backlog.endingObjects.remove(self)
    value.account?.drop()
    value.account = nil
    if case .provided(let scheme) = value.source { scheme.dropReference() }
    value.source = .zero
    kernel.memoryObjects.put(self)
  }

  // MARK: Mappings

  func addMapping(_ region: Ref<Region>) {
    retain()
    value.mappings.append(region)
    if region.isSharedWritable { value.writableMappings &+= 1 }
  }

  func removeMapping(_ region: Ref<Region>) {
    if value.cursor == region {
      value.cursor = value.mappings.next(after: region)
      value.cursorAddress = 0
    }
    if region.isSharedWritable { value.writableMappings &-= 1 }
    value.mappings.remove(region)
    release()
  }

  // MARK: Ranges that are being withdrawn

  /// Closes a range of pages for `work`: faults on them wait. One range at a time.
  func close(_ pages: Range<UInt64>, for work: Ref<MemoryWork>) {
    value.closer = work
    value.closedStart = pages.lowerBound
    value.closedEnd = pages.upperBound
    value.cursor = value.mappings.first
    value.cursorAddress = 0
  }

  func open() {
    value.closer = nil
    value.closedStart = 0
    value.closedEnd = 0
    value.cursor = nil
    wakeWaiters()
  }

  /// Lets everyone who waits for pages now try again, at this and coming entries.
  func wakeWaiters() {
    wakeWaitersLater()
    wakeMore()
  }

  /// As above, at coming entries: this one may do it for many objects.
  func wakeWaitersLater() {
    value.wakes = value.waiters.count
    if !value.wakingLink.isLinked { kernel.memory.backlog.objects.append(self) }
    kernel.memory.backlog.isEmpty = false
  }

  /// Wakes some of those that are to be woken, and leaves the backlog with the last.
  func wakeMore() {
    var left = Effort.wakes
    while value.wakes > 0, let thread = value.waiters.popFirst() {
      value.wakes &-= 1
      resumeAfterFault(thread)
      left &-= 1
      if left == 0 { return }
    }
    value.wakes = 0
    kernel.memory.backlog.objects.remove(self)
  }
}
