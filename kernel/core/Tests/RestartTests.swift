// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A persistent scheme, a client with an open file, and one server after another.
private struct RestartBench {
  let bench: Bench
  let scheme: Ref<Scheme>
  /// A file with the word 7, opened before the first server was there.
  let file: Handle

  init() throws {
    bench = try Bench()
    var create = CreateScheme()
    create.flags = .persistent
    let management = try Handle(word: try bench.call(create))
    var root = CreateRoot()
    root.scheme = management
    root.word = 7
    file = try Handle(word: try bench.call(root))
    let description = try #require(bench.process.value.handles.entry(management)?.description)
    guard case .schemeManagement(let scheme) = description.value.kind else {
      throw SystemError.badHandle
    }
    self.scheme = scheme
  }

  /// A process of its own that serves.
  func makeServer() throws -> ServingThread {
    let process = try Fixture.makeProcess(parent: bench.process)
    let thread = try Fixture.makeThread(in: process)
    try bench.mapMemory(for: thread)
    let management = try newDescription(.schemeManagement(scheme), process.value.account)
    scheme.keep()
    scheme.value.managementHandles += 1
    let handle = try insertHandle(process, management, .everything, OpenFlags())
    var memory = CreateMemory()
    memory.length = 4 * 4096
    memory.flags = .wired
    var attach = AttachScheme()
    attach.scheme = handle
    attach.area = try Handle(word: try bench.call(memory, on: thread))
    let server = try Handle(word: try bench.call(attach, on: thread))
    return ServingThread(bench: bench, scheme: scheme, thread: thread, handle: server)
  }

  func writeCall(_ bytes: [UInt8], on thread: Ref<Thread>) -> Write {
    var call = bench.writeCall(file, bytes, on: thread)
    call.offset = 0
    return call
  }

  func interrupt(_ thread: Ref<Thread>) {
    Fixture.makeCurrent(bench.thread)
    interruptWait(thread, with: .interrupted)
    Fixture.settle()
  }
}

private struct ServingThread {
  let bench: Bench
  let scheme: Ref<Scheme>
  let thread: Ref<Thread>
  let handle: Handle

  /// Answers `tag` and takes the next request.
  /// - Returns: what was taken; nil if there is nothing.
  func next(
    answering tag: UInt = 0, _ result: UInt = 0, waits: Bool = false
  ) throws -> SchemeRequest? {
    var call = NextRequest()
    call.server = handle
    call.tag = tag
    call.result = result
    if !waits { call.flags = .doNotWait }
    guard let word = bench.begin(call, on: thread), word != 0 else { return nil }
    if word > UInt.max - 4096 { throw SystemError(rawValue: UInt16(0 &- word)) ?? .protocolError }
    return record
  }

  var record: SchemeRequest? {
    guard let server = scheme.value.servers.first else { return nil }
    return MessageArea(server).record
  }

  func die() throws {
    let process = try #require(thread.value.process)
    Fixture.makeCurrent(bench.thread)
    beginEnd(process, state: 1, value: 9)
    Fixture.drain()
    while scheme.value.choreLink.isLinked { try bench.call(Null()) }
  }
}

extension OneMachine {
  @Suite("Restart") struct RestartTests {
    @Test func whatADeadServerHadTakenComesAgainInOrder() throws {
      let setup = try RestartBench()
      let clients = try (0..<4).map { _ in try setup.bench.makeThread() }
      let first = try setup.makeServer()
      for (index, client) in clients.enumerated() {
        #expect(
          setup.bench.begin(setup.writeCall([UInt8(index)], on: client), on: client) == nil)
      }
      var sequences: [UInt64] = []
      for _ in 0..<3 {
        let record = try #require(try first.next())
        #expect(record.flags & SchemeRequest.again == 0)
        sequences.append(record.sequence)
      }
      #expect(sequences == [1, 2, 3])
      try first.die()
      #expect(setup.scheme.value.returned == 3)
      #expect(setup.scheme.value.endings == 1 && setup.scheme.value.endingsServing == 1)
      #expect(setup.scheme.value.queue.count == 4)
      let second = try setup.makeServer()
      var tag: UInt = 0
      for index in 0..<4 {
        let record = try #require(try second.next(answering: tag, index > 0 ? 1 : 0))
        #expect(record.sequence == UInt64(index + 1))
        #expect((record.flags & SchemeRequest.again != 0) == (index < 3))
        #expect(record.word == 7)
        tag = record.tag
      }
      #expect(try second.next(answering: tag, 1) == nil)
      for client in clients { #expect(setup.bench.settle(client) == 1) }
      // One that dies with nothing to do is counted, but not among those that served.
      try second.die()
      #expect(setup.scheme.value.endings == 2 && setup.scheme.value.endingsServing == 1)
    }

