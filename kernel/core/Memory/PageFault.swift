// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// What a page fault came to.
enum FaultResult {
  /// The program can make the access again.
  case resolved
  /// The thread waits for the page.
  case parked
  /// The access is not allowed. `kind` as in `ExceptionRecord`.
  case violation(kind: UInt32)
}

/// Kinds of memory faults in `ExceptionRecord`.
enum FaultKind {
  static let pageFault: UInt32 = 14
  static let memoryLimit: UInt32 = 65
  static let notSupplied: UInt32 = 66
}

/// Brings in the page that `thread` touched, if it may touch it that way.
func handlePageFault(
  _ thread: Ref<Thread>, _ address: UInt, _ access: PageAccess, _ isPresent: Bool
) -> FaultResult {
  guard let space = thread.value.process?.value.space else {
    return .violation(kind: FaultKind.pageFault)
  }
  do throws(SystemError) {
    _ = try space.bringIn(address, access, .access(thread))
    return .resolved
  } catch {
    switch error {
    case .restart: return thread.value.state == .waiting ? .parked : .resolved
    case .outOfMemory: return .violation(kind: FaultKind.memoryLimit)
    case .inputOutput, .deadlock, .gone, .noDevice:
      return .violation(kind: FaultKind.notSupplied)
    default: return .violation(kind: FaultKind.pageFault)
    }
  }
}

extension Ref where T == AddressSpace {
  /// Makes the page at `address` present for `access`, as a touch of it does.
  ///
  /// - Returns: its entry.
  /// - Throws: `badAddress` if the region does not allow it, `outOfMemory` beyond the account's limit,
  ///   `inputOutput` beyond the object's end or if the provider failed, `restart` if the waiter has
  ///   been parked.
  @inline(never)
  func bringIn(
    _ address: UInt, _ access: PageAccess, _ waiter: Waiter
  ) throws(SystemError) -> Machine.Entry {
    try checkOpen(waiter)
    guard let region = region(at: address) else { throw .badAddress }
    guard region.value.access.isSuperset(of: access) else { throw try refuse(region, waiter) }
    let page = address & ~4095
    let table = try makeLeaf(page)
    let index = tableIndex(page, 0)
    let word = LeafWord(table[index])
    guard word.isEmpty else {
      return try raise(word, table, index, page, region, access, waiter)
    }
    guard let object = region.value.object else {
      let frame = try kernel.frames.takeCleared(for: value.account)
      value.privatePages &+= 1
      var entry = Machine.Entry(page: frame, access: region.value.access, kind: .normal)
      entry.isPrivate = true
      table[index] = entry.rawValue
      return entry
    }
    return try bringInObjectPage(object, table, index, page, region, access, waiter)
  }

  /// An access that the region does not allow; or not while a call is at work on it.
  private func refuse(
    _ region: Ref<Region>, _ waiter: Waiter
  ) throws(SystemError) -> SystemError {
    if region.value.flags.contains(.busy) { try waiter.wait(for: self) }
    return .badAddress
  }

  /// Maps a page of an object for the first time.
  @inline(never)
  private func bringInObjectPage(
    _ object: Ref<MemoryObject>, _ table: PageWords, _ index: Int, _ page: UInt,
    _ region: Ref<Region>, _ access: PageAccess, _ waiter: Waiter
  ) throws(SystemError) -> Machine.Entry {
    let number = region.objectPage(at: page)
    let frame = try object.bringIn(number, waiter)
    if access.contains(.write), !region.value.flags.contains(.shared) {
      try chargeFrames(1, to: value.account)
      guard let copy = copyFrame(frame) else {
        releaseFrames(1, of: value.account)
        throw .outOfMemory
      }
      value.privatePages &+= 1
      region.value.flags.remove(.neverCopied)
      table[index] = copy.entry(region.value.access).rawValue
      return Machine.Entry(rawValue: table[index])
    }
    let granted = self.access(to: object, number, in: region, for: access)
    let entry = Machine.Entry(page: frame, access: granted, kind: object.value.kind)
    table[index] = entry.rawValue
    return entry
  }

  /// What an entry for an object's page may allow: no writing to what is copied on write, nor to
  /// what has to be marked as changed first, unless it is marked now.
  @inline(__always)
  private func access(
    to object: Ref<MemoryObject>, _ number: UInt64, in region: Ref<Region>, for access: PageAccess
  ) -> PageAccess {
    var granted = region.value.access
    guard granted.contains(.write) else { return granted }
    if !region.value.flags.contains(.shared) {
      granted.remove(.write)
    } else if object.tracksChanges {
      if access.contains(.write), let place = object.place(of: number) {
        object.markDirty(place)
      } else {
        granted.remove(.write)
      }
    }
    return granted
  }

