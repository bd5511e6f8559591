// SPDX-License-Identifier: MIT
import ABI
import CSystem
import Runtime

// The program's random bytes: from the 16 that it was started with, and from what the processor
// offers.

nonisolated(unsafe) private var generator = RandomGenerator(seed: InlineArray(repeating: 0))
nonisolated(unsafe) private var isSeeded = false
private let generatorLock = FutexLock()

/// - Safety: the lock is held.
@unsafe
private func seedIfNeeded() {
  if unsafe isSeeded { return }
  unsafe stir()
  unsafe isSeeded = true
}

/// - Safety: the lock is held, or no other thread exists.
@unsafe
private func stir() {
  let random = unsafe startRecord.random
  var words = InlineArray<4, UInt64>(repeating: 0)
  if random != 0 {
    words[0] = UInt64(unsafe word(random))
    words[1] = UInt64(unsafe word(random &+ 8))
  }
  words[2] = system_hardware_random()
  words[3] = system_hardware_random() ^ system_counter()
  unsafe generator.stir(words)
}

/// Makes this process's bytes differ from its parent's after a fork.
func stirAfterFork() {
  generatorLock.withLock {
    // SAFETY: the lock is held.
    unsafe stir()
    unsafe isSeeded = true
  }
}

/// A random number that cannot be guessed from earlier ones.
@export(interface)
public func randomWord() -> UInt64 {
  generatorLock.withLock {
    // SAFETY: the lock is held.
    unsafe seedIfNeeded()
    return unsafe generator.nextWord()
  }
}

/// Fills `bytes` with random numbers.
@export(interface)
public func fillRandom(_ bytes: inout MutableSpan<UInt8>) {
  generatorLock.lock()
  defer { generatorLock.unlock() }
  // SAFETY: the lock is held.
  unsafe seedIfNeeded()
  for index in bytes.indices { bytes[index] = unsafe generator.next() }
}

@c(system_fill_random)
public func systemFillRandom(_ address: UInt, _ count: UInt) {
  guard let first = unsafe UnsafeMutablePointer<UInt8>(bitPattern: address) else { return }
  // SAFETY: the caller in `allocator.c` owns `count` bytes there.
  var bytes = unsafe MutableSpan(_unsafeStart: first, count: Int(count))
  fillRandom(&bytes)
}
