// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// Requests that are handed over directly, and their way into the general one.
  @Suite("Direct requests") struct DirectTests {
    let setup: DirectBench
    var bench: Bench { setup.bench }
    var client: Ref<Thread> { setup.client }

    init() throws { setup = try DirectBench() }

    static let counts = [0, 1, 8, 32, 127, 128]

    /// One call of `sent` bytes whose answer has `received`, both at odd places over a page's end.
    private func exchange(
      _ server: DirectServer, _ sent: Int, _ received: Int, shift: UInt, sequence: UInt64
    ) throws {
      let input = DirectBench.pattern(sent, sent + received)
      let from = setup.inputPlace + shift
      let to = setup.outputPlace + shift
      bench.store(
        [UInt8](repeating: 0xEE, count: Int(from & 7)) + input, at: from & ~7)
      bench.store([UInt8](repeating: 0xAA, count: 512), at: (to & ~7) - 64)
      let call = setup.callScheme(
        UserSpan(address: from, count: UInt(sent)), UserSpan(address: to, count: UInt(received)),
        code: 0xFFFF_FFFF)
      #expect(setup.start(call) == (sent < 128 && received < 128))
      let record = server.record
      #expect(record.tag == server.tag && record.operation == SchemeOperation.call.rawValue)
      #expect(record.code == 0xFFFF_FFFF && record.word == 7 && record.flags == 0)
      #expect(record.inputCount == UInt64(sent) && record.outputCount == UInt64(received))
      #expect(record.sequence == sequence && server.input(sent) == input)
      let reply = DirectBench.pattern(received, 99 + sent)
      #expect(try server.next(answering: record.tag, UInt(sent), reply) == nil)
      #expect(server.thread.value.state == .waiting)
      #expect(setup.result() == UInt(sent))
      let start = Int(to & 7) + 64
      let around = bench.load(512, at: (to & ~7) - 64)
      #expect(Array(around[start..<(start + received)]) == reply)
      #expect(around[..<start].allSatisfy { $0 == 0xAA })
      #expect(around[(start + received)...].allSatisfy { $0 == 0xAA })
    }

    @Test(arguments: [0, 0xFC3] as [UInt])
    func whatIsSentAndAnsweredArrives(shift: UInt) throws {
      let server = try setup.makeWaitingServer()
      let balance = setup.balance
      let memory = MemoryBalance.now()
      var sequence: UInt64 = 0
      for sent in Self.counts {
        for received in Self.counts {
          sequence += 1
          try exchange(server, sent, received, shift: shift, sequence: sequence)
        }
      }
      #expect(setup.balance == balance && MemoryBalance.now() == memory)
    }

    @Test(arguments: [0, 1, 100, 127, 128, 4095, 4096])
    func readsReachOverTwoPages(answered: Int) throws {
      let server = try setup.makeWaitingServer()
      let memory = MemoryBalance.now()
      for (asked, place) in [(100, 0xFF8), (4096, 0x800), (4096, 0)] as [(Int, UInt)] {
        let target = try Fixture.map(2, as: client)
        for page in 0..<2 as Range<UInt> { bench.store([1], at: target + page * 4096) }
        #expect(setup.start(setup.reading(asked, at: target + place)))
        let record = server.record
        #expect(record.operation == SchemeOperation.read.rawValue && record.first == 0x1234)
        #expect(record.outputCount == UInt64(asked) && record.inputCount == 0)
        let bytes = DirectBench.pattern(answered, asked)
        #expect(try server.next(answering: record.tag, 3, bytes) == nil)
        #expect(setup.result() == 3)
        let count = min(asked, answered)
        #expect(bench.load(count, at: target + place) == Array(bytes.prefix(count)))
        var unmap = Unmap()
        unmap.space = .none
        unmap.address = target
        unmap.length = 2 * 4096
        #expect(try bench.call(unmap) == 0)
      }
      // A page that were still pinned would not be free.
      #expect(MemoryBalance.now() == memory)
    }

    @Test func moreThanAPageOrTheHandlesOwnOffsetTakesTheGeneralWay() throws {
      let server = try setup.makeWaitingServer()
      for (count, offset) in [(4097, 5), (100, UInt64.max)] as [(Int, UInt64)] {
        let call = setup.reading(count, at: setup.outputPlace, offset: offset)
        #expect(!setup.start(call))
        #expect(try server.next(answering: server.tag, 2) == nil)
        #expect(setup.result() == 2)
      }
    }

    @Test func moreBytesThanAskedForAreDropped() throws {
      let server = try setup.makeWaitingServer()
      for isSettled in [false, true] {
        bench.store([UInt8](repeating: 0xAA, count: 64), at: setup.outputPlace)
        #expect(setup.start(setup.sending([1], room: 9)))
        let tag = server.tag
        let bytes = DirectBench.pattern(200, 3)
        if isSettled {
          try server.answer(tag, 4, bytes)
          #expect(try server.next() == nil)
        } else {
          try server.next(answering: tag, 4, bytes)
        }
        #expect(setup.result() == 4)
        #expect(setup.output(9) == Array(bytes.prefix(9)))
        #expect(setup.output(64)[9...].allSatisfy { $0 == 0xAA })
      }
    }

    @Test func clientsSeeOnlyErrorsOfTheABI() throws {
      let server = try setup.makeWaitingServer()
      for (answered, seen) in [
        (0 &- UInt(SystemError.notFound.rawValue), SystemError.notFound),
        (0 &- UInt(SystemError.restart.rawValue), .protocolError), (0 &- 4000, .protocolError),
      ] {
        #expect(setup.start(setup.sending([1, 2], room: 8)))
        #expect(try server.next(answering: server.tag, answered) == nil)
        #expect(setup.isError(seen))
      }
    }

    @Test func anAnswerThatIsRefusedChangesNothing() throws {
      let server = try setup.makeWaitingServer()
      #expect(setup.start(setup.sending([1, 2], room: 8)))
      let tag = server.tag
      #expect(throws: SystemError.badHandle) {
        try server.next(answering: tag, 0xFFFF, [], .passHandle | .answerOnly)
      }
      #expect(setup.result() == nil)
      var call = server.nextCall(tag, 1, .answerOnly)
      call.data = UserSpan(address: 0x10, count: 8)
      #expect(throws: SystemError.badAddress) { try bench.call(call, on: server.thread) }
      #expect(setup.result() == nil)
      try server.answer(tag, 5, [8, 7, 6, 5, 4, 3, 2, 1])
      #expect(setup.result() == 5 && setup.output(8) == [8, 7, 6, 5, 4, 3, 2, 1])
      #expect(throws: SystemError.gone) { try server.answer(tag, 5) }
    }

    // MARK: Several at once

    @Test(arguments: [false, true])
    func answersMayBePostponed(isFirstFirst: Bool) throws {
      let server = try setup.makeWaitingServer()
      let second = try bench.makeThread()
      let balance = setup.balance
      #expect(setup.start(setup.sending([1, 2, 3], room: 8)))
      let tags = (first: server.tag, second: 0 as UInt)
      #expect(try server.next() == nil)
      #expect(client.value.request?.value.record.tag == tags.first)
      bench.store([4, 5], at: setup.inputPlace + 64, on: second)
      #expect(
        setup.start(
          setup.callScheme(
            UserSpan(address: setup.inputPlace + 64, count: 2),
            UserSpan(address: setup.outputPlace + 64, count: 8)), on: second))
      let other = server.tag
      #expect(other != tags.first && server.record.sequence == 2 && server.input(2) == [4, 5])
      let answers = [(tags.first, client, 10 as UInt8), (other, second, 20)]
      for (tag, thread, byte) in isFirstFirst ? answers : answers.reversed() {
        try server.answer(tag, UInt(byte), [UInt8](repeating: byte, count: 8))
        #expect(setup.result(of: thread) == UInt(byte))
      }
      #expect(setup.output(8) == [UInt8](repeating: 10, count: 8))
      #expect(bench.load(8, at: setup.outputPlace + 64) == [UInt8](repeating: 20, count: 8))
      #expect(setup.scheme.takenCount == 0 && setup.balance == balance)
    }

    @Test func theThreadThatCameLastServes() throws {
      let first = try setup.makeWaitingServer()
      let second = try setup.makeWaitingServer(in: first.thread.value.process)
      let clients = [client, try bench.makeThread(), try bench.makeThread()]
      #expect(setup.start(setup.sending([1]), on: clients[0]))
      #expect(second.session.value.direct == clients[0] && first.session.value.direct == nil)
      #expect(setup.start(setup.sending([2]), on: clients[1]))
      #expect(first.session.value.direct == clients[1])
      #expect(!setup.start(setup.sending([3]), on: clients[2]))
      // Whoever is done first takes what waits, and the other waits.
      let record = try #require(try first.next(answering: first.tag, 1))
      #expect(setup.result(of: clients[1]) == 1 && first.input(1) == [3])
      #expect(try second.next(answering: second.tag, 2) == nil)
      #expect(try first.next(answering: record.tag, 3) == nil)
      #expect(setup.result(of: clients[0]) == 2 && setup.result(of: clients[2]) == 3)
      #expect(setup.start(setup.sending([4])) && first.session.value.direct == client)
    }

    @Test func twoThreadsOnOneSessionLoseNoRequest() throws {
      let first = try setup.makeWaitingServer()
      let process = try #require(first.thread.value.process)
      let second = DirectServer(
        setup: setup, thread: try Fixture.makeThread(in: process), handle: first.handle,
        session: first.session)
      #expect(try second.next() == nil)
      let other = try bench.makeThread()
      setup.start(setup.sending([1]))
      setup.start(setup.sending([2]), on: other)
      try first.die()
      let successor = try setup.makeServer()
      for byte in [1, 2] as [UInt8] {
        let record = try #require(try successor.next(answering: 0, 0, [], .doNotWait))
        #expect(record.flags & SchemeRequest.again != 0 && successor.input(1) == [byte])
        try successor.answer(record.tag, UInt(byte))
      }
      #expect(setup.result() == 1 && setup.result(of: other) == 2)
    }

    @Test func anotherSchemesServerCannotAnswer() throws {
      let server = try setup.makeWaitingServer()
      #expect(setup.start(setup.sending([1], room: 8)))
      let tag = server.tag
      let memory = bench.memory
      var foreign = CreateScheme()
      foreign.flags = .persistent
      var attach = AttachScheme()
      attach.scheme = try Handle(word: bench.call(foreign, on: setup.other))
      var area = CreateMemory()
      area.length = 4096
      area.flags = .wired
      attach.area = try Handle(word: bench.call(area, on: setup.other))
      var call = NextRequest()
      call.server = try Handle(word: bench.call(attach, on: setup.other))
      call.tag = tag
      call.flags = .answerOnly
      call.data = UserSpan(address: memory, count: 8)
      #expect(throws: SystemError.gone) { try bench.call(call, on: setup.other) }
      #expect(try server.next(answering: tag, 3, [5]) == nil)
      #expect(setup.result() == 3 && setup.output(1) == [5])
    }

    // MARK: Numbers

    @Test func aDenseNumberIsItsRawValue() {
      for number in 0..<1024 as Range<UInt> {
        #expect(CallNumber(dense: number) == CallNumber(rawValue: number))
      }
    }
  }
}
