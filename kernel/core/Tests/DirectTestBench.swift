// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A scheme with an open file, a client, and as many servers as a test wants.
struct DirectBench {
  let bench: Bench
  let scheme: Ref<Scheme>
  let management: Handle
  /// A file with the word 7, in the client's process alone.
  let file: Handle
  var client: Ref<Thread> { bench.thread }
  /// Another thread of the client's process, which does what happens meanwhile.
  let other: Ref<Thread>
  /// Where the client sends from and wants answers, and where a server answers from.
  var inputPlace: UInt { bench.memory + 0x2000 }
  var outputPlace: UInt { bench.memory + 0x8000 }

  init(_ flags: SchemeFlags = .persistent) throws {
    bench = try Bench()
    other = try bench.makeThread()
    // So that no page comes in between two balances.
    for page in stride(from: bench.memory, to: bench.memory + Bench.memoryBytes, by: 4096) {
      bench.store([0], at: page)
    }
    var create = CreateScheme()
    create.flags = flags
    management = try Handle(word: bench.call(create))
    guard let entry = bench.process.value.handles.entry(management),
      case .schemeManagement(let scheme)? = entry.description?.value.kind
    else { throw SystemError.badHandle }
    self.scheme = scheme
    var root = CreateRoot()
    root.scheme = management
    root.word = 7
    file = try Handle(word: bench.call(root))
  }

  /// Another open file of the scheme.
  func openAnother() throws -> Handle {
    var root = CreateRoot()
    root.scheme = management
    root.word = 8
    return try Handle(word: bench.call(root))
  }

  /// A server in a process of its own, or a thread with a session in `process`.
  func makeServer(in process: Ref<Process>? = nil) throws -> DirectServer {
    let isNew = process == nil
    let process = try process ?? Fixture.makeProcess(parent: bench.process)
    let thread = try Fixture.makeThread(in: process)
    if isNew {
      try bench.mapMemory(for: thread)
      for page in stride(from: bench.memory, to: bench.memory + Bench.memoryBytes, by: 4096) {
        bench.store([0], at: page, on: thread)
      }
    }
    let description = try newDescription(.schemeManagement(scheme), process.value.account)
    scheme.keep()
    scheme.value.managementHandles += 1
    var attach = AttachScheme()
    attach.scheme = try insertHandle(process, description, .everything, OpenFlags())
    var memory = CreateMemory()
    memory.length = 4 * 4096
    memory.flags = .wired
    attach.area = try Handle(word: bench.call(memory, on: thread))
    let handle = try Handle(word: bench.call(attach, on: thread))
    guard case .server(let session)? = process.value.handles.entry(handle)?.description?.value.kind
    else { throw SystemError.badHandle }
    return DirectServer(setup: self, thread: thread, handle: handle, session: session)
  }

  /// A server that waits.
  func makeWaitingServer(in process: Ref<Process>? = nil) throws -> DirectServer {
    let server = try makeServer(in: process)
    #expect(try server.next() == nil)
    return server
  }

  // MARK: The client's side

