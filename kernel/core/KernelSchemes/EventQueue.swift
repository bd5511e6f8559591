// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

/// A queue of events on many handles.
///
/// Each interest is a `Watch`, linked to the queue and to the description it is about. When
/// something becomes possible on a description, `notify` moves its watches to the ready lists of
/// their queues; `WaitEvents` looks again what is possible and reports it. So news is never lost
/// and a queue never overflows: it holds conditions, not messages.
struct EventQueue: PoolObject {
  var slot = PoolSlot<EventQueue>()
  /// The queue's own description, for queues that watch this one; nil once closed.
  var description: Ref<Description>?
  /// Pays for the watches.
  var account: Ref<Account>?
  var watches = List<QueueWatchRole>()
  /// Watches with something to report, perhaps.
  var ready = List<ReadyWatchRole>()
  var waiters = ThreadQueue()
  /// Some watch is, or was, about another queue: then nobody may watch this one.
  var watchesQueues = false
  init() {}
}

/// One interest of a queue in one handle.
struct Watch: PoolObject {
  var slot = PoolSlot<Watch>()
  var queue: Ref<EventQueue>?
  var description: Ref<Description>?
  /// The handle through which it was registered, and the number of the process that did.
  var handle: UInt32 = 0
  var process: UInt32 = 0
  var interest = EventSet()
  /// The watcher's own word.
  var data: UInt64 = 0
  /// For what the kernel cannot ask (user schemes): what it was last told is possible.
  var told = EventSet()
  /// Changes not reported yet: all there is for an edge watch.
  var fired = EventSet()
  var isReady = false
  var descriptionLink = Link<Watch>()
  var queueLink = Link<Watch>()
  var readyLink = Link<Watch>()
  init() {}

  /// Queues that may watch one description; one of those of which many are told at once; and one
  /// queue. `notify` takes as many steps as the first and the last multiplied.
  static let descriptionLimit = 16
  static let sharedLimit = 4
  static let queueLimit = 2
}

/// `Watch.descriptionLink`: `Description.watches`.
enum DescriptionWatchRole: LinkRole {
  static func link(of element: Ref<Watch>) -> Link<Watch> { element.value.descriptionLink }
  static func setLink(of element: Ref<Watch>, _ link: Link<Watch>) {
    element.value.descriptionLink = link
  }
}

/// `Watch.queueLink`: `EventQueue.watches`.
enum QueueWatchRole: LinkRole {
  static func link(of element: Ref<Watch>) -> Link<Watch> { element.value.queueLink }
  static func setLink(of element: Ref<Watch>, _ link: Link<Watch>) {
    element.value.queueLink = link
  }
}

/// `Watch.readyLink`: `EventQueue.ready`.
enum ReadyWatchRole: LinkRole {
  static func link(of element: Ref<Watch>) -> Link<Watch> { element.value.readyLink }
  static func setLink(of element: Ref<Watch>, _ link: Link<Watch>) {
    element.value.readyLink = link
  }
}

func makeEventQueue(
  _ flags: OpenFlags, _ account: Ref<Account>?
) throws(SystemError) -> Ref<Description> {
  let queue = try takeObject(&kernel.eventQueues)
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.events(queue), account)
  } catch {
    kernel.eventQueues.put(queue)
    throw error
  }
  description.value.isStream = true
  description.value.openFlags = flags.intersection(.nonBlocking)
  queue.value.description = description
  queue.value.account = account
  account?.retain()
  queue.value.watches = List()
  queue.value.ready = List()
  queue.value.waiters = ThreadQueue()
  queue.value.watchesQueues = false
  return description
}

/// The last handle of a queue closed. Its watches are leftovers from now on, paid by nobody: those
/// that are met at their descriptions before `finishClosing` comes to them are removed there.
func closeEventQueue(_ queue: Ref<EventQueue>) {
  queue.value.description = nil
  queue.value.account?.release(.handles, UInt64(queue.value.watches.count))
  queue.value.account?.drop()
  queue.value.account = nil
}

extension Ref where T == EventQueue {
  /// Takes a thread that waits for events out of the queue.
  func removeWaiter(_ thread: Ref<Thread>) { value.waiters.remove(thread) }

  var isClosed: Bool { value.description == nil }
}

extension Ref where T == Watch {
  /// Takes a watch out of all its lists and frees it.
  func unlink() {
    value.description?.value.watches.remove(self)
    value.description = nil
    guard let queue = value.queue else { return }
    if value.isReady { queue.value.ready.remove(self) }
    value.isReady = false
    queue.value.watches.remove(self)
    value.queue = nil
    kernel.watches.put(self)
  }
}
