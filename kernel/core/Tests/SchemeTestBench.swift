// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A scheme with a server process and the client process of a `Bench`.
struct SchemeBench {
  let bench: Bench
  /// The server's threads; each has a session of its own.
  private(set) var servers: [Ref<Thread>] = []
  private(set) var sessions: [Handle] = []
  let management: Handle
  /// The scheme's root, in the client. Its server word is 1.
  let root: Handle
  let scheme: Ref<Scheme>

  /// - Parameter flags: a scheme that is not persistent fails its clients when its server dies.
  init(_ flags: SchemeFlags = .persistent, processors: Int = 1) throws {
    bench = try Bench(processors: processors)
    // So that no page comes in between two balances.
    for page in stride(from: bench.memory, to: bench.memory + Bench.memoryBytes, by: 4096) {
      bench.store([0], at: page)
    }
    var create = CreateScheme()
    create.flags = flags
    let manager = try bench.makeProcess()
    servers = [manager]
    management = try Handle(word: bench.call(create, on: manager))
    guard let entry = manager.value.process?.value.handles.entry(management),
      case .schemeManagement(let scheme)? = entry.description?.value.kind
    else { throw SystemError.badHandle }
    self.scheme = scheme
    var makeRoot = CreateRoot()
    makeRoot.scheme = management
    makeRoot.word = 1
    let made = try Handle(word: bench.call(makeRoot, on: manager))
    guard let rootEntry = manager.value.process?.value.handles.entry(made),
      let description = rootEntry.description
    else { throw SystemError.badHandle }
    description.retain()
    root = try insertHandle(bench.process, description, .everything, OpenFlags())
    sessions = [try attach(manager)]
  }

  var server: Ref<Thread> { servers[0] }
  var session: Handle { sessions[0] }

  /// A session of `thread`, whose process holds the management handle.
  func attach(_ thread: Ref<Thread>) throws -> Handle {
    var memory = CreateMemory()
    memory.length = 65_536
    memory.flags = .wired
    var attach = AttachScheme()
    attach.scheme = management
    attach.area = try Handle(word: bench.call(memory, on: thread))
    return try Handle(word: bench.call(attach, on: thread))
  }

  /// Another thread of the server process, with its session.
  mutating func addServerThread() throws {
    guard let process = server.value.process else { throw SystemError.noProcess }
    let thread = try Fixture.makeThread(in: process)
    servers.append(thread)
    sessions.append(try attach(thread))
  }

  /// More open descriptions of the scheme, straight from the kernel, in no process's table.
  func openDescriptions(_ count: Int, word: UInt64) throws -> [Ref<Description>] {
    try (0..<count).map { _ in
      let description = try newDescription(.file(scheme), kernel.rootAccount)
      scheme.keep()
      description.value.word = word
      scheme.value.descriptions.append(description)
      return description
    }
  }

  /// New sessions of all server threads, after the old ones have ended.
  mutating func attachAgain() throws {
    for index in servers.indices { sessions[index] = try attach(servers[index]) }
  }

  // MARK: The server's side

  func nextCall(_ flags: AnswerFlags = AnswerFlags(), index: Int = 0) -> NextRequest {
    var call = NextRequest()
    call.server = sessions[index]
    call.flags = flags
    return call
  }

  /// Takes the next request without waiting; nil if there is none.
  func take(index: Int = 0) throws -> SchemeRequest? {
    let tag = try bench.call(nextCall(.doNotWait, index: index), on: servers[index])
    return tag == 0 ? nil : record(index: index)
  }

  @discardableResult
  func answer(
    _ tag: UInt, _ result: UInt = 0, _ flags: AnswerFlags = AnswerFlags(), index: Int = 0
  ) throws -> UInt {
    var call = nextCall(flags.union(.answerOnly), index: index)
    call.tag = tag
    call.result = result
    return try bench.call(call, on: servers[index])
  }

  private func sessionServer(_ index: Int) -> Ref<Server>? {
    guard let process = servers[index].value.process,
      case .server(let server)? = process.value.handles.entry(sessions[index])?
        .description?.value.kind
    else { return nil }
    return server
  }

  /// What the kernel wrote to the message area.
  func record(index: Int = 0) -> SchemeRequest? {
    sessionServer(index).map { PageOf<SchemeRequest>($0.value.firstPage)[0] }
  }

  /// Bytes of the message area.
  func area(_ range: Range<Int>, index: Int = 0) -> [UInt8] {
    guard let object = sessionServer(index)?.value.area else { return [] }
    return range.map { place in
      guard let page = object.page(at: place / 4096) else { return 0 }
      return PageOf<UInt8>(page)[place % 4096]
    }
  }

  /// The whole of what the client of the request in the area sent.
  func input(index: Int = 0) -> [UInt8] {
    guard let record = record(index: index) else { return [] }
    let start = SchemeRequest.byteCount
    return area(start..<(start + Int(record.inputCount)), index: index)
  }

  /// Other entries, until the scheme has nothing left to do.
  func work() throws {
    while scheme.value.choreLink.isLinked { try bench.call(Null(), on: server) }
  }

  // MARK: The client's side

  func span(_ text: String, at offset: UInt) -> UserSpan {
    bench.store(Array(text.utf8), at: bench.memory + offset)
    return UserSpan(address: bench.memory + offset, count: UInt(text.utf8.count))
  }

  /// Gives the client's process a namespace of its own.
  func makeNamespace() throws -> Handle {
    let handle = try Handle(word: bench.call(CreateNamespace()))
    var set = SetProcess()
    set.process = .none
    set.property = .namespace
    set.value = handle.word
    try bench.call(set)
    return handle
  }

  func bind(_ name: String, _ root: Handle?, in namespace: Handle) throws {
    var call = BindName()
    call.namespace = namespace
    call.name = span(name, at: 0x1000)
    call.root = root ?? .none
    try bench.call(call)
  }
}

// `kernel` itself cannot be copied, so expectations ask here.
extension SchemeBench {
  var requestsInUse: Int { kernel.requests.inUse }
  var descriptionsInUse: Int { kernel.descriptions.inUse }
}
