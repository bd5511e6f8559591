// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Records between programs and event queues.

/// Gives the caller what has happened, as many records as `buffer` takes.
///
/// - Returns: how many; zero if there is nothing.
func takeEvents(
  _ queue: Ref<EventQueue>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Int {
  let size = UInt(MemoryLayout<EventRecord>.size)
  guard buffer.count >= size else { throw .invalidArgument }
  if queue.value.ready.isEmpty { return 0 }
  let limit = Int(min(buffer.count / size, UInt(eventBatch)))
  let page = kernel.processors[Machine.currentProcessor].scratch
  let count = collectEvents(queue, PageOf<EventRecord>(page), limit)
  if count == 0 { return 0 }
  let bytes = UInt(count) &* size
  try copyOut(
    UserSpan(address: buffer.address, count: bytes), page.kernelAddress, thread)
  acknowledgeEvents(queue, count)
  // Another thread may wait, and there may be more than this one took.
  if !queue.value.ready.isEmpty, let waiter = queue.value.waiters.popFirst() {
    wakeRestarting(waiter)
  }
  return count
}

/// Reads records from a queue, waiting for the first.
///
/// - Returns: bytes.
func readEvents(
  _ queue: Ref<EventQueue>, _ description: Ref<Description>, _ buffer: UserSpan,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let count = try takeEvents(queue, buffer, thread)
  if count > 0 { return .done(UInt(count &* MemoryLayout<EventRecord>.size)) }
  if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
  try parkInterruptibly(thread, .events(queue), in: &queue.value.waiters)
  return .parked
}

/// Registers, changes and removes interests, one for each record.
///
/// - Returns: bytes of the records applied; fewer than given if one was refused after the first.
/// - Throws: what the first record was refused for: `badHandle`, `accessDenied` without the wait
///   right, `notSupported` for what never has events, `deadlock` for a circle of queues, `busy` if
///   too many queues watch the handle, `notFound` to remove what is not there.
func writeEvents(
  _ queue: Ref<EventQueue>, _ description: Ref<Description>, _ buffer: UserSpan,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let size = MemoryLayout<EventRecord>.size
  let count = Int(min(buffer.count / UInt(size), UInt(eventBatch)))
  guard count > 0 else { throw .invalidArgument }
  let page = kernel.processors[Machine.currentProcessor].scratch
  try copyIn(
    page.kernelAddress, UserSpan(address: buffer.address, count: UInt(count &* size)), thread)
  let records = PageOf<EventRecord>(page)
  for index in 0..<count {
    do throws(SystemError) {
      try register(records[index], in: queue, thread)
    } catch {
      if index == 0 { throw error }
      return .done(UInt(index &* size))
    }
  }
  return .done(UInt(count &* size))
}
