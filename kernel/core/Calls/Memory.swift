// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Address spaces: mapping, unmapping, protecting, moving. Memory objects are in `MemoryObjects`.

func handle(_ call: Map, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  if let start = try goOnPopulating(thread) { return .done(start) }
  let space = try targetSpace(call.space, thread)
  guard call.address & 4095 == 0, call.length & 4095 == 0, call.length > 0,
    call.offset & 4095 == 0, call.length <= Machine.userLimit
  else { throw .invalidArgument }
  var nature = RegionNature()
  if let outcome = try describe(call, &nature, thread) { return outcome }
  if call.flags.contains(.dontFork) { nature.flags.insert(.dontFork) }
  let start = try space.map(call.length, nature, call.placement, .call(thread))
  if call.flags.contains(.populate), !nature.access.isEmpty {
    _ = try beginWork(thread, .populate(in: space), position: start, limit: start)
      .setting(count: start &+ call.length)
    _ = try goOnPopulating(thread)
  }
  return .done(start)
}

extension Map {
  fileprivate var placement: Placement {
    if flags.contains(.fixed) {
      return flags.contains(.replace) ? .replacing(address) : .exactly(address)
    }
    return .anywhere
  }
}

/// Finds out what is to be mapped, and how.
/// - Returns: an outcome if the scheme behind a file has to be asked first.
private func describe(
  _ call: Map, _ nature: inout RegionNature, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome? {
  let access = try call.flags.access()
  if call.flags.contains(.guardRange) {
    guard call.object == .none, access.isEmpty else { throw .invalidArgument }
    return nil
  }
  nature.access = access
  nature.maximumAccess = .read | .write | .execute
  guard call.object != .none else {
    // Memory shared with nobody is private; sharing takes an object.
    guard !call.flags.contains(.shared) else { throw .invalidArgument }
    return nil
  }
  let entry = try lookUpEntry(call.object, thread)
  guard let description = entry.description else { throw .badHandle }
  var rights = entry.rights
  var offset = call.offset
  // Of an object whose other parts are other files'.
  var isPart = false
  switch description.value.kind {
  case .memory(let object):
    nature.object = object
  case .file:
    guard let object = description.value.memory,
      description.value.canMap(call.offset, UInt64(call.length))
    else {
      return try requestMapping(
        description, offset: call.offset, length: UInt64(call.length), call.flags, thread)
    }
    nature.object = object
    rights = rights.intersection(description.value.memoryRights)
    let (sum, overflowed) = offset.addingReportingOverflow(description.value.memoryOffset)
    guard !overflowed else { throw .overflow }
    offset = sum
    isPart = description.value.memoryLength != UInt64.max
  case .kernel(.anonymousMemory):
    let (end, overflowed) = offset.addingReportingOverflow(UInt64(call.length))
    guard !overflowed else { throw .overflow }
    nature.object = try anonymousObject(of: description, length: end)
  case .unused, .opening, .schemeManagement, .server, .pipe, .events, .process, .thread, .account,
    .namespace, .kernel:
    throw .noDevice
  }
  try check(call, &nature, rights, offset)
  if isPart { nature.flags.insert(.bounded) }
  return nil
}

/// What the handle's rights and the object allow.
private func check(
  _ call: Map, _ nature: inout RegionNature, _ rights: Rights, _ offset: UInt64
) throws(SystemError) {
  guard let object = nature.object else { throw .badHandle }
  guard rights.contains(.map | .read) else { throw .accessDenied }
  let isShared = call.flags.contains(.shared)
  var maximum: PageAccess = .read
  // What is written to a private mapping is copied first, and the kernel does not see device memory.
  if isShared ? rights.contains(.write) : object.isOrdinaryMemory { maximum.insert(.write) }
  if rights.contains(.execute) { maximum.insert(.execute) }
  guard maximum.isSuperset(of: nature.access) else { throw .accessDenied }
  if isShared, nature.access.contains(.write), object.value.seals.contains(.write) {
    throw .notPermitted
  }
  let length = UInt64(call.length)
  let (end, overflowed) = offset.addingReportingOverflow(length)
  guard !overflowed, end <= MemoryObject.maximumLength else { throw .overflow }
  if object.isWired, end > UInt64(object.pageCount) &<< 12 { throw .outOfRange }
  nature.maximumAccess = maximum
  nature.flags = isShared ? .shared | .neverCopied : .neverCopied
  nature.firstPage = offset &>> 12
}

extension MapFlags {
  /// - Throws: `invalidArgument` for memory both writable and executable.
  fileprivate func access() throws(SystemError) -> PageAccess {
    var access = PageAccess()
    if contains(.read) { access.insert(.read) }
    if contains(.write) { access.formUnion(.read | .write) }
    if contains(.execute) { access.formUnion(.read | .execute) }
    guard !access.isSuperset(of: .write | .execute) else { throw .invalidArgument }
    return access
  }
}

func handle(_ call: Unmap, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let space = try targetSpace(call.space, thread)
  let end = try rangeEnd(call.address, call.length)
  try space.unmap(call.address, end, .call(thread))
  return .done
}

func handle(_ call: Protect, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let space = try targetSpace(call.space, thread)
  let end = try rangeEnd(call.address, call.length)
  guard call.flags.subtracting(.read | .write | .execute).isEmpty else { throw .invalidArgument }
  try space.protect(call.address, end, try call.flags.access(), .call(thread))
  return .done
}

func handle(_ call: Remap, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let space = try targetSpace(.none, thread)
  guard call.address & 4095 == 0, call.length & 4095 == 0, call.newLength & 4095 == 0,
    call.newAddress & 4095 == 0, call.length > 0, call.newLength > 0,
    call.newLength <= Machine.userLimit, call.flags.subtracting(.fixed | .replace).isEmpty
  else { throw .invalidArgument }
  let move = Move(
    start: call.address, length: call.length, newLength: call.newLength,
    target: call.flags.contains(.fixed) ? call.newAddress : nil,
    replaces: call.flags.contains(.replace))
  return .done(try space.move(move, thread))
}

// MARK: Shared steps

/// The space that a call is about: a process's that the caller may manage, or its own.
func targetSpace(_ handle: Handle, _ thread: Ref<Thread>) throws(SystemError) -> Ref<AddressSpace> {
  var process = thread.value.process
  if handle != .none {
    let description = try lookUp(handle, thread, needing: .manage)
    guard case .process(let target) = description.value.kind else { throw .badHandle }
    process = target
  }
  guard let space = process?.value.space, !space.value.isEnding else { throw .noProcess }
  return space
}

/// The end of a range of whole pages in the user half.
private func rangeEnd(_ start: UInt, _ length: UInt) throws(SystemError) -> UInt {
  guard start & 4095 == 0, length & 4095 == 0, length > 0, start < Machine.userLimit,
    length <= Machine.userLimit &- start
  else { throw .invalidArgument }
  return start &+ length
}

/// Brings in the next pages of a mapping that the thread's call asked for whole. As much comes in as
/// can be had: what fails now fails again, and tells why, when it is touched.
///
/// - Returns: the mapping's address when that has come to its end; nil if there is none.
/// - Throws: `restart`.
private func goOnPopulating(_ thread: Ref<Thread>) throws(SystemError) -> UInt? {
  guard let work = unfinishedWork(of: thread), case .populate(let space) = work.value.kind else {
    return nil
  }
  if work.value.targetGeneration == space.value.slot.generation {
    try space.populateStep(work, .call(thread))
  }
  let start = work.value.limit
  endWork(work)
  return start
}

extension Ref where T == AddressSpace {
  fileprivate func populateStep(
    _ work: Ref<MemoryWork>, _ waiter: Waiter
  ) throws(SystemError) {
    var left = 12
    while work.value.position < work.value.count {
      if left == 0 { throw .restart }
      do throws(SystemError) {
        guard let region = region(at: work.value.position) else { return }
        // Pages that a provider would have to supply come when they are touched.
        if let object = region.value.object, object.tracksChanges,
          object.page(at: Int(truncatingIfNeeded: region.objectPage(at: work.value.position)))
            == nil
        {
          work.value.position &+= 4096
          continue
        }
        _ = try bringIn(work.value.position, region.value.access, waiter)
      } catch {
        if error == .restart { throw error }
        return
      }
      work.value.position &+= 4096
      left &-= 1
    }
  }
}

extension Ref where T == MemoryWork {
  fileprivate func setting(count: UInt) -> Self {
    value.count = count
    return self
  }
}
