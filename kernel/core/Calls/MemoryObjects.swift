// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Memory objects: making them, and what their owners and providers do with their pages.

func handle(_ call: CreateMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let account = thread.value.process?.value.account
  let object: Ref<MemoryObject>
  if call.flags.isEmpty {
    object = try MemoryObject.create(.zero, length: call.length, account: account)
  } else {
    object = try makeWired(call.length, call.flags, account, thread)
  }
  return try .done(insertObject(object, .everything, thread))
}

/// Makes an object that is one piece of physical memory, for the current thread's call. That is made
/// again until the object is done, and so must do nothing before this.
///
/// - Throws: `invalidArgument` for a length of zero or above 4 MiB, `outOfMemory`, `restart`.
func makeContiguousObject(
  length: UInt64, _ account: Ref<Account>?
) throws(SystemError) -> Ref<MemoryObject> {
  guard let thread = kernel.processors[Machine.currentProcessor].current else { throw .noProcess }
  return try makeWired(length, .contiguous, account, thread)
}

/// Makes an object whose pages are there from the start, a bounded number of them per entry.
private func makeWired(
  _ length: UInt64, _ flags: MemoryFlags, _ account: Ref<Account>?, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<MemoryObject> {
  let work: Ref<MemoryWork>
  if let unfinished = unfinishedWork(of: thread) {
    work = unfinished
  } else {
    let object = try newWired(length, flags, account)
    do throws(SystemError) {
      work = try beginWork(thread, .create(object))
    } catch {
      object.release()
      throw error
    }
  }
  guard case .create(let object) = work.value.kind else {
    abandon(work)
    throw .invalidArgument
  }
  do throws(SystemError) {
    try object.fillStep(work, low: flags.contains(.low))
  } catch {
    if error != .restart { abandon(work) }
    throw error
  }
  endWork(work)
  return object
}

private func newWired(
  _ length: UInt64, _ flags: MemoryFlags, _ account: Ref<Account>?
) throws(SystemError) -> Ref<MemoryObject> {
  guard flags.contains(.contiguous) else {
    let object = try MemoryObject.create(.zero, length: length, account: account)
    object.value.isWired = true
    return object
  }
  guard length > 0, length <= MemoryObject.maximumContiguousLength else { throw .invalidArgument }
  let count = Int((length &+ 4095) &>> 12)
  try chargeFrames(UInt64(count), to: account)
  let start: PhysicalAddress
  do throws(SystemError) {
    start = FrameTable.address(of: try kernel.frames.takeRun(count, low: flags.contains(.low)))
  } catch {
    releaseFrames(UInt64(count), of: account)
    throw error
  }
  do throws(SystemError) {
    let object = try MemoryObject.create(
      .contiguous(start), length: length, account: account)
    object.value.isWired = true
    return object
  } catch {
    for index in 0..<count {
      kernel.frames.give(
        PhysicalAddress(start.rawValue &+ UInt64(index) &<< 12), for: account)
    }
    throw error
  }
}

extension Ref where T == MemoryObject {
  /// Adds, or clears, the next pages of a wired object.
  fileprivate func fillStep(_ work: Ref<MemoryWork>, low: Bool) throws(SystemError) {
    var left = 16
    while work.value.position < UInt(pageCount) {
      if left == 0 { throw .restart }
      if let page = page(at: Int(work.value.position)) {
        Machine.clearPage(page.kernelAddress)
      } else {
        _ = try addZeroPage(at: UInt64(work.value.position), low: low)
      }
      work.value.position &+= 1
      left &-= 1
    }
  }
}

/// Gives the caller a handle for an object, whose reference the handle takes over.
private func insertObject(
  _ object: Ref<MemoryObject>, _ rights: Rights, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  guard let process = thread.value.process else { throw .noProcess }
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.memory(object), process.value.account)
  } catch {
    object.release()
    throw error
  }
  return try insertHandle(process, description, rights, .runtimeHandle).word
}

func handle(_ call: CreateProvidedMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.server, thread)
  guard case .server(let server) = description.value.kind, let scheme = server.value.scheme else {
    throw .badHandle
  }
  let account = thread.value.process?.value.account
  let object = try MemoryObject.create(
    .provided(scheme), length: call.length, account: account)
  scheme.keep()
  object.value.word = call.word
  return try .done(insertObject(object, .everything, thread))
}

func handle(_ call: CreateDeviceMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let rights = try rightsOverDevices(call.authority, thread)
  let (end, overflowed) = call.address.addingReportingOverflow(call.length)
  guard !overflowed, call.address & 4095 == 0, call.length > 0, end <= 1 << 52,
    let kind = UInt8(exactly: call.kind).flatMap({ MemoryKind(rawValue: $0) })
  else { throw .invalidArgument }
  for index in 0..<min(kernel.boot.regionCount, 32) {
    let region = kernel.boot.regions[index]
    guard end <= region.start.rawValue || call.address >= region.start.rawValue &+ region.byteCount
    else { throw .invalidArgument }
  }
  let initrd = kernel.boot.initrd
  guard end <= initrd.start.rawValue || call.address >= initrd.start.rawValue &+ initrd.byteCount
  else { throw .invalidArgument }
  let region = MemoryRegion(start: PhysicalAddress(call.address), byteCount: call.length)
  let object = try MemoryObject.create(
    over: region, kind, account: thread.value.process?.value.account)
  return try .done(insertObject(object, rights, thread))
}

