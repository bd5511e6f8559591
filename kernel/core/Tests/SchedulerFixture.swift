// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// Suites that share the one model machine, and so take turns.
@Suite(.serialized) enum OneMachine {}

/// A kernel over the model machine as it is just before init is loaded.
enum Fixture {
  /// Starts afresh: all objects of the last test are gone.
  static func start(processors: Int = 1, memoryBytes: Int = 32 << 20) throws {
    ModelMachine.reset(memoryBytes: memoryBytes, processors: processors)
    ModelMachine.currentProcessor = 0
    kernel = KernelState()
    for index in 0..<processors { ProcessorRef.remember(index) }
    kernel.boot = Machine.bootInformation
    try initialiseMemory(boot: Machine.bootInformation)
    for index in 0..<processors {
      kernel.processors[index].scratch = try kernel.frames.takeCleared(for: nil)
      kernel.processors[index].isOnline = true
    }
    kernel.onlineProcessors = processors
    initialiseTime()
    kernel.initProcess = try makeProcess(parent: nil)
  }

  /// A process without a running thread, below init, or init itself.
  static func makeProcess(parent: Ref<Process>? = kernel.initProcess) throws -> Ref<Process> {
    guard let account = kernel.rootAccount else { throw SystemError.noProcess }
    return try createProcess(parent: parent, account: account)
  }

  /// A ready thread; the first of an embryo brings it to life.
  static func makeThread(
    in process: Ref<Process>, nice: Int8 = 0, priority: UInt8 = 0
  ) throws -> Ref<Thread> {
    process.value.nice = nice
    let thread = try createThread(
      process, entry: site, stack: 0x7000_0000, argument: 0, threadPointer: 0, isSuspended: true)
    thread.value.basePriority = priority
    thread.value.effectivePriority = priority
    resume(thread)
    return thread
  }

  /// A process with one ready thread.
  static func makeTask(
    parent: Ref<Process>? = kernel.initProcess, nice: Int8 = 0, priority: UInt8 = 0
  ) throws -> Ref<Thread> {
    try makeThread(in: makeProcess(parent: parent), nice: nice, priority: priority)
  }

  /// Where every program's system call instruction lies.
  static let site: UInt = 0x40_0000

  // MARK: Processors

  /// Makes `thread` run on processor `index`, whatever ran there, unless it runs on another.
  static func makeCurrent(_ thread: Ref<Thread>, on index: Int = 0) {
    if thread.value.state == .running {
      ModelMachine.currentProcessor = Int(thread.value.processor)
      return
    }
    ModelMachine.currentProcessor = index
    if let current = kernel.processors[index].current {
      if current.value.state == .running {
        current.value.state = .ready
        kernel.processors[index].runQueue.insert(current, at: .back)
      }
    }
    kernel.processors[index].current = nil
    if thread.value.state == .ready {
      kernel.processors[Int(thread.value.processor)].runQueue.remove(thread)
    }
    _ = run(thread)
    startSlice(index, of: thread)
    _ = leave()
  }

  /// Lets every processor take the interrupts that are due, until none is.
  static func settle() {
    var isQuiet = false
    while !isQuiet {
      isQuiet = true
      for index in 0..<Machine.processorCount {
        ModelMachine.currentProcessor = index
        // A test that did something as this processor has not left the kernel yet.
        if kernel.processors[index].needsReschedule { _ = leave() }
        while ModelMachine.takeTrap() {
          isQuiet = false
          _ = enterTrap(Machine.cause(of: Machine.Registers(entry: 0, stack: 0, argument: 0)))
        }
      }
    }
    ModelMachine.currentProcessor = 0
  }

  /// Lets time pass, with all interrupts that come meanwhile.
  static func advance(by nanoseconds: UInt64) {
    let end = Machine.now() + nanoseconds
    while true {
      settle()
      var next = end
      for index in 0..<Machine.processorCount {
        if let deadline = ModelMachine.deadline(of: index) { next = min(next, deadline) }
      }
      if next >= end { break }
      ModelMachine.advance(to: next)
    }
    ModelMachine.advance(to: end)
    settle()
  }

  /// Lets time pass until every process that has begun to end has ended.
  static func drain() {
    for _ in 0..<2_000 {
      advance(by: 2_000_000)
      if !isAnyProcessEnding { return }
    }
    Issue.record("a process does not end")
    describe()
  }

  /// Prints what every thread does, for a test that got stuck.
  static func describe() {
    for index in 0..<Machine.processorCount {
      print(
        "processor \(index): \(current(of: index)?.value.number ?? 0) queue",
        kernel.processors[index].runQueue.count, "timer",
        ModelMachine.deadline(of: index) ?? 0, "now", Machine.now())
    }
    var number: UInt32 = 0
    while let process = process(after: number) {
      number = process.value.number
      print(
        "process \(number) \(process.value.state) \(process.value.endPhase)",
        "care \(process.value.care.rawValue) survivor \(process.value.survivor?.value.number ?? 0)")
      var next = process.value.threads.first
      while let thread = next {
        next = process.value.threads.next(after: thread)
        print(
          "  thread \(thread.value.number) \(thread.value.state) \(thread.value.wait)",
          "attention \(thread.value.attention.rawValue) on \(thread.value.processor)",
          "linked \(thread.value.queueLink.isLinked)")
      }
    }
  }

