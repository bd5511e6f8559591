// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

// Adding, changing and removing a queue's interests.

/// Applies one record that a program wrote to its queue.
func register(
  _ record: EventRecord, in queue: Ref<EventQueue>, _ thread: Ref<Thread>
) throws(SystemError) {
  guard let process = thread.value.process else { throw .noProcess }
  let events = try EventSet(word: UInt(record.events))
  let entry = try lookUpEntry(Handle(rawValue: record.handle), thread)
  guard let description = entry.description else { throw .badHandle }
  let existing = find(queue, description, record.handle)
  if events.isEmpty {
    guard let existing else { throw .notFound }
    remove(existing)
    return
  }
  guard entry.rights.contains(.wait) else { throw .accessDenied }
  if let existing {
    existing.value.interest = events
    existing.value.data = record.data
    existing.value.fired = EventSet()
    rearm(existing)
    return
  }
  try checkWatchable(description, by: queue)
  let watch = try makeWatch(queue, description)
  watch.value.handle = record.handle
  watch.value.process = process.value.number
  watch.value.interest = events
  watch.value.data = record.data
  rearm(watch)
}

private func find(
  _ queue: Ref<EventQueue>, _ description: Ref<Description>, _ handle: UInt32
) -> Ref<Watch>? {
  var next = description.value.watches.first
  while let watch = next {
    if watch.value.queue == queue, watch.value.handle == handle { return watch }
    next = description.value.watches.next(after: watch)
  }
  return nil
}

/// Refuses what never has events, circles of queues, and more watchers than `notify` may visit.
private func checkWatchable(
  _ description: Ref<Description>, by queue: Ref<EventQueue>
) throws(SystemError) {
  var limit = Watch.descriptionLimit
  switch description.value.kind {
  case .kernel(.console), .kernel(.interrupt), .process, .thread:
    // One byte of input tells all descriptions of the port, an interrupt all of its line, an end
    // all of the process or thread.
    limit = Watch.sharedLimit
  case .server:
    // What nobody waits for tells all sessions of a scheme.
    limit = 1
  case .file, .pipe, .kernel:
    break
  case .events(let other):
    // One level: a watched queue watches no queues, a watching one is not watched.
    guard other != queue, !other.value.watchesQueues,
      queue.value.description?.value.watches.isEmpty ?? false
    else { throw .deadlock }
    limit = Watch.queueLimit
  case .unused, .opening, .schemeManagement, .memory, .account, .namespace:
    throw .notSupported
  }
  if description.value.watches.count >= limit { dropLeftovers(of: description) }
  guard description.value.watches.count < limit else { throw .busy }
  try joinEndWatchers(description)
}

/// Removes watches of closed queues.
private func dropLeftovers(of description: Ref<Description>) {
  var next = description.value.watches.first
  while let watch = next {
    next = description.value.watches.next(after: watch)
    if let queue = watch.value.queue, queue.isClosed { watch.unlink() }
  }
}

private func makeWatch(
  _ queue: Ref<EventQueue>, _ description: Ref<Description>
) throws(SystemError) -> Ref<Watch> {
  try queue.value.account?.charge(.handles, 1)
  let watch: Ref<Watch>
  do throws(SystemError) {
    watch = try takeObject(&kernel.watches)
  } catch {
    queue.value.account?.release(.handles, 1)
    throw error
  }
  watch.value.queue = queue
  watch.value.description = description
  watch.value.told = EventSet()
  watch.value.fired = EventSet()
  watch.value.isReady = false
  queue.value.watches.append(watch)
  description.value.watches.append(watch)
  if case .events = description.value.kind { queue.value.watchesQueues = true }
  return watch
}

/// Looks, after a change of interest, what is possible already; a server is asked to say.
private func rearm(_ watch: Ref<Watch>) {
  guard let description = watch.value.description else { return }
  if isAskable(description) {
    fire(watch, readiness(of: description))
  } else {
    watch.value.told = EventSet()
    interestChanged(description)
  }
}

/// Takes a watch out and, for a file of a user scheme, lets its server know if nobody is left who
/// wants what it wanted.
private func remove(_ watch: Ref<Watch>) {
  let description = watch.value.description
  let queue = watch.value.queue
  watch.unlink()
  if let queue, !queue.isClosed { queue.value.account?.release(.handles, 1) }
  if let description, watchedEvents(of: description) != description.value.wantedEvents {
    interestChanged(description)
  }
}

/// All that somebody wants to hear of on a description.
func watchedEvents(of description: Ref<Description>) -> EventSet {
  var events = EventSet()
  var next = description.value.watches.first
  while let watch = next {
    next = description.value.watches.next(after: watch)
    if let queue = watch.value.queue, !queue.isClosed { events.formUnion(watch.value.interest) }
  }
  return events.subtracting(.edge)
}

/// The description ends: nothing will happen on it any more.
@inline(__always)
func forgetWatches(of description: Ref<Description>) {
  while let watch = description.value.watches.first {
    let queue = watch.value.queue
    watch.unlink()
    if let queue, !queue.isClosed { queue.value.account?.release(.handles, 1) }
  }
}

/// `process` closed `handle`: what it registered through that handle goes, though the description
/// may live on through others.
@inline(__always)
func forgetWatches(
  of description: Ref<Description>, through handle: Handle, of process: Ref<Process>
) {
  if description.value.watches.isEmpty { return }
  forgetMatching(description, handle.rawValue, process.value.number)
}

@inline(never)
private func forgetMatching(_ description: Ref<Description>, _ handle: UInt32, _ process: UInt32) {
  var next = description.value.watches.first
  while let watch = next {
    next = description.value.watches.next(after: watch)
    if watch.value.handle == handle, watch.value.process == process { remove(watch) }
  }
}
