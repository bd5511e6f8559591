// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Reading and writing a pipe. Bytes move straight between the caller's memory and the ring.

/// Reads what there is, at most `buffer`; waits while there is nothing and the other end is open.
///
/// - Returns: bytes read; zero once the pipe is empty and its writing end closed.
func readPipe(
  _ pipe: Ref<Pipe>, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let available = pipe.value.count
  guard available > 0, buffer.count > 0 else {
    return try readNothing(pipe, description, buffer, thread)
  }
  let count = min(min(buffer.count, available), Pipe.transferBytes)
  var done: UInt = 0
  while done < count {
    let position = pipe.value.head &+ done
    let piece = min(count &- done, 4096 &- position & 4095)
    let page = pipe.value.pages[Int(position >> 12 & 15)]
    try copyOut(
      UserSpan(address: buffer.address &+ done, count: piece),
      page.kernelAddress &+ (position & 4095), thread)
    done &+= piece
  }
  consume(pipe, count)
  if !pipe.value.writers.isEmpty, pipe.room >= Pipe.atomicBytes { wakeSome(&pipe.value.writers) }
  if available > Pipe.capacity &- Pipe.atomicBytes, pipe.room >= Pipe.atomicBytes,
    let writer = pipe.value.writer
  {
    notify(writer, .writable)
  }
  if pipe.value.count > 0 { wakeSome(&pipe.value.readers) }
  return .done(count)
}

/// The cases of `readPipe` that copy nothing.
private func readNothing(
  _ pipe: Ref<Pipe>, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if buffer.count == 0 { return .done(0) }
  if pipe.value.writer == nil {
    wakeSome(&pipe.value.readers)
    return .done(0)
  }
  if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
  try parkInterruptibly(thread, .pipe(pipe), in: &pipe.value.readers)
  return .parked
}

/// Takes `count` bytes that have been copied off the ring's front.
@inline(__always)
private func consume(_ pipe: Ref<Pipe>, _ count: UInt) {
  let head = pipe.value.head
  let end = head &+ count
  pipe.value.count &-= count
  if pipe.value.count == 0 {
    // Start again at the beginning of the last page, so that the next message lies in one piece.
    if (end &- 1) >> 12 != head >> 12 { freePages(pipe, from: head, to: (end &- 1) & ~4095) }
    pipe.value.head = (end &- 1) & ~4095 & (Pipe.capacity &- 1)
    return
  }
  if end >> 12 != head >> 12 { freePages(pipe, from: head, to: end) }
  pipe.value.head = end & (Pipe.capacity &- 1)
}

/// Gives back the pages that lie wholly before `end`, all but one that is kept at hand and, in a
/// ring that was full, the one whose first part already holds the newest bytes.
private func freePages(_ pipe: Ref<Pipe>, from start: UInt, to end: UInt) {
  var number = start >> 12
  while number < end >> 12 {
    if end &+ pipe.value.count > number << 12 &+ Pipe.capacity { return }
    let index = Int(number & 15)
    let page = pipe.value.pages[index]
    pipe.value.pages[index] = PhysicalAddress(0)
    if pipe.value.spare.rawValue == 0 {
      pipe.value.spare = page
    } else {
      kernel.frames.give(page, for: pipe.value.account)
    }
    number &+= 1
  }
}

/// Writes `buffer`, whole if it is at most 4,096 bytes, else as much as fits; waits for room.
///
/// - Throws: `brokenPipe` once nobody can read.
func writePipe(
  _ pipe: Ref<Pipe>, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let room = pipe.room
  let needed = buffer.count <= Pipe.atomicBytes ? buffer.count : 1
  guard pipe.value.reader != nil, room >= needed, needed > 0 else {
    return try writeNothing(pipe, description, buffer, thread)
  }
  let count = min(min(buffer.count, room), Pipe.transferBytes)
  let tail = pipe.value.head &+ pipe.value.count
  var done: UInt = 0
  while done < count {
    let position = tail &+ done
    let piece = min(count &- done, 4096 &- position & 4095)
    let page = try pageForWriting(pipe, Int(position >> 12 & 15))
    try copyIn(
      page.kernelAddress &+ (position & 4095),
      UserSpan(address: buffer.address &+ done, count: piece), thread)
    done &+= piece
  }
  publish(pipe, count)
  if pipe.room >= Pipe.atomicBytes { wakeSome(&pipe.value.writers) }
  return .done(count)
}

/// Makes `count` bytes behind the newest readable, and tells who waits for them.
@inline(__always)
private func publish(_ pipe: Ref<Pipe>, _ count: UInt) {
  let wasEmpty = pipe.value.count == 0
  pipe.value.count &+= count
  wakeSome(&pipe.value.readers)
  if wasEmpty, let reader = pipe.value.reader { notify(reader, .readable) }
}

/// Writes up to 4,096 bytes of the kernel's own, whole or not at all, without waiting.
///
/// - Returns: false if nobody can read, or there is no room.
func writePipeFromKernel(_ pipe: Ref<Pipe>, _ source: UInt, _ count: UInt) -> Bool {
  guard pipe.value.reader != nil, count > 0, count <= Pipe.atomicBytes, pipe.room >= count else {
    return false
  }
  let tail = pipe.value.head &+ pipe.value.count
  var done: UInt = 0
  while done < count {
    let position = tail &+ done
    let piece = min(count &- done, 4096 &- position & 4095)
    let page: PhysicalAddress
    do throws(SystemError) {
      page = try pageForWriting(pipe, Int(position >> 12 & 15))
    } catch {
      return false
    }
    Machine.copy(
      to: page.kernelAddress &+ (position & 4095), from: source &+ done, count: Int(piece))
    done &+= piece
  }
  publish(pipe, count)
  return true
}

/// The cases of `writePipe` that copy nothing.
private func writeNothing(
  _ pipe: Ref<Pipe>, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if pipe.value.reader == nil {
    wakeSome(&pipe.value.writers)
    throw .brokenPipe
  }
  if buffer.count == 0 { return .done(0) }
  if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
  try parkInterruptibly(thread, .pipe(pipe), in: &pipe.value.writers)
  return .parked
}

@inline(__always)
private func pageForWriting(
  _ pipe: Ref<Pipe>, _ index: Int
) throws(SystemError) -> PhysicalAddress {
  let page = pipe.value.pages[index]
  if page.rawValue != 0 { return page }
  return try takePage(pipe, index)
}

private func takePage(_ pipe: Ref<Pipe>, _ index: Int) throws(SystemError) -> PhysicalAddress {
  var page = pipe.value.spare
  if page.rawValue != 0 {
    pipe.value.spare = PhysicalAddress(0)
  } else {
    page = try kernel.frames.take(for: pipe.value.account)
  }
  pipe.value.pages[index] = page
  return page
}
