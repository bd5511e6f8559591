// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Copying between the kernel and the calling thread's memory, which is the current space. The copy
// is tried at once; only if it faults are the pages looked at and brought in.

/// Whether a span lies in the user half.
@inline(__always)
func isUserRange(_ address: UInt, _ count: UInt) -> Bool {
  count <= Machine.userLimit && address <= Machine.userLimit &- count
}

/// Copies `user` to the kernel.
///
/// - Throws: `badAddress`; `restart` if the thread has been parked until a page is there, or if there
///   was much to bring in.
@inline(__always)
func copyIn(
  _ kernelAddress: UInt, _ user: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  guard isUserRange(user.address, user.count) else { throw .badAddress }
  if !Machine.copyFromUser(
    to: kernelAddress, from: user.address, count: Int(bitPattern: user.count))
  {
    try copyInSlowly(kernelAddress, user, thread)
  }
}

/// Copies from the kernel to `user`. Throws as `copyIn` does.
@inline(__always)
func copyOut(
  _ user: UserSpan, _ kernelAddress: UInt, _ thread: Ref<Thread>
) throws(SystemError) {
  try copyOut(user, kernelAddress, thread, .call(thread))
}

/// As above, for a `waiter` of another kind.
@inline(__always)
func copyOut(
  _ user: UserSpan, _ kernelAddress: UInt, _ thread: Ref<Thread>, _ waiter: Waiter
) throws(SystemError) {
  guard isUserRange(user.address, user.count) else { throw .badAddress }
  if !Machine.copyToUser(
    to: user.address, from: kernelAddress, count: Int(bitPattern: user.count))
  {
    try copyOutSlowly(user, kernelAddress, thread, waiter)
  }
}

@inline(never)
private func copyInSlowly(
  _ kernelAddress: UInt, _ user: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  try bringIn(user, .read, thread, .call(thread))
  guard Machine.copyFromUser(to: kernelAddress, from: user.address, count: Int(user.count)) else {
    throw .badAddress
  }
}

@inline(never)
private func copyOutSlowly(
  _ user: UserSpan, _ kernelAddress: UInt, _ thread: Ref<Thread>, _ waiter: Waiter
) throws(SystemError) {
  try bringIn(user, .write, thread, waiter)
  guard Machine.copyToUser(to: user.address, from: kernelAddress, count: Int(user.count)) else {
    throw .badAddress
  }
}

/// Brings in the pages of a span. The pages stay, so after sixteen of them the call is made again.
private func bringIn(
  _ user: UserSpan, _ access: PageAccess, _ thread: Ref<Thread>, _ waiter: Waiter
) throws(SystemError) {
  guard user.count > 0, let space = thread.value.process?.value.space else { throw .badAddress }
  var page = user.address & ~4095
  let end = user.address &+ user.count
  var left = 16
  while page < end {
    if space.residentEntry(page, access) == nil {
      if left == 0 { throw .restart }
      _ = try space.bringIn(page, access, waiter)
      left &-= 1
    }
    page &+= 4096
  }
}

extension Ref where T == AddressSpace {
  /// The entry for `page` if it is present and allows `access`.
  @inline(__always)
  func residentEntry(_ page: UInt, _ access: PageAccess) -> Machine.Entry? {
    guard let table = leaf(page) else { return nil }
    let entry = Machine.Entry(rawValue: table[tableIndex(page, 0)])
    guard entry.isPresent, entry.access.isSuperset(of: access) else { return nil }
    return entry
  }
}

// MARK: Records and words

/// Reads a record of integers from the caller's memory. Throws as `copyIn` does.
@inline(__always)
func readRecord<T: BitwiseCopyable>(
  at address: UInt, as type: T.Type, _ thread: Ref<Thread>
) throws(SystemError) -> T {
  try makeRecord(type) { bytes, count throws(SystemError) in
    try copyIn(bytes, UserSpan(address: address, count: count), thread)
  }
}

/// Writes a record to the caller's memory. Throws as `copyIn` does.
@inline(__always)
func writeRecord<T: BitwiseCopyable>(
  _ record: T, to address: UInt, _ thread: Ref<Thread>
) throws(SystemError) {
  var record = record
  try withAddress(of: &record) { bytes, count throws(SystemError) in
    try copyOut(UserSpan(address: address, count: count), bytes, thread)
  }
}

/// Reads an aligned word of the caller's memory.
///
/// - Throws: `invalidArgument` if it is not aligned; else as `copyIn`.
@inline(__always)
func readWord32(at address: UInt, _ thread: Ref<Thread>) throws(SystemError) -> UInt32 {
  guard address & 3 == 0 else { throw .invalidArgument }
  guard isUserRange(address, 4) else { throw .badAddress }
  if let word = Machine.loadUser32(address) { return word }
  try bringIn(UserSpan(address: address, count: 4), .read, thread, .call(thread))
  guard let word = Machine.loadUser32(address) else { throw .badAddress }
  return word
}

/// As `readWord32`, for 64 bits.
@inline(__always)
func readWord64(at address: UInt, _ thread: Ref<Thread>) throws(SystemError) -> UInt64 {
  guard address & 7 == 0 else { throw .invalidArgument }
  guard isUserRange(address, 8) else { throw .badAddress }
  if let word = Machine.loadUser64(address) { return word }
  try bringIn(UserSpan(address: address, count: 8), .read, thread, .call(thread))
  guard let word = Machine.loadUser64(address) else { throw .badAddress }
  return word
}
