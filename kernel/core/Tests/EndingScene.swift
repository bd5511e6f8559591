// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// What a thread is at when its process has to end.
enum EndingPlace: CaseIterable {
  case ready, running, startedSuspended, suspended, suspendedWaiting, suspendedWoken
  case stopped, stoppedWaiting, stoppedAndSuspended, continued
  case sleeping, futex, pipe, events, child, interrupt, timer, console
  case offset, queued, taken, direct, returned, cancelled, opening, sending, serving
  case page, pageForCall, exception
  case copyingMemory, copyingHandles, waitingForProcessors, mapping
  case replacing, replacingAmongRunning, closingHandles, stoppedReplacing

  /// Whether it takes the server of a scheme, which may die.
  var hasServer: Bool {
    switch self {
    case .offset, .queued, .taken, .direct, .returned, .cancelled, .opening, .sending, .page,
      .pageForCall:
      true
    default: false
    }
  }

  /// Whether it comes about only where another processor runs a thread of the process.
  var needsOtherProcessor: Bool {
    self == .waitingForProcessors || self == .replacingAmongRunning
  }
}

/// A process with an account of its own and a thread at some place, a server for it to ask, and a
/// thread of its parent that does to it what is to be done.
struct EndingScene {
  let schemes: SchemeBench
  let account: Ref<Account>
  let process: Ref<Process>
  let thread: Ref<Thread>
  /// Another thread of the process.
  let sibling: Ref<Thread>
  let killer: Ref<Thread>
  private let pipe: Handle
  private let writer: Handle
  private let queue: Handle
  private let line: Handle
  private let timer: Handle
  private let console: Handle
  private let requests: Int

  var bench: Bench { schemes.bench }

  init(processors: Int) throws {
    schemes = try SchemeBench(processors: processors)
    let bench = schemes.bench
    killer = try bench.makeThread()
    pipe = try bench.open(try bench.root(.pipe), "", .read)
    writer = try bench.open(pipe, "write", .write)
    queue = try bench.open(try bench.root(.event), "", .readWrite)
    line = try bench.open(try bench.root(.irq), "9", .readWrite)
    timer = try bench.open(try bench.root(.time), "4/timer", .readWrite)
    console = try bench.open(try bench.root(.debug), "", .read)
    // The scheme waits for another server when this one dies.
    schemes.scheme.keep()
    schemes.scheme.value.managementHandles += 1
    requests = schemes.requestsInUse
    account = try Account.create(below: kernel.rootAccount)
    process = try createProcess(parent: bench.process, account: account)
    _ = try copyHandlesForFork(bench.process, process, from: 0)
    thread = try Fixture.makeThread(in: process)
    try bench.mapMemory(for: thread)
    bench.store([0], at: bench.memory + 0x8000, on: thread)
    sibling = try Fixture.makeThread(in: process)
    Fixture.settle()
  }

  // MARK: What happens to it

  func kill() { send(9) }

  func send(_ signal: UInt32) {
    Fixture.makeCurrent(killer)
    do { try post(ArrivedSignal(signal), to: process) } catch { Issue.record("\(error)") }
    leaveKernel()
  }

  /// The other thread ends the process, if it is still there.
  func exit() {
    guard sibling.value.state != .ended, sibling.value.state != .stopped else { return kill() }
    step(ExitProcess(), on: sibling)
  }

  func killServer() {
    guard let server = schemes.server.value.process else { return }
    Fixture.makeCurrent(killer)
    beginEnd(server, state: 1, value: 9)
    Fixture.drain()
  }

  /// Lets the processors go on entry by entry, and before each has all threads of the process
  /// suspended, and tries to stop it.
  func endMeddledWith() {
    for _ in 0..<4_000 where process.value.state != .ended { enterOnce(meddle) }
  }

  /// Lets each processor enter the kernel at most once.
  func enterOnce(_ before: () -> Void = {}) {
    for index in 0..<Machine.processorCount {
      ModelMachine.currentProcessor = index
      before()
      if kernel.processors[index].needsReschedule { _ = leave() }
      before()
      if ModelMachine.takeTrap() {
        _ = enterTrap(Machine.cause(of: Machine.Registers(entry: 0, stack: 0, argument: 0)))
      }
    }
    ModelMachine.advance(to: Machine.now() + 20_000)
  }

  private func meddle() {
    var next = process.value.threads.first
    while let thread = next {
      next = process.value.threads.next(after: thread)
      suspend(thread)
    }
    stop(process, by: 19)
  }