  private static var isAnyProcessEnding: Bool {
    var number: UInt32 = 0
    while let process = process(after: number) {
      number = process.value.number
      if process.value.endPhase != .alive, process.value.state != .ended { return true }
    }
    return false
  }

  /// Charges the running threads up to now.
  static func chargeAll() {
    for index in 0..<Machine.processorCount where kernel.processors[index].current != nil {
      charge(index)
    }
  }

  // `kernel` itself cannot be copied, so expectations ask here.
  static var rootAccount: Ref<Account>? { kernel.rootAccount }
  static var initProcess: Ref<Process>? { kernel.initProcess }
  static func process(after number: UInt32) -> Ref<Process>? {
    kernel.processTable.next(after: number)
  }
  static var aliveProcesses: [Ref<Process>] {
    var found: [Ref<Process>] = []
    var number: UInt32 = 0
    while let process = process(after: number) {
      number = process.value.number
      if process.value.state == .alive { found.append(process) }
    }
    return found
  }
  static var switches: UInt64 { kernel.statistics.contextSwitches }
  static var stoppedProcesses: Int { kernel.processTable.stoppedCount }
  static var futexWaiters: Int { kernel.futexes.waiters }
  static func current(of index: Int = 0) -> Ref<Thread>? { kernel.processors[index].current }

  // MARK: Calls

  /// What a call has come to for its caller.
  enum Result: Equatable {
    case done(UInt)
    case failed(SystemError)
    /// The caller waits, or is gone.
    case waiting
  }

  /// Enters the kernel for the current thread's system call, at the function that assembly chooses.
  static func enter() {
    switch kernel.processors[Machine.currentProcessor].current?.value.registers.callNumber {
    case CallNumber.nextRequest.rawValue: _ = enterNextRequest()
    case CallNumber.callScheme.rawValue: _ = enterCallScheme()
    case CallNumber.read.rawValue: _ = enterRead()
    case CallNumber.write.rawValue: _ = enterWrite()
    default: _ = enterSystemCall()
    }
  }

  /// Makes a system call as `thread` and repeats it as long as it goes on in steps.
  @discardableResult
  static func call(_ call: some SystemCall, as thread: Ref<Thread>, on index: Int = 0) -> Result {
    let words = call.words
    let registers = Machine.Registers(
      call: type(of: call).number.rawValue, words.a, words.b, words.c, words.d, words.e, words.f,
      site: site)
    for _ in 0..<10_000 {
      if thread.value.state == .ended || thread.value.state == .waiting { return .waiting }
      makeCurrent(thread, on: index)
      guard thread.value.state == .running else { return .waiting }
      thread.value.registers = registers
      enter()
      settle()
      guard thread.value.state == .running || thread.value.state == .ready else { return .waiting }
      if isRestarted(thread) { continue }
      return result(of: thread)
    }
    return .waiting
  }

  /// Whether the thread will make its call again.
  static func isRestarted(_ thread: Ref<Thread>) -> Bool {
    thread.value.registers.instructionPointer == site
  }

  /// What the last call of a thread returned.
  static func result(of thread: Ref<Thread>) -> Result {
    do throws(SystemError) {
      return .done(try CallResult(rawValue: thread.value.registers.result).get())
    } catch {
      return .failed(error)
    }
  }

  // MARK: Memory

  /// Maps `pages` of zeroed memory into the thread's process.
  static func map(_ pages: UInt = 1, as thread: Ref<Thread>) throws -> UInt {
    var map = Map()
    map.space = .none
    map.object = .none
    map.length = pages * 4096
    map.flags = .read | .write
    guard case .done(let address) = call(map, as: thread) else {
      Issue.record("cannot map")
      return 0
    }
    return address
  }

  /// A memory object whose handle fork copies.
  static func makeInheritedMemory(_ length: UInt64 = 4096, as thread: Ref<Thread>) throws -> Handle
  {
    guard case .done(let made) = call(CreateMemory(length: length), as: thread) else {
      throw SystemError.outOfMemory
    }
    var duplicate = Duplicate()
    duplicate.handle = try Handle(word: made)
    duplicate.rights = .everything
    guard case .done(let handle) = call(duplicate, as: thread) else {
      throw SystemError.tooManyHandles
    }
    call(Close(handle: duplicate.handle), as: thread)
    return try Handle(word: handle)
  }

  /// A 64-bit word of the thread's memory.
  static func word(_ address: UInt, of thread: Ref<Thread>) -> UInt64? {
    makeCurrent(thread)
    return Machine.loadUser64(address)
  }

  /// Stores a word as the thread's program does, with the page faults that this takes.
  static func store(_ address: UInt, _ value: UInt64, as thread: Ref<Thread>) {
    makeCurrent(thread)
    for _ in 0..<4 {
      if ModelMachine.userStore(address, value) { return }
      _ = enterTrap(.pageFault(address: address, access: .write, isPresent: false))
    }
    Issue.record("cannot store")
  }
}

/// Numbers that look random and are the same each time.
struct Noise {
  var state: UInt64
  init(_ seed: UInt64) { state = seed | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
  mutating func next(below limit: Int) -> Int { Int(next() >> 16) % limit }
}
