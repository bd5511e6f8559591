// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Objects

// `/scheme/sys/seed`: the random bytes that the boot loader brought, for who may manage the machine.

/// Gives out what is left of the seed. What has been given is wiped at once, so no byte of it is ever
/// given twice, and none remains in the kernel.
func readSeed(_ buffer: UserSpan, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let seed = kernel.boot.seed
  let count = min(UInt64(buffer.count), seed.byteCount)
  guard count > 0 else { return .done(0) }
  // From where it lies: a copy would have to be wiped as well.
  try copyOut(
    UserSpan(address: buffer.address, count: UInt(count)), seed.start.kernelAddress, thread)
  for address in seed.start.rawValue..<seed.start.rawValue &+ count {
    PageOf<UInt8>(PhysicalAddress(address & ~4095))[Int(address & 4095)] = 0
  }
  kernel.boot.seed = MemoryRegion(
    start: PhysicalAddress(seed.start.rawValue &+ count), byteCount: seed.byteCount &- count)
  return .done(UInt(count))
}
