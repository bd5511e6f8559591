// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A pipe: up to 64 KiB on their way from one description to another.
///
/// Bytes lie in a ring of 16 pages, each taken when the writing end reaches it, charged to whoever
/// made the pipe, and given back when it has been read; one is kept at hand, so that small messages
/// take no page each. A read or write copies first and moves the ring's ends last, so one that
/// faults half-way is simply made again.
struct Pipe: PoolObject {
  static let capacity: UInt = 65_536
  /// Writes up to this long happen whole or not at all (POSIX `PIPE_BUF`).
  static let atomicBytes: UInt = 4096
  /// The most that one call moves, so that no entry takes long.
  static let transferBytes: UInt = 32_768
  static let pageCount = 16

  var slot = PoolSlot<Pipe>()
  var account: Ref<Account>?
  /// The two ends, without keeping them open.
  var reader: Ref<Description>?
  var writer: Ref<Description>?
  /// Descriptions of either end that have not gone yet.
  var ends = 0
  var readers = ThreadQueue()
  var writers = ThreadQueue()
  var pages = InlineArray<16, PhysicalAddress>(repeating: PhysicalAddress(0))
  var spare = PhysicalAddress(0)
  /// Where the oldest byte lies, modulo the capacity.
  var head: UInt = 0
  var count: UInt = 0
  init() {}
}

extension Ref where T == Pipe {
  /// Bytes that can be read now.
  @inline(__always) var available: UInt { value.count }
  @inline(__always) var room: UInt { Pipe.capacity &- value.count }

  /// Takes a thread that waits to read or to write out of its queue: which of the two, its call
  /// says.
  func removeWaiter(_ thread: Ref<Thread>) {
    if thread.value.registers.callNumber == CallNumber.write.rawValue {
      value.writers.remove(thread)
    } else {
      value.readers.remove(thread)
    }
  }

  /// What can be done at one end without waiting.
  func readiness(isWriter: Bool) -> EventSet {
    if isWriter {
      if value.reader == nil { return .writable | .hangUp | .error }
      return room >= Pipe.atomicBytes ? .writable : EventSet()
    }
    var events = value.count > 0 ? EventSet.readable : EventSet()
    if value.writer == nil { events.formUnion(.readable | .hangUp) }
    return events
  }

  /// A description of one end goes, and with the last of them the pipe.
  func leave() {
    value.ends &-= 1
    guard value.ends == 0 else { return }
    value.account?.drop()
    value.account = nil
    kernel.pipes.put(self)
  }

  /// Gives every page back.
  fileprivate func emptyOut() {
    for index in 0..<Pipe.pageCount where value.pages[index].rawValue != 0 {
      kernel.frames.give(value.pages[index], for: value.account)
      value.pages[index] = PhysicalAddress(0)
    }
    if value.spare.rawValue != 0 {
      kernel.frames.give(value.spare, for: value.account)
      value.spare = PhysicalAddress(0)
    }
    value.count = 0
  }
}

/// Makes a pipe.
/// - Returns: the description to read from; `pipeEnd` gives the other.
func makePipe(
  _ flags: OpenFlags, _ account: Ref<Account>?
) throws(SystemError) -> Ref<Description> {
  let pipe = try takeObject(&kernel.pipes)
  pipe.value.account = account
  pipe.value.ends = 0
  pipe.value.reader = nil
  pipe.value.writer = nil
  pipe.value.readers = ThreadQueue()
  pipe.value.writers = ThreadQueue()
  pipe.value.head = 0
  pipe.value.count = 0
  do throws(SystemError) {
    let description = try pipeEnd(pipe, isWriter: false, flags, account)
    account?.retain()
    return description
  } catch {
    kernel.pipes.put(pipe)
    throw error
  }
}

/// A reference to the description of one end: the one that is open, so that the end closes with the
/// last of its handles, or a new one.
func pipeEnd(
  _ pipe: Ref<Pipe>, isWriter: Bool, _ flags: OpenFlags, _ account: Ref<Account>?
) throws(SystemError) -> Ref<Description> {
  if let open = isWriter ? pipe.value.writer : pipe.value.reader {
    open.retain()
    return open
  }
  let description = try newDescription(.pipe(pipe, isWriter: isWriter), account)
  description.value.isStream = true
  description.value.openFlags = flags.intersection(.nonBlocking)
  pipe.value.ends &+= 1
  if isWriter {
    pipe.value.writer = description
  } else {
    pipe.value.reader = description
  }
  return description
}

/// The last handle of one end closed. Who waits through it is woken by `finishClosing`.
func closePipe(_ pipe: Ref<Pipe>, isWriter: Bool) {
  if isWriter {
    pipe.value.writer = nil
    wakeSome(&pipe.value.readers)
    if let reader = pipe.value.reader { notify(reader, .readable | .hangUp) }
  } else {
    pipe.value.reader = nil
    pipe.emptyOut()
    wakeSome(&pipe.value.writers)
    if let writer = pipe.value.writer { notify(writer, .writable | .hangUp | .error) }
  }
  if pipe.value.reader == nil, pipe.value.writer == nil { pipe.emptyOut() }
}

/// Makes the first threads of a queue call again. More than a few wait only in contrived programs:
/// each that finds something to do wakes more, so none is forgotten and no entry takes long.
@inline(__always)
func wakeSome(_ queue: inout ThreadQueue) {
  if queue.isEmpty { return }
  wakeUpToSixteen(&queue)
}

@inline(never)
private func wakeUpToSixteen(_ queue: inout ThreadQueue) {
  var left = 16
  while left > 0, let thread = queue.popFirst() {
    wakeRestarting(thread)
    left &-= 1
  }
}
