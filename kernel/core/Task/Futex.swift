// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

/// What a futex word is, wherever it is mapped: an address of one address space, or an offset in a
/// memory object.
struct FutexKey: Equatable, BitwiseCopyable {
  /// The space's or the object's address in the kernel; objects with bit 0 set.
  var owner: UInt = 0
  var offset: UInt64 = 0

  init() {}

  /// A word that only this address space uses.
  @inline(__always)
  init(space: Ref<AddressSpace>, address: UInt) {
    owner = space.address
    offset = UInt64(address)
  }

  /// A word of shared memory.
  init(object: Ref<MemoryObject>, offset: UInt64) {
    owner = object.address | 1
    self.offset = offset
  }
}

/// Threads in `FutexWait`, by word.
///
/// A table of 1,024 lists. Each list holds one thread per word, the one that has waited longest; the
/// others that wait for the same word follow in its `futexFollowers`. So a search passes only over
/// different words that share a list, and the table's secret keeps programs from aiming for that.
struct FutexTable: BitwiseCopyable {
  private var buckets = InlineArray<1024, ThreadQueue>(repeating: ThreadQueue())
  /// Mixed into every hash; zero until `seed` is called.
  private(set) var secret: UInt64 = 0
  private(set) var waiters = 0

  init() {}

  mutating func seed(_ secret: UInt64) { self.secret = secret }

  @inline(__always)
  private mutating func bucket(of key: FutexKey) -> Int {
    var hash = UInt64(key.owner) ^ secret
    hash = (hash ^ hash &>> 29) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ key.offset ^ hash &>> 32) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: hash &>> 54)
  }

  /// The thread that stands for all that wait for `key`.
  @inline(__always)
  private mutating func leader(of key: FutexKey, in bucket: Int) -> Ref<Thread>? {
    var next = buckets[bucket].first
    while let thread = next {
      if thread.value.futexKey == key { return thread }
      next = buckets[bucket].next(after: thread)
    }
    return nil
  }

  /// Adds a thread with its `futexKey` set, behind those that wait for the same word.
  mutating func insert(_ thread: Ref<Thread>) {
    let bucket = bucket(of: thread.value.futexKey)
    thread.value.futexFollowers = ThreadQueue()
    waiters &+= 1
    if let leader = leader(of: thread.value.futexKey, in: bucket) {
      leader.value.futexFollowers.append(thread)
    } else {
      buckets[bucket].append(thread)
    }
  }

  /// Takes out the thread that has waited longest for `key`.
  mutating func takeFirst(_ key: FutexKey) -> Ref<Thread>? {
    let bucket = bucket(of: key)
    guard !buckets[bucket].isEmpty, let leader = leader(of: key, in: bucket) else { return nil }
    removeLeader(leader, from: bucket)
    return leader
  }

  /// Takes a thread out that waits no longer.
  mutating func remove(_ thread: Ref<Thread>) {
    let bucket = bucket(of: thread.value.futexKey)
    guard let leader = leader(of: thread.value.futexKey, in: bucket) else { return }
    if leader == thread {
      removeLeader(leader, from: bucket)
    } else {
      leader.value.futexFollowers.remove(thread)
      waiters &-= 1
    }
  }

  /// The next of the followers takes the place of the one that stood for them.
  private mutating func removeLeader(_ leader: Ref<Thread>, from bucket: Int) {
    waiters &-= 1
    if let heir = leader.value.futexFollowers.popFirst() {
      heir.value.futexFollowers = leader.value.futexFollowers
      buckets[bucket].insert(heir, before: leader)
    }
    leader.value.futexFollowers = ThreadQueue()
    buckets[bucket].remove(leader)
  }
}

/// Threads that one entry wakes or moves; a call that asks for more goes on in a new entry.
let futexLimit: UInt32 = 32

/// Wakes up to `count` threads that wait for `key`.
/// - Returns: how many.
func wakeWaiters(of key: FutexKey, _ count: UInt32) -> UInt32 {
  var woken: UInt32 = 0
  while woken < count, let thread = kernel.futexes.takeFirst(key) {
    thread.value.woken = .futex
    wake(thread, result: 0)
    woken &+= 1
  }
  return woken
}

/// Lets up to `count` threads that wait for `key` wait for `target` instead.
/// - Returns: how many.
func moveWaiters(of key: FutexKey, to target: FutexKey, _ count: UInt32) -> UInt32 {
  var moved: UInt32 = 0
  while moved < count, let thread = kernel.futexes.takeFirst(key) {
    thread.value.futexKey = target
    kernel.futexes.insert(thread)
    moved &+= 1
  }
  return moved
}
