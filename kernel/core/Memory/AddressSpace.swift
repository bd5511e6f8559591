// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A process's memory: page tables, and the regions that say what belongs in them.
///
/// A page-table entry exists only inside a region. It holds either a private page, which the frame
/// table counts and the space's account pays for, or a page of the region's memory object, which
/// the object owns. An entry that is not zero and not present keeps a page that nobody may touch
/// just now; no processor remembers such a page while the space is open.
struct AddressSpace: PoolObject {
  var slot = PoolSlot<AddressSpace>()
  /// The top-level page table.
  var root = PhysicalAddress(0)
  /// Who pays for private pages, page tables and regions.
  var account: Ref<Account>?
  /// Private pages mapped, and frames charged besides: page tables and regions.
  var privatePages: UInt64 = 0
  var tablePages: UInt64 = 0
  var regionPages: UInt64 = 0
  /// The size of all regions together.
  var mappedBytes: UInt = 0

  var regions = List<RegionOrderRole>()
  var tree: Ref<Region>?
  /// Where the last page was looked for.
  var recent: Ref<Region>?
  /// The next mapping without a fixed address goes below `placement`, which is at most the top.
  var placement: UInt = 0
  var placementTop: UInt = 0
  var generator: UInt64 = 0

  /// Set while other processors are to forget translations: whoever needs the space waits.
  var shootdown = Shootdown()
  /// Threads that wait for the space to open, or for a call that is at work on part of it.
  var waiters = ThreadQueue()
  /// Calls of this space's threads that go on in several steps.
  var works = List<MemoryWorkRole>()
  /// Page tables out of use that another processor may still walk; see `Shootdown.swift`.
  var retired: UInt32 = 0
  /// Its process has ended: it is taken apart, and no processor enters it any more.
  var isEnding = false
  var endingLink = Link<AddressSpace>()

  init() {}

  /// Nothing is mapped below this, so that small numbers used as addresses fault.
  static let lowestAddress: UInt = 0x1_0000
  /// Regions that one space may have.
  static let maximumRegions = 65_536
  /// Regions that one charged frame stands for.
  static let regionsPerPage = 16

  /// Makes an empty space: no regions, the kernel's half and the clock page.
  ///
  /// - Throws: `outOfMemory`.
  static func create(_ account: Ref<Account>?) throws(SystemError) -> Ref<AddressSpace> {
    let root = try kernel.frames.takeCleared(for: account)
    let space: Ref<AddressSpace>
    do throws(SystemError) {
      space = try takeObject(&kernel.spaces)
    } catch {
      kernel.frames.give(root, for: account)
      throw error
    }
    Machine.installKernelHalf(root: root)
    PageWords(root)[ClockMemory.rootSlot] = kernel.memory.clock.tableEntry
    space.value.root = root
    space.value.account = account
    account?.retain()
    space.value.privatePages = 0
    space.value.tablePages = 1
    space.value.regionPages = 0
    space.value.mappedBytes = 0
    space.value.regions = List()
    space.value.tree = nil
    space.value.recent = nil
    space.value.generator = randomSeed()
    space.value.placementTop = highestPlacement(space)
    space.value.placement = space.value.placementTop
    space.value.shootdown = Shootdown()
    space.value.waiters = ThreadQueue()
    space.value.works = List()
    space.value.retired = 0
    space.value.isEnding = false
    space.value.endingLink = Link()
    return space
  }

  /// A random page within 1 TiB below the end of the user half.
  private static func highestPlacement(_ space: Ref<AddressSpace>) -> UInt {
    let pages = UInt(truncatingIfNeeded: space.random() &>> 36)
    return Machine.userLimit &- 16 &* FrameTable.pageBytes &- pages &* FrameTable.pageBytes
  }

  private static func randomSeed() -> UInt64 {
    let seed = Machine.entropy() ?? Machine.now() &* 0x9E37_79B9_7F4A_7C15
    return seed == 0 ? 1 : seed
  }
}

extension Ref where T == AddressSpace {
  /// The space's own random numbers: xorshift64*.
  @inline(__always)
  func random() -> UInt64 {
    var state = value.generator
    state ^= state &>> 12
    state ^= state &<< 25
    state ^= state &>> 27
    value.generator = state
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// Frames charged to the account for this space.
  var chargedPages: UInt64 { value.privatePages &+ value.tablePages &+ value.regionPages }

  /// Lets `account` pay for the space from now on.
  ///
  /// - Throws: `outOfMemory` if it cannot; then nothing changes.
  func setAccount(_ account: Ref<Account>) throws(SystemError) {
    try account.charge(.frames, chargedPages)
    account.retain()
    releaseFrames(chargedPages, of: value.account)
    value.account?.drop()
    value.account = account
  }

  // MARK: Processors

  /// Makes this the space of the current processor.
  @inline(__always)
  func activate() {
    let processor = Machine.currentProcessor
    if kernel.processors[processor].space == self { return }
    kernel.processors[processor].space = self
    Machine.activate(root: value.root)
  }

  /// Whether the current processor uses this space.
  @inline(__always)
  var isCurrent: Bool { kernel.processors[Machine.currentProcessor].space == self }

  /// Forgets what the current processor remembers of one page.
  @inline(__always)
  func invalidate(_ page: UInt) { if isCurrent { Machine.invalidate(page: page) } }

  /// Forgets what the current processor remembers of the space.
  @inline(__always)
  func invalidateAll() { if isCurrent { Machine.invalidateAll() } }
}

/// Leaves the current processor without a user space.
func activateKernelSpace() {
  kernel.processors[Machine.currentProcessor].space = nil
  Machine.activate(root: Machine.kernelRoot)
}
