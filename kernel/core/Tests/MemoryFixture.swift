// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A process as the memory tests see it: a space, and two threads that use it from any processor.
/// Not known to the scheduler: the test says which thread runs where.
struct MemoryTask {
  let process: Ref<Process>
  let threads: [Ref<Thread>]
  var space: Ref<AddressSpace> { process.value.space! }

  init(_ space: Ref<AddressSpace>, _ account: Ref<Account>) throws {
    process = try takeObject(&kernel.processes)
    process.value.space = space
    process.value.account = account
    process.value.number = 0
    var threads: [Ref<Thread>] = []
    for _ in 0..<2 {
      let thread = try takeObject(&kernel.threads)
      thread.value.process = process
      thread.value.state = .stopped
      thread.value.wait = .none
      thread.value.queueLink = Link()
      thread.value.affinity = 0xFF
      threads.append(thread)
    }
    self.threads = threads
  }

  /// Gives all back, with the space unless `keepingSpace`.
  func end(keepingSpace: Bool = false) {
    for thread in threads {
      for index in 0..<8 where kernel.processors[index].current == thread {
        kernel.processors[index].current = nil
      }
      if thread.value.state == .ready { MemoryFixture.dequeue(thread) }
      abandonMemoryWork(of: thread)
    }
    if !keepingSpace {
      var steps = 0
      while !teardownStep(space) {
        MemoryFixture.settle()
        steps += 1
        precondition(steps < 100_000, "a space is not taken apart")
      }
    }
    process.value.space = nil
    for thread in threads {
      thread.value.state = .unused
      thread.value.process = nil
      kernel.threads.put(thread)
    }
    kernel.processes.put(process)
  }
}

/// What is in use, to be compared before and after.
struct MemoryBalance: Equatable {
  var freeAndKernel: Int
  var charged: UInt64
  var objects: Int
  var regions: Int
  var spaces: Int
  var works: Int
  var accounts: Int

  /// Frees what is kept for later, then counts.
  static func now() -> MemoryBalance {
    var rounds = 0
    repeat {
      MemoryFixture.settle()
      acknowledgeShootdowns()
      rounds += 1
    } while !kernel.memory.backlog.isEmpty && rounds < 100_000
    return MemoryBalance(
      freeAndKernel: kernel.frames.freeCount + kernel.frames.kernelCount,
      charged: kernel.rootAccount!.value.used[0] - UInt64(kernel.frames.kernelCount),
      objects: kernel.memoryObjects.inUse, regions: kernel.regions.inUse,
      spaces: kernel.spaces.inUse, works: kernel.memory.works.inUse,
      accounts: kernel.accounts.inUse)
  }
}

enum MemoryFixture {
  static func makeTask(_ account: Ref<Account>? = kernel.rootAccount) throws -> MemoryTask {
    try MemoryTask(AddressSpace.create(account!), account!)
  }

  /// Lets every processor follow the interrupts that other processors sent it.
  static func settle() {
    let before = Machine.currentProcessor
    for index in 0..<Machine.processorCount where ModelMachine.hasInterrupt(index) {
      ModelMachine.currentProcessor = index
      _ = ModelMachine.takeTrap()
      acknowledgeShootdowns()
    }
    ModelMachine.currentProcessor = before
    acknowledgeShootdowns()
  }

  static func dequeue(_ thread: Ref<Thread>) {
    kernel.processors[Int(thread.value.processor)].runQueue.remove(thread)
  }

  /// Makes `thread` run on processor `index`.
  static func makeCurrent(_ thread: Ref<Thread>, on index: Int) {
    if thread.value.state == .ready { dequeue(thread) }
    for other in 0..<8 where kernel.processors[other].current == thread {
      kernel.processors[other].current = nil
    }
    if let current = kernel.processors[index].current, current.value.state == .running {
      current.value.state = .stopped
    }
    ModelMachine.currentProcessor = index
    thread.value.state = .running
    thread.value.wait = .none
    kernel.processors[index].current = thread
    thread.value.process?.value.space?.activate()
  }

  /// Does what a system call of `thread` does, again as often as it has to be made again.
  static func perform<T>(
    _ thread: Ref<Thread>, on index: Int = 0, _ body: () throws(SystemError) -> T
  ) -> Result<T, SystemError> {
    for _ in 0..<200_000 {
      makeCurrent(thread, on: index)
      acknowledgeShootdowns()
      do throws(SystemError) {
        return .success(try body())
      } catch {
        if error != .restart { return .failure(error) }
        settle()
        if thread.value.state == .waiting { return .failure(.wouldBlock) }
      }
    }
    return .failure(.timedOut)
  }

  /// Nil, or the kind of violation, of an access that the program makes until it gets through.
  @discardableResult
  static func touch(
    _ thread: Ref<Thread>, _ address: UInt, _ access: PageAccess, on index: Int = 0
  ) -> UInt32? {
    for _ in 0..<64 {
      makeCurrent(thread, on: index)
      guard case .pageFault(_, _, let isPresent)? = ModelMachine.userAccess(address, access) else {
        return nil
      }
      acknowledgeShootdowns()
      switch handlePageFault(thread, address, access, isPresent) {
      case .resolved: continue
      case .parked:
        settle()
        if thread.value.state == .waiting { return 0 }
      case .violation(let kind): return kind
      }
    }
    return 1
  }

  /// Stores a word as the program does. - Returns: the violation, if it may not.
  @discardableResult
  static func store(
    _ thread: Ref<Thread>, _ address: UInt, _ value: UInt64, on index: Int = 0
  ) -> UInt32? {
    if let kind = touch(thread, address, .write, on: index) { return kind }
    return ModelMachine.userStore(address, value) ? nil : 1
  }

  /// Loads a word as the program does; nil if it may not.
  static func load(_ thread: Ref<Thread>, _ address: UInt, on index: Int = 0) -> UInt64? {
    if touch(thread, address, .read, on: index) != nil { return nil }
    return ModelMachine.userLoad(address)
  }

  /// What is wrong with what processors remember, if anything: an entry that the page tables do not
  /// have, or that allows more than theirs.
  static func staleTranslation() -> String? {
    for index in 0..<Machine.processorCount {
      let known = ModelMachine.translations(of: index)
      guard let space = kernel.processors[index].space else {
        if !known.isEmpty { return "processor \(index) remembers pages of no space" }
        continue
      }
      if space.value.shootdown.isClosed { continue }
      for (page, raw) in known {
        let entry = Machine.Entry(rawValue: raw)
        let address = page << 12
        if ClockMemory.reserved.contains(address) { continue }
        guard let table = space.leaf(address) else {
          return "processor \(index) remembers page \(page) without a table"
        }
        let word = LeafWord(table[tableIndex(address, 0)])
        guard word.isPresent, word.address == entry.address else {
          return "processor \(index) remembers another page at \(page)"
        }
        guard word.entry.access.contains(entry.access) else {
          return "processor \(index) remembers more rights at \(page)"
        }
      }
    }
    return nil
  }
}

extension Map {
  /// Private memory, or `object`.
  init(
    _ length: UInt, _ flags: MapFlags, at address: UInt = 0, object: Handle = .none,
    offset: UInt64 = 0
  ) {
    self.init()
    self.space = .none
    self.object = object
    self.address = address
    self.length = length
    self.offset = offset
    self.flags = flags
  }
}