    @Test func requestsWaitWhileNobodyServes() throws {
      let setup = try RestartBench()
      let first = try setup.makeServer()
      #expect(try first.next(waits: true) == nil)
      try first.die()
      let client = try setup.bench.makeThread()
      #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
      let second = try setup.makeServer()
      let record = try #require(try second.next())
      #expect(record.flags & SchemeRequest.again == 0)
      #expect(try second.next(answering: record.tag, 1) == nil)
      #expect(setup.bench.settle(client) == 1)
    }

    @Test func aRequestHandedToADyingServersThreadComesAgain() throws {
      let setup = try RestartBench()
      let first = try setup.makeServer()
      #expect(try first.next(waits: true) == nil)
      // The request goes straight to the thread that waits, which dies before it has seen it.
      let process = try #require(first.thread.value.process)
      let client = try setup.bench.makeThread()
      Fixture.makeCurrent(setup.bench.thread)
      #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
      beginEnd(process, state: 1, value: 9)
      Fixture.drain()
      #expect(setup.scheme.value.endingsServing == 1)
      let second = try setup.makeServer()
      let record = try #require(try second.next())
      #expect(record.flags & SchemeRequest.again != 0 && record.sequence == 1)
      #expect(try second.next(answering: record.tag, 1) == nil)
      #expect(setup.bench.settle(client) == 1)
    }

    @Test func aSignalWithdrawsWhatNobodyHasTaken() throws {
      let setup = try RestartBench()
      let client = try setup.bench.makeThread()
      #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
      setup.interrupt(client)
      #expect(setup.bench.settle(client) == CallResult(.interrupted).rawValue)
      #expect(setup.scheme.value.queue.isEmpty)
    }

    @Test func aSignalLeavesARequestThatMayHaveBeenCarriedOut() throws {
      let setup = try RestartBench()
      let client = try setup.bench.makeThread()
      let first = try setup.makeServer()
      #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
      _ = try #require(try first.next())
      try first.die()
      setup.interrupt(client)
      #expect(setup.bench.settle(client) == nil)
      #expect(setup.scheme.value.queue.count == 1)
      // The successor takes it, then hears of the signal; its answer counts.
      let second = try setup.makeServer()
      let record = try #require(try second.next())
      #expect(record.flags & SchemeRequest.again != 0)
      let cancel = try #require(try second.next())
      #expect(cancel.tag & Tag.kindMask == Tag.cancel && cancel.first == UInt64(record.tag))
      #expect(try second.next(answering: record.tag, 1) == nil)
      #expect(setup.bench.settle(client) == 1)
    }

    @Test func aSignalThatTheDeadServerKnewOfIsToldAgain() throws {
      for tellsFirst in [true, false] {
        let setup = try RestartBench()
        let client = try setup.bench.makeThread()
        let first = try setup.makeServer()
        #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
        let taken = try #require(try first.next())
        setup.interrupt(client)
        if tellsFirst {
          let cancel = try #require(try first.next())
          #expect(cancel.first == UInt64(taken.tag))
        }
        try first.die()
        #expect(setup.scheme.value.cancels.isEmpty)
        let second = try setup.makeServer()
        let record = try #require(try second.next())
        #expect(record.tag & Tag.kindMask == Tag.request)
        let cancel = try #require(try second.next())
        #expect(cancel.tag & Tag.kindMask == Tag.cancel && cancel.first == UInt64(record.tag))
        #expect(try second.next(answering: record.tag, 0) == nil)
        #expect(setup.bench.settle(client) == 0)
      }
    }

