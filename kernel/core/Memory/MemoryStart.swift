// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Makes everything about memory that comes before the first process: the frame table, the root
/// account, and the clock page.
///
/// - Throws: `outOfMemory` on a machine without room for the frame table.
func initialiseMemory(boot: BootInformation) throws(SystemError) {
  var boot = boot
  let frameCount = Int(truncatingIfNeeded: min(boot.memoryEnd.rawValue &>> 12, 1 << 32 &- 1))
  guard
    let table = PhysicalArray<FrameInfo>(
      carvedFrom: &boot, count: frameCount, repeating: FrameInfo())
  else { throw .outOfMemory }
  kernel.frames.info = table
  for index in 0..<min(boot.regionCount, 32) { addFrames(boot.regions[index]) }
  markFixed(boot.initrd)
  kernel.frames.totalCount = kernel.frames.freeCount
  let root = try Account.create(below: nil)
  // The page that holds the account was taken before there was anyone to charge it to.
  root.value.used[0] = UInt64(kernel.frames.totalCount &- kernel.frames.freeCount)
  root.value.maximum[0] = UInt64(kernel.frames.totalCount)
  kernel.rootAccount = root
  try kernel.memory.clock.initialise()
  kernel.memory.clock.update(
    Machine.clockParameters, wallClockAtBoot: Machine.wallClockAtBoot)
}

/// Makes the whole frames of a region free. Frame 0 is left out: it stands for none.
private func addFrames(_ region: MemoryRegion) {
  let limit = UInt64(kernel.frames.info.count)
  let first = max((region.start.rawValue &+ 4095) &>> 12, 1)
  let end = min((region.start.rawValue &+ region.byteCount) &>> 12, limit)
  guard first < end else { return }
  kernel.frames.insertRun(UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: end))
  kernel.frames.freeCount &+= Int(end &- first)
}

/// Notes that a range holds what the loader left: it can be mapped and pinned, and is never freed.
private func markFixed(_ region: MemoryRegion) {
  let limit = UInt64(kernel.frames.info.count)
  let first = region.start.rawValue &>> 12
  let end = min((region.start.rawValue &+ region.byteCount &+ 4095) &>> 12, limit)
  guard first < end else { return }
  for frame in first..<end { kernel.frames.info[Int(frame)].state = .fixed }
}

/// A memory object over the initrd, so that its pages are mapped in place.
func initrdObject() throws(SystemError) -> Ref<MemoryObject> {
  let initrd = kernel.boot.initrd
  guard initrd.byteCount > 0, initrd.start.rawValue & 4095 == 0 else { throw .notFound }
  return try MemoryObject.create(over: initrd, .normal, account: kernel.rootAccount)
}
