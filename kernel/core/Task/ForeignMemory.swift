// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Another process's memory: what its words are for futexes, and a debugger's looks and pokes.

/// The identity of the word at `address` for all who can reach it: of an object's page if it is
/// mapped shared, else of this space.
func sharedFutexKey(_ space: Ref<AddressSpace>, _ address: UInt) -> FutexKey {
  guard let region = space.region(at: address), let object = region.value.object,
    region.value.flags.contains(.shared)
  else { return FutexKey(space: space, address: address) }
  let offset = region.objectPage(at: address) &<< 12 | UInt64(address & 4095)
  return FutexKey(object: object, offset: offset)
}

/// Pages that one entry reads or writes.
private let pagesPerCall: UInt = 4

/// Copies memory of `space` to the caller's `buffer`, up to the first page that its own program
/// could not read.
///
/// - Returns: bytes copied.
/// - Throws: `badAddress` if not even the first page is accessible, `wouldBlock` if its scheme would
///   have to supply it, `restart` while one is brought in.
func readMemory(
  of space: Ref<AddressSpace>, _ address: UInt, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  try eachPage(of: space, address, buffer, .read, thread) { page, piece throws(SystemError) in
    try copyOut(piece, page, thread)
  }
}

/// Copies the caller's `buffer` to memory of `space`, up to the first page that its own program
/// could not write. Pages that are copied on write are.
///
/// - Returns: bytes copied.
/// - Throws: as `readMemory`.
func writeMemory(
  of space: Ref<AddressSpace>, _ address: UInt, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  try eachPage(of: space, address, buffer, .write, thread) { page, piece throws(SystemError) in
    try copyIn(page, piece, thread)
  }
}

/// Calls `body` with the kernel's address of each piece of the foreign range that lies in one page,
/// and the piece of the buffer that belongs to it.
private func eachPage(
  of space: Ref<AddressSpace>, _ address: UInt, _ buffer: UserSpan, _ access: PageAccess,
  _ thread: Ref<Thread>, _ body: (UInt, UserSpan) throws(SystemError) -> Void
) throws(SystemError) -> UInt {
  guard address < Machine.userLimit else { throw .badAddress }
  let count = min(min(buffer.count, Machine.userLimit &- address), pagesPerCall &* 4096)
  var done: UInt = 0
  while done < count {
    let position = address &+ done
    let piece = min(count &- done, 4096 &- position & 4095)
    let entry: Machine.Entry
    do throws(SystemError) {
      entry = try residentEntry(of: space, position, access, thread)
    } catch {
      if done == 0 || error == .restart { throw error }
      return done
    }
    // Device memory is its own program's affair.
    guard kernel.frames.frame(at: entry.address) != nil else {
      if done == 0 { throw .badAddress }
      return done
    }
    try body(
      entry.address.kernelAddress &+ (position & 4095),
      UserSpan(address: buffer.address &+ done, count: piece))
    done &+= piece
  }
  return done
}

private func residentEntry(
  of space: Ref<AddressSpace>, _ address: UInt, _ access: PageAccess, _ thread: Ref<Thread>
) throws(SystemError) -> Machine.Entry {
  if let entry = space.residentEntry(address & ~4095, access) { return entry }
  // Its server may be anybody's, and never answer: init looks at whatever has faulted.
  if let region = space.region(at: address), let object = region.value.object,
    object.tracksChanges, object.page(at: Int(clamping: region.objectPage(at: address))) == nil
  {
    throw .wouldBlock
  }
  return try space.bringIn(address, access, .call(thread))
}