/// What may be done with memory that is made by the authority of a handle: everything for physical
/// memory, reading for the firmware's tables.
private func rightsOverDevices(
  _ authority: Handle, _ thread: Ref<Thread>
) throws(SystemError) -> Rights {
  let description = try lookUp(authority, thread, needing: .manage)
  switch description.value.kind {
  case .kernel(.physicalMemory): return .everything
  case .kernel(.firmwareTables): return .read | .map | .transfer
  default: throw .accessDenied
  }
}

func handle(_ call: ResizeMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try memoryObject(call.object, thread, needing: .write | .manage)
  try object.resize(call.length, thread)
  return .done
}

func handle(_ call: SealMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try memoryObject(call.object, thread, needing: .manage)
  if call.seals.contains(.write), object.value.writableMappings != 0 { throw .busy }
  object.value.seals.formUnion(call.seals)
  return .done
}

func handle(_ call: MemoryStatus, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let object = try memoryObject(call.object, thread, needing: Rights())
  guard call.buffer.count >= UInt(MemoryLayout<MemoryStatusRecord>.size) else {
    throw .invalidArgument
  }
  var record = MemoryStatusRecord()
  record.length = object.value.length
  record.mappings = try object.countMappings(of: call.offset, call.length)
  record.seals = object.value.seals.rawValue
  switch object.value.source {
  case .zero, .provided:
    record.residentPages = object.value.residentPages
    record.flags = object.isWired ? MemoryFlags.wired.rawValue : 0
  case .contiguous, .physical:
    record.residentPages = UInt64(object.pageCount)
    record.flags = (MemoryFlags.wired | MemoryFlags.contiguous).rawValue
  }
  try writeRecord(record, to: call.buffer.address, thread)
  return .done(UInt(MemoryLayout<MemoryStatusRecord>.size))
}

extension Ref where T == MemoryObject {
  /// How many mappings show some of a range; length zero is all of the object. So that this ends
  /// soon, mappings behind the first 256 count without a look.
  func countMappings(
    of offset: UInt64, _ length: UInt64
  ) throws(SystemError) -> UInt64 {
    let count = value.mappings.count
    guard length > 0 else { return UInt64(count) }
    let (end, overflowed) = offset.addingReportingOverflow(length)
    guard !overflowed else { throw .overflow }
    let pages = offset &>> 12..<max(offset &>> 12, (end &- 1) &>> 12 &+ 1)
    var found: UInt64 = 0
    var seen = 0
    var next = value.mappings.first
    while let region = next, seen < 256 {
      next = value.mappings.next(after: region)
      seen &+= 1
      let last = region.objectPage(at: region.value.end)
      if region.value.firstPage < pages.upperBound, last > pages.lowerBound { found &+= 1 }
    }
    return found &+ UInt64(count &- seen)
  }
}

func handle(_ call: MapForDevice, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  try checkTranslation(call.authority, thread)
  let object = try memoryObject(call.object, thread, needing: .read | .write | .map)
  guard object.isWired, call.offset & 4095 == 0 else { throw .invalidArgument }
  let first = Int(truncatingIfNeeded: min(call.offset &>> 12, UInt64(object.pageCount)))
  let count = min(min(call.buffer.count / 8, UInt(object.pageCount &- first)), 512)
  for index in 0..<count {
    guard let page = object.page(at: first &+ Int(index)) else { throw .invalidArgument }
    try writeRecord(page.rawValue, to: call.buffer.address &+ index &* 8, thread)
  }
  return .done(count)
}

/// Who may know where pages lie can have devices write there: that takes a handle for just this, or
/// the one for all physical memory.
///
/// - Throws: `accessDenied`, `badHandle`.
private func checkTranslation(
  _ authority: Handle, _ thread: Ref<Thread>
) throws(SystemError) {
  switch try lookUp(authority, thread).value.kind {
  case .kernel(.translation): _ = try lookUp(authority, thread, needing: .map)
  case .kernel(.physicalMemory): _ = try lookUp(authority, thread, needing: .manage)
  default: throw .accessDenied
  }
}

/// The memory object behind a handle that has `rights`.
func memoryObject(
  _ handle: Handle, _ thread: Ref<Thread>, needing rights: Rights
) throws(SystemError) -> Ref<MemoryObject> {
  let description = try lookUp(handle, thread, needing: rights)
  guard case .memory(let object) = description.value.kind else { throw .badHandle }
  return object
}
