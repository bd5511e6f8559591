// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// What the provider of a memory object does: supply pages, take them back, ask which were written. Who
// keeps zeroed memory takes pages back as well, to give them to the system.

func handle(_ call: SupplyPages, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try provided(call.object, thread)
  guard call.offset & 4095 == 0, call.source.count > 0 else { throw .invalidArgument }
  let first = call.offset &>> 12
  let count = (UInt64(call.source.count) &+ 4095) &>> 12
  guard count <= 256 else { throw .messageTooLong }
  let pageCount = UInt64(object.pageCount)
  guard first <= pageCount, count <= pageCount &- first else { throw .outOfRange }
  var left = 16
  for index in 0..<count {
    let place = try object.makePlace(of: first &+ index)
    if place.word.isPresent { continue }
    if object.isClosed(first &+ index) { try object.waitUntilOpen(.call(thread)) }
    if left == 0 {
      object.wakeWaiters()
      throw .restart
    }
    let done = UInt(index) &<< 12
    let part = UserSpan(
      address: call.source.address &+ done, count: min(4096, call.source.count &- done))
    try object.supplyCopy(of: part, at: place, thread)
    left &-= 1
  }
  object.wakeWaiters()
  return .done
}

extension Ref where T == MemoryObject {
  /// Makes a copy of up to a page of the caller's memory the object's page.
  fileprivate func supplyCopy(
    of part: UserSpan, at place: PageWordPlace, _ thread: Ref<Thread>
  ) throws(SystemError) {
    let page = try kernel.frames.take(for: value.account)
    do throws(SystemError) {
      try copyIn(page.kernelAddress, part, thread)
    } catch {
      kernel.frames.give(page, for: value.account)
      throw error
    }
    if part.count < 4096 { PhysicalPage(page).clear(from: Int(part.count)) }
    supply(page, at: place)
  }
}

func handle(_ call: WithdrawPages, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try withdrawable(call.object, thread)
  let pages = try object.pageRange(call.offset, call.length)
  let work = try object.withdrawFromMappings(pages, .removal, thread)
  do throws(SystemError) {
    let count = try object.removePages(
      pages, keepsPinned: true, output: call.output, work, thread)
    endWork(work)
    return .done(count)
  } catch {
    if error != .restart { endWork(work) }
    throw error
  }
}

func handle(_ call: FindDirtyPages, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try provided(call.object, thread)
  let pages = try object.pageRange(call.offset, call.length)
  return .done(try object.findDirtyPages(pages, call.buffer, thread))
}

func handle(_ call: FailPages, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try provided(call.object, thread)
  try object.failPages(try object.pageRange(call.offset, call.length), thread)
  return .done
}

/// A provided object that the caller may manage.
private func provided(
  _ handle: Handle, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<MemoryObject> {
  let object = try memoryObject(handle, thread, needing: .manage)
  guard object.tracksChanges else { throw .notSupported }
  return object
}

/// A provided object, or one of zeroed memory that the caller may change: its pages become zero again.
private func withdrawable(
  _ handle: Handle, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<MemoryObject> {
  let object = try memoryObject(handle, thread, needing: .manage)
  if object.tracksChanges { return object }
  _ = try memoryObject(handle, thread, needing: .write)
  guard case .zero = object.value.source, !object.isWired else { throw .notSupported }
  if object.value.seals.contains(.shrink) || object.value.seals.contains(.write) {
    throw .notPermitted
  }
  return object
}

extension Ref where T == MemoryObject {
  /// The pages that a range of bytes touches, as far as the object reaches.
  fileprivate func pageRange(_ offset: UInt64, _ length: UInt64) throws(SystemError) -> Range<
    UInt64
  > {
    let (end, overflowed) = offset.addingReportingOverflow(length)
    guard !overflowed, end <= UInt64.max &- 4095 else { throw .overflow }
    let limit = UInt64(pageCount)
    let first = min(offset &>> 12, limit)
    return first..<max(first, min((end &+ 4095) &>> 12, limit))
  }
}