  /// Makes one entry of a call.
  func step(_ call: some SystemCall, on thread: Ref<Thread>, processor: Int = 0) {
    Fixture.makeCurrent(thread, on: processor)
    let words = call.words
    thread.value.registers = Machine.Registers(
      call: type(of: call).number.rawValue, words.a, words.b, words.c, words.d, words.e, words.f,
      site: Fixture.site)
    _ = enterSystemCall()
  }

  private func leaveKernel() {
    ModelMachine.currentProcessor = 0
    if kernel.processors[0].needsReschedule { _ = leave() }
  }

  // MARK: What is left

  /// What the process's account still pays for, once its parent has heard of its end.
  func left() -> [UInt64] {
    #expect(process.value.children.isEmpty && process.value.embryos.isEmpty)
    reap(process)
    // Its child went to init with its end.
    if let orphan = Fixture.initProcess?.value.children.last, orphan != bench.process {
      beginEnd(orphan, state: 1, value: 9)
      Fixture.drain()
      reap(orphan)
    }
    Fixture.advance(by: 100_000_000)
    return (0..<4).map { account.value.used[$0] }
  }

  private func reap(_ child: Ref<Process>) {
    guard let parent = child.value.parent else { return }
    let search = findChild(of: parent, Int(child.value.number), .noHang)
    #expect(search.found == child)
    if search.found == child { markReported(child, to: parent) }
  }

  /// Requests that are there beside those that were before the process.
  var requestsLeft: Int { schemes.requestsInUse - requests }
}

// MARK: Getting to the places

extension EndingScene {
  func go(to place: EndingPlace) throws {
    switch place {
    case .ready: return
    case .running: Fixture.makeCurrent(thread, on: Machine.processorCount - 1)
    case .startedSuspended:
      let new = try createThread(
        process, entry: Fixture.site, stack: 0, argument: 0, threadPointer: 0, isSuspended: true)
      #expect(new.value.state == .stopped)
    case .suspended, .suspendedWaiting, .suspendedWoken, .stopped, .stoppedWaiting,
      .stoppedAndSuspended, .continued:
      hold(place)
    case .sleeping: wait(Sleep())
    case .futex, .pipe, .events, .interrupt, .timer, .console: waitForKernel(place)
    case .child:
      _ = try createThread(
        try createProcess(parent: process, account: account), entry: Fixture.site, stack: 0,
        argument: 0, threadPointer: 0, isSuspended: true)
      wait(WaitChild { $0.selector = -1 })
    case .offset, .queued, .taken, .direct, .returned, .cancelled, .opening, .sending, .serving:
      try ask(place)
    case .page, .pageForCall: try touchProvided(place)
    case .exception:
      process.value.exceptionDescription = try makeExceptionPipe()
      Fixture.makeCurrent(thread)
      _ = enterTrap(.pageFault(address: 0x10, access: .read, isPresent: false))
      #expect(thread.value.state == .waiting)
    case .copyingMemory, .copyingHandles, .waitingForProcessors, .mapping: try begin(place)
    case .replacing, .replacingAmongRunning, .closingHandles, .stoppedReplacing:
      try replace(place)
    }
  }

  private func wait(_ call: some SystemCall) {
    #expect(bench.begin(call, on: thread) == nil && thread.value.state == .waiting)
  }

  private func hold(_ place: EndingPlace) {
    if place == .suspendedWaiting || place == .stoppedWaiting || place == .suspendedWoken {
      wait(Sleep())
    }
    if place == .stopped || place == .stoppedWaiting || place == .stoppedAndSuspended
      || place == .continued
    {
      send(19)
    } else {
      suspend(thread)
    }
    if place == .suspendedWoken { interruptWait(thread, with: .interrupted) }
    Fixture.advance(by: 50_000_000)
    if place == .stoppedAndSuspended { suspend(thread) }
    if place == .continued { send(18) }
    #expect(thread.isHeld || place == .stoppedWaiting || place == .continued)
  }

  private func waitForKernel(_ place: EndingPlace) {
    switch place {
    case .futex: wait(FutexWait { $0.address = bench.memory + 0x8000 })
    case .pipe: wait(bench.readCall(pipe, 8))
    case .interrupt: wait(bench.readCall(line, 8))
    case .timer: wait(bench.readCall(timer, 8))
    case .console: wait(bench.readCall(console, 8))
    default:
      wait(
        WaitEvents {
          $0.queue = queue
          $0.buffer = UserSpan(address: bench.memory + 0x8000, count: 24)
        })
    }
  }

