// SPDX-License-Identifier: MIT
import ABI
import CSystem
import Core
import Memory

// The heap that `posix_memalign`, `free` and everything in Swift that allocates share.

/// Memory from the kernel, in a stretch of addresses of the heap's own, somewhere else in each run.
struct ProgramPages: PageSource {
  private var ranges: AddressRanges

  init(random: UInt) {
    // 2^24 places 64 KiB apart, from 16 TiB on. The kernel and the loader choose addresses of their
    // own; where one of theirs is met, that range is passed over.
    let start: UInt = 0x1000_0000_0000 &+ (random & 0xFF_FFFF) << 16
    ranges = AddressRanges(start: start, limit: 0x3F00_0000_0000)
  }

  mutating func map(_ byteCount: Int) -> UInt? {
    for _ in 0..<64 {
      guard let address = ranges.take(UInt(byteCount)) else { return nil }
      let result = trap(
        Map {
          $0.address = address
          $0.length = UInt(byteCount)
          $0.flags = .read | .write | .fixed
        })
      if result == address { return address }
      // Somebody else's memory lies there: its range is never used.
      if result == CallResult(.alreadyExists).rawValue { continue }
      ranges.put(address, UInt(byteCount))
      return nil
    }
    return nil
  }

  mutating func unmap(_ address: UInt, _ byteCount: Int) {
    performIgnoringErrors(
      Unmap {
        $0.address = address
        $0.length = UInt(byteCount)
      })
    ranges.put(address, UInt(byteCount))
  }

  mutating func resize(_ address: UInt, from byteCount: Int, to newByteCount: Int) -> UInt? {
    guard let newAddress = ranges.take(UInt(newByteCount)) else { return nil }
    let result = trap(
      Remap {
        $0.address = address
        $0.length = UInt(byteCount)
        $0.newLength = UInt(newByteCount)
        $0.newAddress = newAddress
        $0.flags = .read | .write | .fixed
      })
    guard result == newAddress else {
      ranges.put(newAddress, UInt(newByteCount))
      return nil
    }
    ranges.put(address, UInt(byteCount))
    return newAddress
  }
}

/// The heap lies in memory that `allocator.c` reserves: a global variable of its type would be
/// checked for its initialisation, and for exclusive access, at every use.
private var programHeap: UnsafeMutablePointer<Heap<ProgramPages>> {
  @inline(__always)
  get {
    // SAFETY: reserved for this, large enough and aligned, as `prepareHeap` checks.
    unsafe UnsafeMutablePointer(bitPattern: system_heap_space()).unsafelyUnwrapped
  }
}

private let heapLock = FutexLock()

/// - Safety: called once, before the first allocation.
@unsafe
func prepareHeap() {
  precondition(MemoryLayout<Heap<ProgramPages>>.size <= system_heap_space_bytes())
  let random = unsafe startRecord.random
  let first = random == 0 ? UInt(truncatingIfNeeded: system_counter()) : unsafe word(random)
  let second = random == 0 ? first : unsafe word(random &+ 8)
  // Two different mixtures, so that an address does not give the secret away.
  unsafe programHeap.initialize(
    to: Heap(
      ProgramPages(random: first &* 0x9E37_79B9_7F4A_7C15 >> 32),
      secret: first ^ second.byteSwapped))
}

/// Nobody else uses the heap while `body` runs: for a fork, whose child has this thread alone.
func withHeapLocked<Result>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result
{
  try heapLock.withLock(body)
}

/// A block of memory, or `nil`; alignment is a power of two.
@inline(__always)
func allocate(_ byteCount: Int, alignment: Int) -> UInt? {
  heapLock.lock()
  defer { heapLock.unlock() }
  // SAFETY: the lock is held.
  return unsafe programHeap.pointee.allocate(byteCount, alignment: alignment)
}

@inline(__always)
func deallocate(_ block: UInt) {
  heapLock.lock()
  // SAFETY: the lock is held.
  let wasBlock = unsafe programHeap.pointee.deallocate(block)
  heapLock.unlock()
  if !wasBlock { stop("heap: an address was freed that is no block in use") }
}

@c(system_allocate)
public func systemAllocate(_ byteCount: UInt, _ alignment: UInt) -> UInt {
  guard alignment & (alignment &- 1) == 0, byteCount <= UInt(Int.max), alignment <= UInt(Int.max)
  else { return 0 }
  return allocate(Int(byteCount), alignment: max(Int(alignment), 16)) ?? 0
}

@c(system_deallocate)
public func systemDeallocate(_ block: UInt) { deallocate(block) }

@c(system_usable_size)
public func systemUsableSize(_ block: UInt) -> UInt {
  heapLock.lock()
  defer { heapLock.unlock() }
  // SAFETY: the lock is held.
  return UInt(unsafe programHeap.pointee.usableBytes(block) ?? 0)
}

/// Makes a block larger or smaller; what it holds is kept as far as it fits.
///
/// - Returns: where it is now, or zero if there is no memory: then the block is as it was.
@c(system_reallocate)
public func systemReallocate(_ block: UInt, _ byteCount: UInt) -> UInt {
  guard block != 0 else { return systemAllocate(byteCount, 16) }
  guard byteCount <= UInt(Int.max) else { return 0 }
  heapLock.lock()
  // SAFETY: the lock is held.
  let resized = unsafe programHeap.pointee.resize(block, to: Int(byteCount))
  let usable = unsafe programHeap.pointee.usableBytes(block) ?? 0
  heapLock.unlock()
  if let resized { return resized }
  guard let fresh = allocate(Int(byteCount), alignment: 16),
    let target = unsafe UnsafeMutableRawPointer(bitPattern: fresh),
    let source = unsafe UnsafeRawPointer(bitPattern: block)
  else { return 0 }
  // SAFETY: both blocks are in use and hold at least the smaller of the two sizes.
  unsafe target.copyMemory(from: source, byteCount: min(usable, Int(byteCount)))
  deallocate(block)
  return fresh
}

/// Whether a block of `byteCount` bytes can be had now: for who would rather refuse than end where
/// there is none. Another process may take the memory before it is asked for.
@export(interface)
public func heapHasRoom(for byteCount: Int) -> Bool {
  guard byteCount >= 0, let block = allocate(byteCount, alignment: 16) else { return false }
  deallocate(block)
  return true
}

/// Bytes in use, with what rounding adds.
@export(interface)
public func heapUsedBytes() -> Int {
  heapLock.lock()
  defer { heapLock.unlock() }
  // SAFETY: the lock is held.
  return unsafe programHeap.pointee.usedBytes
}