    @Test func aClientThatDiesMeanwhileIsForgotten() throws {
      let setup = try RestartBench()
      let process = try Fixture.makeProcess(parent: setup.bench.process)
      _ = try copyHandlesForFork(setup.bench.process, process, from: 0)
      let client = try Fixture.makeThread(in: process)
      try setup.bench.mapMemory(for: client)
      let file = try #require(setup.bench.process.value.handles.entry(setup.file)?.description)
      file.retain()
      let handle = try insertHandle(process, file, .everything, OpenFlags())
      let first = try setup.makeServer()
      var write = setup.writeCall([1], on: client)
      write.handle = handle
      #expect(setup.bench.begin(write, on: client) == nil)
      _ = try #require(try first.next())
      try first.die()
      setup.interrupt(client)
      Fixture.makeCurrent(setup.bench.thread)
      beginEnd(process, state: 1, value: 9)
      Fixture.drain()
      #expect(setup.scheme.value.queue.isEmpty && setup.scheme.value.cancels.isEmpty)
      let second = try setup.makeServer()
      #expect(try second.next() == nil)
    }

    @Test func aSchemeThatIsGivenUpAnswersWhatCameBack() throws {
      let setup = try RestartBench()
      let client = try setup.bench.makeThread()
      let first = try setup.makeServer()
      #expect(setup.bench.begin(setup.writeCall([1], on: client), on: client) == nil)
      _ = try #require(try first.next())
      try first.die()
      setup.interrupt(client)
      Fixture.makeCurrent(setup.bench.thread)
      setup.scheme.fail(.inputOutput)
      try setup.bench.call(Null())
      #expect(setup.bench.settle(client) == CallResult(.inputOutput).rawValue)
      #expect(setup.scheme.value.queue.isEmpty && setup.scheme.takenCount == 0)
    }

    @Test func aMappingStaysInTheFilesOwnPages() throws {
      let setup = try RestartBench()
      let bench = setup.bench
      let server = try setup.makeServer()
      var memory = CreateMemory()
      memory.length = 8 * 4096
      var duplicate = Duplicate()
      duplicate.handle = try Handle(word: bench.call(memory, on: server.thread))
      duplicate.rights = .everything
      let client = try bench.makeThread()
      var map = Map(4096, .read | .write | .shared, object: setup.file)
      #expect(bench.begin(map, on: client) == nil)
      let record = try #require(try server.next())
      var answer = NextRequest()
      answer.server = server.handle
      answer.tag = record.tag
      answer.result = try bench.call(duplicate, on: server.thread)
      answer.flags = .passHandle | .answerOnly
      answer.data = UserSpan(address: 2 * 4096, count: 2 * 4096 + 5)
      try bench.call(answer, on: server.thread)
      let address = try #require(bench.settle(client))
      // Three pages are the file's. Its server is asked whether there are more by now.
      func expectRefusal(_ call: some SystemCall) throws {
        #expect(bench.begin(call, on: client) == nil)
        answer.tag = try #require(try server.next()).tag
        answer.result = try bench.call(duplicate, on: server.thread)
        try bench.call(answer, on: server.thread)
        #expect(bench.settle(client) == CallResult(.outOfRange).rawValue)
      }
      for (offset, length) in [(0, 4), (3, 1), (1, 3), (1 << 20, 1)] as [(UInt64, UInt)] {
        map.offset = offset * 4096
        map.length = length * 4096
        try expectRefusal(map)
      }
      var remap = Remap()
      remap.address = address
      remap.length = 4096
      remap.newLength = 3 * 4096
      #expect(throws: SystemError.outOfRange) { try bench.call(remap) }
      // What is known to be the file's needs no server.
      try server.die()
      map.offset = 0
      map.length = 3 * 4096
      let whole = try bench.call(map)
      Fixture.store(whole, 55, as: client)
      Fixture.store(address + 8, 66, as: client)
      #expect(Fixture.word(address, of: client) == 55 && Fixture.word(whole + 8, of: client) == 66)
      // The pages 2 to 4 of the object are mapped now, the first of them twice.
      let file = try #require(bench.process.value.handles.entry(setup.file)?.description)
      let mapped = try #require(file.value.memory)
      for (first, pages, count) in [(0, 2, 0), (0, 3, 2), (3, 1, 1), (4, 9, 1), (5, 1, 0)] {
        let range = (UInt64(first) * 4096, UInt64(pages) * 4096)
        #expect(try mapped.countMappings(of: range.0, range.1) == UInt64(count))
      }
      #expect(try mapped.countMappings(of: 0, 0) == 2)
      #expect(throws: SystemError.overflow) { try mapped.countMappings(of: 1, UInt64.max) }
      remap.address = whole
      remap.length = 3 * 4096
      remap.newLength = 4096
      #expect(try bench.call(remap) == whole)
    }
  }
}