  /// Bytes that differ from place to place and from `seed` to `seed`.
  static func pattern(_ count: Int, _ seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed &* 31 &+ 1) }
  }

  func callScheme(_ input: UserSpan, _ output: UserSpan, code: UInt32 = 5) -> CallScheme {
    var call = CallScheme()
    call.handle = file
    call.operation = code
    call.input = input
    call.output = output
    return call
  }

  /// Sends `input` and wants `room` bytes.
  func sending(_ input: [UInt8], room: Int = 0) -> CallScheme {
    bench.store(input, at: inputPlace, on: other)
    return callScheme(
      UserSpan(address: inputPlace, count: UInt(input.count)),
      UserSpan(address: outputPlace, count: UInt(room)))
  }

  func reading(_ count: Int, at place: UInt, offset: UInt64 = 0x1234) -> Read {
    var call = Read()
    call.handle = file
    call.buffer = UserSpan(address: place, count: UInt(count))
    call.offset = offset
    return call
  }

  /// Makes a call that has to wait for its answer.
  /// - Returns: whether it was handed over directly.
  @discardableResult
  func start(_ call: some SystemCall, on thread: Ref<Thread>? = nil) -> Bool {
    let thread = thread ?? client
    #expect(bench.begin(call, on: thread) == nil)
    #expect((thread.value.direct.server == nil) == (thread.value.request != nil))
    return thread.value.direct.server != nil
  }

  func result(of thread: Ref<Thread>? = nil) -> UInt? {
    let thread = thread ?? client
    guard thread.value.state != .waiting else { return nil }
    // What it has to do first on its way to user mode it does now.
    Fixture.makeCurrent(thread)
    return bench.settle(thread)
  }

  func isError(_ error: SystemError, _ thread: Ref<Thread>? = nil) -> Bool {
    result(of: thread) == CallResult(error).rawValue
  }

  /// Other entries, until the scheme has nothing left to do.
  func work() throws {
    while scheme.value.choreLink.isLinked { try bench.call(Null(), on: other) }
  }

  func output(_ count: Int) -> [UInt8] { bench.load(count, at: outputPlace, on: other) }

  // `kernel` itself cannot be copied, so expectations ask here.
  var balance: [Int] {
    [
      kernel.requests.inUse, kernel.descriptions.inUse, kernel.servers.inUse,
      Int(kernel.rootAccount?.value.used[3] ?? 0),
    ]
  }
}

struct DirectServer {
  let setup: DirectBench
  let thread: Ref<Thread>
  let handle: Handle
  let session: Ref<Server>
  var bench: Bench { setup.bench }
  var place: UInt { bench.memory + 0x4000 }

  var record: SchemeRequest { MessageArea(session).record }
  /// What a thread that was handed a request directly got as its tag.
  var tag: UInt { thread.value.registers.result }

  func input(_ count: Int) -> [UInt8] {
    let page = PageOf<UInt8>(session.value.firstPage)
    return (0..<count).map { page[SchemeRequest.byteCount + $0] }
  }

  func nextCall(_ tag: UInt = 0, _ result: UInt = 0, _ flags: AnswerFlags) -> NextRequest {
    var call = NextRequest()
    call.server = handle
    call.tag = tag
    call.result = result
    call.flags = flags
    return call
  }

  /// Answers `tag` with `bytes` and takes the next request.
  /// - Returns: what was taken; nil if there is nothing, and without flags the thread waits.
  @discardableResult
  func next(
    answering tag: UInt = 0, _ result: UInt = 0, _ bytes: [UInt8] = [],
    _ flags: AnswerFlags = AnswerFlags()
  ) throws -> SchemeRequest? {
    if !bytes.isEmpty { bench.store(bytes, at: place, on: thread) }
    var call = nextCall(tag, result, flags)
    call.data = UserSpan(address: place, count: UInt(bytes.count))
    guard let word = bench.begin(call, on: thread), word != 0 else { return nil }
    if word > UInt.max - 4096 { throw SystemError(rawValue: UInt16(0 &- word)) ?? .protocolError }
    return record
  }

  /// Answers without taking anything.
  func answer(_ tag: UInt, _ result: UInt = 0, _ bytes: [UInt8] = []) throws {
    try next(answering: tag, result, bytes, .answerOnly)
  }

  func transfer(
    _ tag: UInt, _ direction: TransferDirection, offset: UInt, _ count: Int
  ) throws -> UInt {
    var call = TransferData()
    call.server = handle
    call.tag = tag
    call.offset = offset
    call.data = UserSpan(address: place, count: UInt(count))
    call.direction = direction
    return try bench.call(call, on: thread)
  }

  func die() throws {
    let process = try #require(thread.value.process)
    Fixture.makeCurrent(setup.other)
    beginEnd(process, state: 1, value: 9)
    Fixture.drain()
  }
}