  /// Allows more of a page that is mapped, or was kept out of reach: copies on write, marks as
  /// changed, or finds that the processor's memory of the page was old.
  @inline(never)
  private func raise(
    _ word: LeafWord, _ table: PageWords, _ index: Int, _ page: UInt, _ region: Ref<Region>,
    _ access: PageAccess, _ waiter: Waiter
  ) throws(SystemError) -> Machine.Entry {
    if word.isPresent, word.entry.access.isSuperset(of: access) {
      invalidate(page)
      return word.entry
    }
    let frame = word.address
    if word.isPrivate {
      return try raisePrivate(word, frame, table, index, page, region, access, waiter)
    }
    guard let object = region.value.object else { throw .badAddress }
    let number = region.objectPage(at: page)
    if object.isClosed(number) { try object.waitUntilOpen(waiter) }
    if !region.value.flags.contains(.shared), region.value.access.contains(.write),
      access.contains(.write) || (word.isParked && otherProcessors != 0)
    {
      try detach(word, table, index, page, waiter)
      try chargeFrames(1, to: value.account)
      guard let copy = copyFrame(frame) else {
        releaseFrames(1, of: value.account)
        throw .outOfMemory
      }
      value.privatePages &+= 1
      region.value.flags.remove(.neverCopied)
      return set(copy.entry(region.value.access), table, index, page)
    }
    let granted = self.access(to: object, number, in: region, for: access)
    let entry = Machine.Entry(page: frame, access: granted, kind: object.value.kind)
    return set(entry, table, index, page)
  }

  @inline(__always)
  private func raisePrivate(
    _ word: LeafWord, _ frame: PhysicalAddress, _ table: PageWords, _ index: Int, _ page: UInt,
    _ region: Ref<Region>, _ access: PageAccess, _ waiter: Waiter
  ) throws(SystemError) -> Machine.Entry {
    var granted = region.value.access
    if kernel.frames.isShared(frame), granted.contains(.write) {
      // A page that was taken out of reach is copied at the first touch, even a read: otherwise
      // readers could keep bringing it back before the writer that took it out gets its copy.
      if access.contains(.write) || (word.isParked && otherProcessors != 0) {
        try detach(word, table, index, page, waiter)
        guard let copy = copyFrame(frame) else { throw .outOfMemory }
        _ = kernel.frames.dropReference(frame, value.account)
        return set(copy.entry(granted), table, index, page)
      }
      granted.remove(.write)
    }
    return set(PrivatePage(address: frame).entry(granted), table, index, page)
  }

  /// Makes sure that no other processor remembers a page that is about to be replaced.
  @inline(__always)
  private func detach(
    _ word: LeafWord, _ table: PageWords, _ index: Int, _ page: UInt, _ waiter: Waiter
  ) throws(SystemError) {
    guard word.isPresent else { return }
    let others = otherProcessors
    guard others != 0 else { return }
    table[index] = ParkedEntry(word.entry).rawValue
    invalidate(page)
    try close(until: others, waiter)
  }

  @inline(__always)
  private func set(
    _ entry: Machine.Entry, _ table: PageWords, _ index: Int, _ page: UInt
  ) -> Machine.Entry {
    table[index] = entry.rawValue
    invalidate(page)
    return entry
  }
}

/// A frame that one address space maps as its own.
struct PrivatePage {
  let address: PhysicalAddress

  @inline(__always)
  func entry(_ access: PageAccess) -> Machine.Entry {
    var entry = Machine.Entry(page: address, access: access, kind: .normal)
    entry.isPrivate = true
    return entry
  }
}

/// A new frame with the content of another, charged to nobody.
@inline(__always)
func copyFrame(_ source: PhysicalAddress) -> PrivatePage? {
  guard let frame = kernel.frames.takeUncharged() else { return nil }
  let page = FrameTable.address(of: frame)
  Machine.copy(
    to: page.kernelAddress, from: source.kernelAddress, count: Int(FrameTable.pageBytes))
  return PrivatePage(address: page)
}

extension FrameTable {
  /// Whether more than one address space maps a private frame.
  @inline(__always)
  func isShared(_ address: PhysicalAddress) -> Bool {
    info[Int(truncatingIfNeeded: address.rawValue &>> 12)].references > 1
  }
}
