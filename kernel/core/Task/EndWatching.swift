// SPDX-License-Identifier: MIT
import ABI
import Objects

// Event queues that watch handles of processes and threads: such a handle is readable once what it
// stands for has ended. All descriptions of one process that are watched are told in the entry that
// ends it, so there are few of them.

/// Descriptions of one process, or of one thread, that can be watched at a time.
private let processLimit = 8
private let threadLimit = 2

/// What telling the watchers of one description costs at most, measured in threads that end.
private let costOfTelling = 8

/// A queue is about to watch `description`: if it is a process's or a thread's, that one is to tell
/// it of its end.
///
/// - Throws: `busy` if too many descriptions of the same process or thread are watched.
func joinEndWatchers(_ description: Ref<Description>) throws(SystemError) {
  if description.value.schemeLink.isLinked { return }
  switch description.value.kind {
  case .process(let process):
    try join(description, &process.value.endWatchers, processLimit)
  case .thread(let thread):
    try join(description, &thread.value.endWatchers, threadLimit)
  default:
    return
  }
}

private func join(
  _ description: Ref<Description>, _ list: inout List<SchemeDescriptionRole>, _ limit: Int
) throws(SystemError) {
  if list.count >= limit { forgetUnwatched(&list) }
  guard list.count < limit else { throw .busy }
  list.append(description)
}

/// Descriptions stay in the list when their last watch goes, until there is need for room.
private func forgetUnwatched(_ list: inout List<SchemeDescriptionRole>) {
  var next = list.first
  while let description = next {
    next = list.next(after: description)
    if description.value.watches.isEmpty { list.remove(description) }
  }
}

/// A description of a process or a thread closes.
func leaveEndWatchers(_ description: Ref<Description>) {
  guard description.value.schemeLink.isLinked else { return }
  switch description.value.kind {
  case .process(let process): process.value.endWatchers.remove(description)
  case .thread(let thread): thread.value.endWatchers.remove(description)
  default: return
  }
}

/// The process or thread whose list this is has ended.
func tellEndWatchers(_ list: List<SchemeDescriptionRole>) {
  var next = list.first
  while let description = next {
    next = list.next(after: description)
    notify(description, .readable)
  }
}

extension Ref where T == Thread {
  /// What ending the thread costs, compared with one that nobody watches.
  var costOfEnd: Int { 1 &+ value.endWatchers.count &* costOfTelling }
}
