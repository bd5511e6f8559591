// SPDX-License-Identifier: MIT
import ABI
import CSystem

// A thread's memory is one mapping: a guard, the stack above it, then the thread-local variables
// and the thread block. Threads of the usual size leave theirs to the next: mapping and touching
// new memory costs more than the rest of making a thread.

/// Bytes of a thread's stack unless it asks for another size.
let usualStackBytes: UInt = 256 * 1024
private let guardBytes: UInt = 4096

/// A thread's memory, not yet or not any more in use.
struct ThreadMemory: BitwiseCopyable, Sendable {
  var mapping: UInt
  var byteCount: UInt
  /// The thread block's address.
  var block: UInt
}

/// Memory of finished threads, for the next ones.
private struct SpareMemory: BitwiseCopyable, Sendable {
  var spare = InlineArray<4, ThreadMemory>(
    repeating: ThreadMemory(mapping: 0, byteCount: 0, block: 0))
  var count = 0
  /// The first of the detached threads whose memory is still to be taken back: a list through the
  /// blocks' `c_library` word is not possible, since that is not ours, so it goes through
  /// `reserved`.
  var detached: UInt = 0
}

private let spareMemory = Mutex(SpareMemory())

/// Memory for a thread, with its block made.
/// - Throws: `outOfMemory`, `quotaExceeded`.
func takeThreadMemory(stackBytes: UInt) throws(SystemError) -> ThreadMemory {
  collectDetached()
  let wanted = byteCount(stackBytes)
  let spare = spareMemory.withLock { memory -> ThreadMemory? in
    guard memory.count > 0, memory.spare[memory.count &- 1].byteCount == wanted else { return nil }
    memory.count &-= 1
    return memory.spare[memory.count]
  }
  var memory: ThreadMemory
  if let spare {
    memory = spare
    // SAFETY: the thread that used it has ended, and the list gave it to us alone.
    unsafe clearVariables(memory)
  } else {
    memory = try mapThreadMemory(wanted)
  }
  // SAFETY: the area above the stack is ours, zeroed, and as large as variables and block.
  memory.block = unsafe makeThreadBlock(in: variablesArea(memory))
  if let block = unsafe UnsafeMutablePointer<system_thread>(bitPattern: memory.block) {
    unsafe block.pointee.mapping = memory.mapping
    unsafe block.pointee.mapping_bytes = memory.byteCount
  }
  return memory
}

private func byteCount(_ stackBytes: UInt) -> UInt {
  let variables = unsafe threadVariables
  return (guardBytes &+ stackBytes &+ variables.bytesWithBlock &+ variables.blockAlignment &+ 4095)
    & ~4095
}

/// Where variables and block begin: as high as they fit.
private func variablesArea(_ memory: ThreadMemory) -> UInt {
  let variables = unsafe threadVariables
  return (memory.mapping &+ memory.byteCount &- variables.bytesWithBlock)
    & ~(variables.blockAlignment &- 1)
}

/// Where a thread's stack ends.
func stackEnd(_ memory: ThreadMemory) -> UInt { variablesArea(memory) & ~15 }

private func mapThreadMemory(_ byteCount: UInt) throws(SystemError) -> ThreadMemory {
  let mapping = try perform(
    Map {
      $0.length = byteCount
      $0.flags = .read | .write
    })
  // The lowest page becomes the guard: a stack that grows into it ends the program at once.
  do throws(SystemError) {
    _ = try perform(
      Map {
        $0.address = mapping
        $0.length = guardBytes
        $0.flags = .guardRange | .fixed | .replace
      })
  } catch {
    unmap(mapping, byteCount)
    throw error
  }
  return ThreadMemory(mapping: mapping, byteCount: byteCount, block: 0)
}

private func unmap(_ mapping: UInt, _ byteCount: UInt) {
  performIgnoringErrors(
    Unmap {
      $0.address = mapping
      $0.length = byteCount
    })
}

/// - Safety: nobody uses the memory.
@unsafe
private func clearVariables(_ memory: ThreadMemory) {
  let area = variablesArea(memory)
  if let first = unsafe UnsafeMutableRawPointer(bitPattern: area) {
    _ = unsafe first.initializeMemory(
      as: UInt8.self, repeating: 0, count: Int(threadVariables.bytesWithBlock))
  }
}

/// Takes back the memory of a thread that has ended.
func giveThreadMemory(_ memory: ThreadMemory) {
  let isKept =
    memory.byteCount == byteCount(usualStackBytes)
    && spareMemory.withLock { spare in
      guard spare.count < 4 else { return false }
      spare.spare[spare.count] = memory
      spare.count &+= 1
      return true
    }
  if !isKept { unmap(memory.mapping, memory.byteCount) }
}

// MARK: Threads that nobody joins

/// Notes a thread that nobody will join: its memory comes back some time after it has ended.
func noteDetached(_ block: UInt) {
  spareMemory.withLock { memory in
    // SAFETY: a thread's block lasts until `collectDetached` gives its memory back.
    if let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: block) {
      unsafe thread.pointee.reserved.0 = memory.detached
    }
    memory.detached = block
  }
}

/// Gives back the memory of detached threads that have ended.
private func collectDetached() {
  var ended = spareMemory.withLock { memory -> UInt in
    var running: UInt = 0
    var ended: UInt = 0
    var next = memory.detached
    while next != 0, let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: next) {
      let block = next
      next = unsafe thread.pointee.reserved.0
      if system_thread_is_running(block) != 0 {
        unsafe thread.pointee.reserved.0 = running
        running = block
      } else {
        unsafe thread.pointee.reserved.0 = ended
        ended = block
      }
    }
    memory.detached = running
    return ended
  }
  while ended != 0, let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: ended) {
    let memory = unsafe ThreadMemory(
      mapping: thread.pointee.mapping, byteCount: thread.pointee.mapping_bytes, block: ended)
    ended = unsafe thread.pointee.reserved.0
    giveThreadMemory(memory)
  }
}
