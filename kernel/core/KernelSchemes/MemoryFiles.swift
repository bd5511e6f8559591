// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `/scheme/memory`: anonymous memory under the names that programs know, and authority over
// physical memory. `CreateMemory` is the call for memory objects; these names end up as the same
// objects.

extension Opening {
  /// `""`, `zeroed`, `physical`, `translation`; the first two with `@wb`, `@wc` or `@uc` for how
  /// processors cache it, and `?phys_contiguous` for one piece of physical memory.
  mutating func openMemory() throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else {
      return try make(.anonymousMemory(AnonymousMemory()))
    }
    try path.end()
    var name = component.text.bytes
    var memory = AnonymousMemory()
    if let question = name.firstIndex(of: UInt8(ascii: "?")) {
      let option = name.extracting(droppingFirst: question &+ 1)
      guard option.equals("phys_contiguous") else { throw .notFound }
      memory.isContiguous = true
      name = name.extracting(first: question)
    }
    if let at = name.firstIndex(of: UInt8(ascii: "@")) {
      memory.kind = try Self.kind(name.extracting(droppingFirst: at &+ 1)).rawValue
      name = name.extracting(first: at)
    }
    if name.isEmpty || name.equals("zeroed") { return try make(.anonymousMemory(memory)) }
    guard mayManage else { throw .notPermitted }
    guard !memory.isContiguous else { throw .notFound }
    // How device memory is cached, `CreateDeviceMemory` says for each object.
    if name.equals("physical") { return try make(.physicalMemory, isStream: true) }
    if name.equals("translation") { return try make(.translation, isStream: true) }
    throw .notFound
  }

  private static func kind(_ name: Span<UInt8>) throws(SystemError) -> MemoryKind {
    if name.equals("wb") { return .normal }
    if name.equals("wc") { return .writeCombining }
    if name.equals("uc") { return .uncached }
    throw .notFound
  }
}

/// Makes the object behind anonymous memory, whose length is known now, and lets the description
/// stand for it. Called by the first `Truncate` or `Map` of it.
///
/// - Throws: `invalidArgument` for a length of zero, `outOfMemory`.
func anonymousObject(
  of description: Ref<Description>, length: UInt64
) throws(SystemError) -> Ref<MemoryObject> {
  guard case .kernel(.anonymousMemory(let memory)) = description.value.kind else {
    throw .badHandle
  }
  let account = description.value.account
  let object: Ref<MemoryObject>
  if memory.isContiguous {
    object = try makeContiguousObject(length: length, account)
  } else {
    object = try MemoryObject.create(.zero, length: length, account: account)
  }
  object.value.kind = MemoryKind(rawValue: memory.kind) ?? .normal
  description.value.kind = .memory(object)
  return object
}

/// A description of the loader's initial archive: memory to map, read-only.
///
/// - Throws: `notFound` if there is none.
func openInitrd(_ account: Ref<Account>?) throws(SystemError) -> Ref<Description> {
  guard kernel.boot.initrd.byteCount > 0 else { throw .notFound }
  let object = try MemoryObject.create(over: kernel.boot.initrd, .normal, account: account)
  object.value.seals = MemorySeals(rawValue: MemorySeals.all)
  do throws(SystemError) {
    return try newDescription(.memory(object), account)
  } catch {
    object.release()
    throw error
  }
}

/// `CallScheme` operation 0 of `translation`: where the page at an address of the caller, 8 bytes
/// of input, lies in physical memory.
///
/// - Returns: the physical address.
/// - Throws: `badAddress` if nothing is mapped there now.
func translateAddress(
  _ call: CallScheme, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard call.operation == 0 else { throw .noSystemCall }
  let address = try receiveRecord(UInt.self, from: call.input, thread)
  guard address < Machine.userLimit, let space = thread.value.process?.value.space,
    let table = space.leaf(address)
  else { throw .badAddress }
  let word = LeafWord(table[tableIndex(address, 0)])
  guard word.isPresent else { throw .badAddress }
  return .done(UInt(word.address.rawValue) &+ (address & 4095))
}
