// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

// From something that happened on a description to the queues that watch it.

/// Events that are reported whether or not they were asked for.
private let alwaysReported: EventSet = .hangUp | .error | .restarted

/// Tells watchers of `description` what has become possible.
///
/// For what the kernel serves, called when something becomes possible that was not. For a file of a
/// user scheme `events` is all that is possible now, as its server says, and replaces what it said
/// before; `restarted` is an event on top of that, after which the server is asked again.
@inline(__always)
func notify(_ description: Ref<Description>, _ events: EventSet) {
  if description.value.watches.isEmpty { return }
  notifyWatches(description, events)
}

@inline(never)
private func notifyWatches(_ description: Ref<Description>, _ events: EventSet) {
  let isTold = !isAskable(description)
  var next = description.value.watches.first
  while let watch = next {
    next = description.value.watches.next(after: watch)
    if let queue = watch.value.queue, queue.isClosed {
      watch.unlink()
      continue
    }
    fire(watch, isTold ? tell(watch, events) : events)
  }
}

/// Records what a server said.
/// - Returns: what is possible now and was not before.
private func tell(_ watch: Ref<Watch>, _ events: EventSet) -> EventSet {
  if events.contains(.restarted) {
    // What the old server said may no longer be true, so everyone looks once.
    let interest = watch.value.interest.subtracting(.edge)
    watch.value.told = EventSet()
    return interest.union(.restarted)
  }
  let before = watch.value.told
  watch.value.told = events
  watch.value.fired.formIntersection(events.union(.restarted))
  return events.subtracting(before)
}

/// Moves a watch to its queue's ready list if it is interested in any of `events`.
func fire(_ watch: Ref<Watch>, _ events: EventSet) {
  let wanted = events.intersection(watch.value.interest.union(alwaysReported)).subtracting(.edge)
  guard !wanted.isEmpty, let queue = watch.value.queue, !queue.isClosed else { return }
  watch.value.fired.formUnion(wanted)
  markReady(watch, in: queue)
}

private func markReady(_ watch: Ref<Watch>, in queue: Ref<EventQueue>) {
  if !watch.value.isReady {
    watch.value.isReady = true
    queue.value.ready.append(watch)
  }
  // One waiter is enough: it wakes the next if it leaves something.
  if let waiter = queue.value.waiters.popFirst() { wakeRestarting(waiter) }
  // A queue can be watched, but only by queues that nobody watches: this goes one level deep.
  if let own = queue.value.description { notify(own, .readable) }
}

/// Whether the kernel itself can say what is possible on a description.
func isAskable(_ description: Ref<Description>) -> Bool {
  switch description.value.kind {
  case .pipe, .events, .kernel, .server, .process, .thread: true
  case .file, .unused, .opening, .schemeManagement, .memory, .account, .namespace: false
  }
}

/// What is possible on a description that the kernel serves.
func readiness(of description: Ref<Description>) -> EventSet {
  switch description.value.kind {
  case .pipe(let pipe, let isWriter):
    return pipe.readiness(isWriter: isWriter)
  case .events(let queue):
    return hasEvents(queue) ? .readable | .writable : .writable
  case .kernel(let file):
    return readiness(of: file)
  case .server(let server):
    return server.hasWork ? .readable : EventSet()
  case .process(let process):
    return process.value.state == .ended ? .readable : EventSet()
  case .thread(let thread):
    return thread.value.state == .ended ? .readable : EventSet()
  case .file, .unused, .opening, .schemeManagement, .memory, .account, .namespace:
    return EventSet()
  }
}

// MARK: What queues collect

/// What a watch in the ready list has to report; empty if its condition has gone away.
private func pendingEvents(of watch: Ref<Watch>) -> EventSet {
  guard let description = watch.value.description else { return EventSet() }
  let interest = watch.value.interest.union(alwaysReported)
  let possible = isAskable(description) ? readiness(of: description) : watch.value.told
  let lasting = possible.intersection(interest).subtracting(.edge)
  if watch.value.interest.contains(.edge) {
    return isAskable(description) ? watch.value.fired.intersection(lasting) : watch.value.fired
  }
  // What was told once and is no state of the server's is reported once.
  return isAskable(description) ? lasting : lasting.union(watch.value.fired)
}

/// Takes a watch off the ready list.
private func calm(_ watch: Ref<Watch>, in queue: Ref<EventQueue>) {
  queue.value.ready.remove(watch)
  watch.value.isReady = false
  watch.value.fired = EventSet()
}

/// Whether a queue has anything to report. Looks at no more than 16 watches whose conditions have
/// gone away; beyond that it errs on the side of waking its watcher.
func hasEvents(_ queue: Ref<EventQueue>) -> Bool {
  var left = 16
  while let watch = queue.value.ready.first {
    if left == 0 || !pendingEvents(of: watch).isEmpty { return true }
    calm(watch, in: queue)
    left &-= 1
  }
  return false
}

/// The most records that one call gives.
let eventBatch = 32

/// Writes up to `limit` records of what is possible to `records`, without changing what will be
/// reported next time: `acknowledgeEvents` does, once the caller has them.
func collectEvents(
  _ queue: Ref<EventQueue>, _ records: PageOf<EventRecord>, _ limit: Int
) -> Int {
  var count = 0
  var visited = 0
  var next = queue.value.ready.first
  while let watch = next, count < limit, visited < 4 &* eventBatch {
    next = queue.value.ready.next(after: watch)
    visited &+= 1
    let events = pendingEvents(of: watch)
    if events.isEmpty {
      calm(watch, in: queue)
      continue
    }
    var record = EventRecord()
    record.handle = watch.value.handle
    record.events = events.rawValue
    record.data = watch.value.data
    records[count] = record
    count &+= 1
  }
  return count
}

/// The first `count` watches of the ready list have been reported: edges are spent, lasting
/// conditions go to the end of the list, so that every handle has its turn.
func acknowledgeEvents(_ queue: Ref<EventQueue>, _ count: Int) {
  var left = count
  while left > 0, let watch = queue.value.ready.first {
    left &-= 1
    calm(watch, in: queue)
    if !watch.value.interest.contains(.edge), !pendingEvents(of: watch).isEmpty {
      watch.value.isReady = true
      queue.value.ready.append(watch)
    }
  }
}
