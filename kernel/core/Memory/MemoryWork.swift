// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A call that goes on in several entries, and remembers between them how far it is.
///
/// No entry may take long, so what a call does to many pages it does in steps: it keeps its state
/// here and is made again. Most calls need no such memory, because what they have done is all there
/// is to know: the part of a range that was unmapped is gone.
struct MemoryWork: PoolObject {
  var slot = PoolSlot<MemoryWork>()
  var kind = MemoryWorkKind.none
  /// Whose call it is: the thread, and its slot's generation.
  var thread: Ref<Thread>?
  var generation: UInt32 = 0
  /// Place in `AddressSpace.works`.
  var link = Link<MemoryWork>()
  var space: Ref<AddressSpace>?
  /// How far it is; what it counts. The meaning is each kind's own.
  var position: UInt = 0
  var limit: UInt = 0
  var count: UInt = 0
  var source: UInt = 0
  /// Moving: how much of the new place has tables, and what the mapping allows.
  var prepared: UInt = 0
  var access = PageAccess()
  /// `prepared` of a move that is being undone.
  static let failed = UInt.max
  /// The generation of the space that `kind` names, which may end before the call does.
  var targetGeneration: UInt32 = 0

  init() {}
}

enum MemoryWorkKind: BitwiseCopyable {
  case none
  /// Copying into this space; `position` is the next address.
  case fork(Ref<AddressSpace>)
  /// Emptying a range that begins at `limit`, up to `position` so far; `count` is the end of what
  /// was taken out of reach.
  case replace(in: Ref<AddressSpace>)
  /// Moving `limit` bytes of a mapping from `source` to `position`; `count` of them are there.
  case remap
  /// Bringing in the pages of the new region at `limit`; `position` is the next address.
  case populate(in: Ref<AddressSpace>)
  /// Filling a wired object; its page `position` is the next.
  case create(Ref<MemoryObject>)
  /// Taking pages of an object out of its mappings; see `Withdrawal.swift`.
  case withdraw(Ref<MemoryObject>)
  /// Marking pages of an object that its provider cannot supply; `position` is the next.
  case fail(Ref<MemoryObject>)
}

/// `MemoryWork.link`.
enum MemoryWorkRole: LinkRole {
  static func link(of element: Ref<MemoryWork>) -> Link<MemoryWork> { element.value.link }
  static func setLink(of element: Ref<MemoryWork>, _ link: Link<MemoryWork>) {
    element.value.link = link
  }
}

/// The unfinished call of `thread`, if it has one.
@inline(__always)
func unfinishedWork(of thread: Ref<Thread>) -> Ref<MemoryWork>? {
  guard let work = thread.value.work, work.value.space == thread.value.process?.value.space else {
    return nil
  }
  return work
}

/// Notes that `thread`'s call will go on in further entries.
///
/// - Throws: `outOfMemory`.
func beginWork(
  _ thread: Ref<Thread>, _ kind: MemoryWorkKind, position: UInt = 0, limit: UInt = 0
) throws(SystemError) -> Ref<MemoryWork> {
  guard let space = thread.value.process?.value.space else { throw .noProcess }
  if let other = thread.value.work { abandon(other) }
  let work = try takeObject(&kernel.memory.works)
  thread.value.work = work
  work.value.kind = kind
  work.value.thread = thread
  work.value.generation = thread.value.slot.generation
  work.value.link = Link()
  work.value.space = space
  work.value.position = position
  work.value.limit = limit
  work.value.count = 0
  work.value.source = 0
  work.value.prepared = 0
  work.value.access = PageAccess()
  switch kind {
  case .replace(let target), .populate(let target), .fork(let target):
    work.value.targetGeneration = target.value.slot.generation
  case .none, .remap, .create, .withdraw, .fail:
    work.value.targetGeneration = 0
  }
  space.value.works.append(work)
  return work
}

/// The call has come to its end. Whoever waits for it tries again.
func endWork(_ work: Ref<MemoryWork>) {
  if let space = work.value.space { space.value.works.remove(work) }
  if let thread = work.value.thread, thread.value.work == work { thread.value.work = nil }
  switch work.value.kind {
  case .none, .fork, .create:
    break
  case .replace(let space), .populate(let space):
    space.wakeWaiters()
  case .remap:
    work.value.space?.wakeWaiters()
  case .withdraw(let object):
    if object.value.closer == work { object.open() }
    object.release()
  case .fail(let object):
    object.wakeWaiters()
    object.release()
  }
  work.value.kind = .none
  kernel.memory.works.put(work)
}

/// Gives up what `thread` has not finished; called when a thread ends.
func abandonMemoryWork(of thread: Ref<Thread>) {
  while let work = unfinishedWork(of: thread) { abandon(work) }
}

/// Gives an unfinished call up and frees what it had made.
func abandon(_ work: Ref<MemoryWork>) {
  switch work.value.kind {
  case .fork(let child):
    child.discard()
  case .create(let object):
    object.release()
  case .replace(let space):
    if work.value.targetGeneration == space.value.slot.generation {
      space.unmarkBusy(work.value.limit, max(work.value.position, work.value.count))
    }
  case .remap:
    // What was moved and what was not become guards.
    if let space = work.value.space {
      space.unmarkBusy(work.value.position, work.value.position &+ work.value.limit)
      space.unmarkBusy(work.value.source, work.value.source &+ work.value.limit)
    }
  case .none, .populate, .withdraw, .fail:
    break
  }
  endWork(work)
}
