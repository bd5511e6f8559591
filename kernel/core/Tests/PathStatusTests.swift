// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// What a path leads to, asked in one request.
  @Suite("Status of a path") struct PathStatusTests {
    let setup: DirectBench
    var bench: Bench { setup.bench }
    var client: Ref<Thread> { setup.client }

    init() throws { setup = try DirectBench() }

    /// About `path`, from `shift` bytes behind a page's begin; `room` bytes for the answer.
    private func asking(
      _ path: [UInt8], shift: UInt = 0, room: UInt = 96, _ flags: OpenFlags = .noFollow
    ) -> StatusAt {
      let place = setup.inputPlace + shift
      bench.store([UInt8](repeating: 0xEE, count: Int(place & 7)) + path, at: place & ~7)
      bench.store([UInt8](repeating: 0xAA, count: 256), at: setup.outputPlace)
      var call = StatusAt()
      call.parent = setup.file
      call.path = UserSpan(address: place, count: UInt(path.count))
      call.flags = flags
      call.buffer = UserSpan(address: setup.outputPlace, count: room)
      return call
    }

    private func check(_ record: SchemeRequest, _ path: [UInt8], _ server: DirectServer) {
      #expect(record.operation == SchemeOperation.statusAt.rawValue && record.word == 7)
      #expect(record.first == UInt64(OpenFlags.noFollow.rawValue) && record.code == 0)
      #expect(record.inputCount == UInt64(path.count) && server.input(path.count) == path)
    }

    @Test(arguments: [0, 0xFC3] as [UInt], [0, 1, 8, 24, 127, 128, 300])
    func thePathArrivesAndTheRecordComesBack(shift: UInt, count: Int) throws {
      let server = try setup.makeWaitingServer()
      let balance = setup.balance
      let memory = MemoryBalance.now()
      let path = DirectBench.pattern(count, count)
      for room in [0, 8, 95, 96, 120, 128, 200] as [UInt] {
        let isDirect = count < 128 && room & 7 == 0 && room < 128
        #expect(setup.start(asking(path, shift: shift, room: room)) == isDirect)
        let record = server.record
        check(record, path, server)
        #expect(record.tag == server.tag && record.outputCount == UInt64(room))
        let reply = DirectBench.pattern(96, 5)
        #expect(try server.next(answering: record.tag, 96, reply) == nil)
        #expect(setup.result() == 96)
        let written = min(96, Int(room))
        let output = setup.output(256)
        #expect(Array(output[..<written]) == Array(reply.prefix(written)))
        #expect(output[written...].allSatisfy { $0 == 0xAA })
      }
      #expect(setup.balance == balance && MemoryBalance.now() == memory)
    }

    @Test func aSuccessorIsAskedTheSameAgain() throws {
      let first = try setup.makeWaitingServer()
      let path = DirectBench.pattern(21, 3)
      #expect(setup.start(asking(path)))
      let sequence = first.record.sequence
      // What the client's memory says meanwhile does not matter.
      bench.store([UInt8](repeating: 0, count: 64), at: setup.inputPlace, on: setup.other)
      try first.die()
      let second = try setup.makeServer()
      let record = try #require(try second.next(answering: 0, 0, [], .doNotWait))
      check(record, path, second)
      #expect(record.flags == SchemeRequest.again && record.sequence == sequence)
      try second.answer(record.tag, 96, DirectBench.pattern(96, 1))
      #expect(setup.result() == 96 && setup.output(96) == DirectBench.pattern(96, 1))
    }

    @Test(arguments: [SystemError.notFound, .crossDevice, .notSupported])
    func anAnswerMayBePostponedAndAnError(answered: SystemError) throws {
      let server = try setup.makeWaitingServer()
      let path = DirectBench.pattern(30, 4)
      #expect(setup.start(asking(path)))
      let tag = server.tag
      #expect(try server.next() == nil)
      let request = try #require(client.value.request)
      check(request.value.record, path, server)
      let other = try setup.makeServer(in: server.thread.value.process)
      try other.answer(tag, CallResult(answered).rawValue)
      #expect(setup.isError(answered))
      #expect(setup.output(256).allSatisfy { $0 == 0xAA })
    }

    @Test func anAnswerIsTakenOnce() throws {
      let server = try setup.makeWaitingServer()
      let thread = try bench.makeThread()
      let balance = setup.balance
      #expect(setup.start(asking([1, 2, 3]), on: thread))
      let tag = server.tag
      try server.answer(tag, 96, DirectBench.pattern(96, 1))
      #expect(throws: SystemError.gone) { try server.answer(tag, 96) }
      #expect(setup.result(of: thread) == 96 && setup.balance == balance)
    }

    @Test func wrongCallsAreRefused() throws {
      let server = try setup.makeWaitingServer()
      let balance = setup.balance
      let good = asking([1, 2, 3])
      let nowhere = bench.memory + Bench.memoryBytes + 0x10_0000
      for (address, count) in [
        (nowhere, 3), (0, 3), (UInt.max - 2, 3), (Machine.userLimit - 1, 3), (nowhere, 300),
      ] as [(UInt, UInt)] {
        var call = good
        call.path = UserSpan(address: address, count: count)
        #expect(throws: SystemError.badAddress) { try bench.call(call) }
      }
      for address in [UInt.max - 7, Machine.userLimit - 8] {
        var call = good
        call.buffer.address = address
        #expect(throws: SystemError.badAddress) { try bench.call(call) }
      }
      var long = good
      long.path.count = 4097
      #expect(throws: SystemError.nameTooLong) { try bench.call(long) }
      for flags in [.read, .create | .noFollow, .symbolicLink, .statOnly] as [OpenFlags] {
        #expect(throws: SystemError.invalidArgument) { try bench.call(asking([1], flags)) }
      }
      var other = good
      other.parent = Handle(rawValue: 999)
      #expect(throws: SystemError.badHandle) { try bench.call(other) }
      other.parent = setup.management
      #expect(throws: SystemError.notSupported) { try bench.call(other) }
      var duplicate = Duplicate()
      duplicate.handle = setup.file
      duplicate.rights = .read | .transfer
      other.parent = try Handle(word: bench.call(duplicate))
      #expect(throws: SystemError.accessDenied) { try bench.call(other) }
      var close = Close()
      close.handle = other.parent
      try bench.call(close)
      #expect(server.thread.value.state == .waiting && setup.balance == balance)
    }

    @Test func memoryThatIsNotThereForTheAnswerIsAnError() throws {
      let server = try setup.makeWaitingServer()
      var call = asking([1, 2, 3])
      call.buffer.address = bench.memory + Bench.memoryBytes + 0x10_0000
      // Nobody looks there before the answer is on its way.
      #expect(setup.start(call))
      #expect(try server.next(answering: server.tag, 96, DirectBench.pattern(96, 1)) == nil)
      #expect(setup.isError(.badAddress))
    }

    @Test func aNamespaceLeadsToTheScheme() throws {
      let made = try SchemeBench()
      let namespace = try made.makeNamespace()
      try made.bind("notes", made.root, in: namespace)
      func ask(_ path: String) -> UInt? {
        var call = StatusAt()
        call.path = made.span(path, at: 0x2000)
        call.buffer = UserSpan(address: made.bench.memory + 0x8000, count: 96)
        return made.bench.begin(call, on: made.bench.thread)
      }
      for (path, rest) in [
        ("notes/a/b", "a/b"), ("notes", ""), ("notes/", ""), ("notes//x", "/x"),
        ("notes/" + String(repeating: "y", count: 200), String(repeating: "y", count: 200)),
      ] {
        #expect(ask(path) == nil)
        let record = try #require(try made.take())
        #expect(record.operation == SchemeOperation.statusAt.rawValue && record.word == 1)
        #expect(made.input() == Array(rest.utf8))
        try made.answer(record.tag, 96)
      }
      for path in ["", "none/a", "note", "notesx/a", "/notes"] {
        #expect(ask(path) == CallResult(.notFound).rawValue)
      }
      // A server that waits takes it at once.
      #expect(made.bench.begin(made.nextCall(), on: made.server) == nil)
      #expect(ask("notes/name") == nil)
      #expect(made.bench.thread.value.direct.server != nil)
      #expect(made.input() == Array("name".utf8))
    }
  }
}