  private func ask(_ place: EndingPlace) throws {
    var read = bench.readCall(schemes.root, 8)
    switch place {
    case .offset:
      #expect(bench.begin(read, on: bench.thread) == nil)
      wait(read)
      return
    case .opening:
      bench.store(Array("name".utf8), at: bench.memory + 0x1000, on: thread)
      wait(
        Open {
          $0.parent = schemes.root
          $0.path = UserSpan(address: bench.memory + 0x1000, count: 4)
          $0.flags = .read
        })
      return
    case .sending:
      wait(
        SendHandle {
          $0.handle = schemes.root
          $0.sent = pipe
        })
      return
    case .serving:
      let management = try Handle(word: bench.call(CreateScheme(), on: thread))
      let area = try Handle(
        word: bench.call(
          CreateMemory {
            $0.length = 16_384
            $0.flags = .wired
          }, on: thread))
      let session = try bench.call(
        AttachScheme {
          $0.scheme = management
          $0.area = area
        }, on: thread)
      let server = try Handle(word: session)
      wait(NextRequest { $0.server = server })
      return
    case .direct:
      #expect(bench.begin(schemes.nextCall(), on: schemes.server) == nil)
    default: break
    }
    read.offset = 0
    wait(read)
    if place == .direct { #expect(thread.value.direct.server != nil) }
    if place == .taken || place == .returned || place == .cancelled { _ = try schemes.take() }
    if place == .cancelled { interruptWait(thread, with: .interrupted) }
    if place == .returned { killServer() }
    #expect(thread.value.state == .waiting)
  }

  /// Waits for a page that the scheme's server is to supply.
  private func touchProvided(_ place: EndingPlace) throws {
    let object = try MemoryObject.create(
      .provided(schemes.scheme), length: 4 * 4096, account: kernel.rootAccount)
    schemes.scheme.keep()
    object.value.word = 77
    let handle = try insertHandle(
      process, try newDescription(.memory(object), account), .everything, OpenFlags())
    let address = try bench.call(
      Map(4 * 4096, .read | .write | .shared, object: handle), on: thread)
    if place == .page {
      Fixture.makeCurrent(thread)
      _ = enterTrap(.pageFault(address: address, access: .read, isPresent: false))
    } else {
      step(
        Write {
          $0.handle = schemes.root
          $0.buffer = UserSpan(address: address, count: 64)
        }, on: thread)
    }
    guard case .pages = thread.value.wait else {
      Issue.record("does not wait for a page")
      return
    }
  }

  private func makeExceptionPipe() throws -> Ref<Description> {
    guard let description = bench.process.value.handles.entry(writer)?.description else {
      throw SystemError.badHandle
    }
    description.retain()
    return description
  }

  /// Begins a call that goes on in further entries.
  private func begin(_ place: EndingPlace) throws {
    switch place {
    case .copyingHandles:
      for _ in 0..<150 { _ = try Fixture.makeInheritedMemory(as: thread) }
      step(Fork(), on: thread)
      #expect(thread.value.forkChild != nil)
    case .waitingForProcessors:
      Fixture.makeCurrent(sibling, on: 1)
      step(Fork(), on: thread)
      guard case .shootdown = thread.value.wait else {
        Issue.record("does not wait for the other processor")
        return
      }
    case .mapping:
      var map = Map(2_000 * 4096, .read | .write)
      map.flags = map.flags | .populate
      step(map, on: thread)
      #expect(unfinishedWork(of: thread) != nil)
    default:
      for index in 0..<30 {
        var map = Map(4096, index % 2 == 0 ? .read : .read | .write)
        map.address = 0x20_0000_0000 + UInt(index) * 4096
        map.flags = map.flags | .fixed
        try bench.call(map, on: thread)
      }
      step(Fork(), on: thread)
      #expect(unfinishedWork(of: thread) != nil)
    }
  }

  private func replace(_ place: EndingPlace) throws {
    let source = try Handle(word: bench.call(CreateProcess(account: .none), on: thread))
    let call = ReplaceProgram {
      $0.source = source
      $0.entry = Fixture.site
    }
    switch place {
    case .replacingAmongRunning:
      Fixture.makeCurrent(sibling, on: 1)
      step(call, on: thread)
      guard case .lastThread = thread.value.wait else {
        Issue.record("does not wait for the last thread")
        return
      }
    case .closingHandles:
      for _ in 0..<60 { try bench.call(CreateMemory(length: 4096), on: thread) }
      for _ in 0..<100 where !thread.value.attention.contains(.closeHandles) {
        step(call, on: thread)
      }
      #expect(thread.value.attention.contains(.closeHandles))
    default:
      for _ in 0..<60 { Fixture.call(Sleep(), as: try Fixture.makeThread(in: process)) }
      step(call, on: thread)
      #expect(process.value.care.contains(.ending) && process.value.threads.count > 1)
      if place == .stoppedReplacing { send(19) }
    }
  }
}

extension SystemCall {
  init(_ configure: (inout Self) -> Void) {
    self.init()
    configure(&self)
  }
}
