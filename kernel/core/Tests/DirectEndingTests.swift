// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine.DirectTests {
  // MARK: What happens meanwhile

  @Test func aSuccessorGetsTheSameRequest() throws {
    for isRead in [false, true] {
      let setup = try DirectBench()
      let server = try setup.makeWaitingServer()
      let input = DirectBench.pattern(100, 1)
      let bytes = DirectBench.pattern(isRead ? 4096 : 127, 2)
      if isRead {
        #expect(setup.start(setup.reading(4096, at: setup.outputPlace + 0x800)))
      } else {
        #expect(setup.start(setup.sending(input, room: 127)))
      }
      let old = server.record
      try server.die()
      #expect(setup.result() == nil)
      let successor = try setup.makeServer()
      let record = try #require(try successor.next(answering: 0, 0, [], .doNotWait))
      #expect(record.flags == SchemeRequest.again && record.sequence == old.sequence)
      #expect(record.operation == old.operation && record.code == old.code)
      #expect(record.word == 7 && record.description == old.description)
      #expect(record.caller == old.caller && record.first == old.first)
      #expect(record.inputCount == old.inputCount && record.outputCount == old.outputCount)
      if !isRead { #expect(successor.input(100) == input) }
      try successor.next(answering: record.tag, 77, bytes)
      #expect(setup.result() == 77)
      let place = setup.outputPlace + (isRead ? 0x800 : 0)
      #expect(setup.bench.load(bytes.count, at: place) == bytes)
      #expect(setup.scheme.value.returned == 1)
      // And the next one is handed over directly again, with a tag of its own.
      #expect(setup.start(setup.sending(input, room: 8)))
      #expect(successor.tag != record.tag && successor.record.flags == 0)
    }
  }

  @Test func aServerMovesBytesOfADirectRequest() throws {
    let server = try setup.makeWaitingServer()
    let input = DirectBench.pattern(64, 5)
    #expect(setup.start(setup.sending(input, room: 64)))
    let tag = server.tag
    #expect(try server.transfer(tag, .read, offset: 8, 16) == 16)
    #expect(bench.load(16, at: server.place, on: server.thread) == Array(input[8..<24]))
    #expect(throws: SystemError.outOfRange) { try server.transfer(tag, .read, offset: 60, 5) }
    bench.store(DirectBench.pattern(64, 6), at: server.place, on: server.thread)
    #expect(try server.transfer(tag, .write, offset: 32, 32) == 32)
    #expect(throws: SystemError.outOfRange) { try server.transfer(tag, .write, offset: 33, 32) }
    #expect(try server.next(answering: tag, 64, [1, 2, 3]) == nil)
    #expect(setup.result() == 64 && setup.output(3) == [1, 2, 3])
    let half = Array(DirectBench.pattern(64, 6)[..<32])
    #expect(bench.load(32, at: setup.outputPlace + 32) == half)
  }

  @Test func nothingIsWrittenToAClientThatWantsNothing() throws {
    let server = try setup.makeWaitingServer()
    // The request that the client's thread keeps has had pages once.
    #expect(!setup.start(setup.reading(8192, at: setup.outputPlace)))
    try server.next(answering: server.tag, 0)
    for call in [setup.sending([1, 2]), setup.sending(DirectBench.pattern(200, 1))] {
      setup.start(call)
      let tag = server.tag
      #expect(throws: SystemError.outOfRange) { try server.transfer(tag, .write, offset: 0, 8) }
      try server.next(answering: tag, 1)
      #expect(setup.result() == 1)
    }
  }

  private func end(_ thread: Ref<Thread>) {
    Fixture.makeCurrent(setup.other)
    #expect(leaveQueue(thread))
    endThread(thread)
  }

  @Test(arguments: [false, true])
  func aLateAnswerFindsNobody(isSettled: Bool) throws {
    let server = try setup.makeWaitingServer()
    let memory = MemoryBalance.now()
    let balance = setup.balance
    for isRead in [false, true] {
      let first = try bench.makeThread()
      if isRead {
        #expect(setup.start(setup.reading(4096, at: setup.outputPlace + 8), on: first))
      } else {
        #expect(setup.start(setup.sending([1], room: 8), on: first))
      }
      let tag = server.tag
      if isSettled { #expect(try server.next() == nil) }
      end(first)
      // Whoever gets its place is not answered instead.
      let second = try bench.makeThread()
      #expect(second == first)
      if !isSettled { #expect(try server.next() == nil) }
      #expect(setup.start(setup.sending([2], room: 8), on: second))
      let other = server.tag
      #expect(throws: SystemError.gone) { try server.answer(tag, 1, [1]) }
      #expect(setup.result(of: second) == nil)
      try server.next(answering: other, 2, [2])
      #expect(setup.result(of: second) == 2)
      end(second)
    }
    #expect(setup.balance == balance && MemoryBalance.now() == memory)
  }

  @Test func aSignalIsToldAndTheAnswerCounts() throws {
    let server = try setup.makeWaitingServer()
    #expect(setup.start(setup.sending([1], room: 8)))
    let tag = server.tag
    for _ in 0..<2 {
      Fixture.makeCurrent(setup.other)
      interruptWait(client, with: .interrupted)
      Fixture.settle()
    }
    #expect(setup.result() == nil)
    let cancel = try #require(try server.next(answering: 0, 0, [], .doNotWait))
    #expect(cancel.operation == SchemeOperation.cancel.rawValue && cancel.first == UInt64(tag))
    #expect(try server.next(answering: 0, 0, [], .doNotWait) == nil)
    try server.answer(tag, 9, [42])
    #expect(setup.result() == 9 && setup.output(1) == [42])
  }

  @Test func aCallDoesNotBeginWithASignalDue() throws {
    let server = try setup.makeWaitingServer()
    let program = try SignalProgram(parent: bench.process)
    let thread = program.thread
    let file = try #require(bench.process.value.handles.entry(setup.file)?.description)
    file.retain()
    var call = CallScheme()
    call.handle = try insertHandle(program.process, file, .everything, OpenFlags())
    // From another processor, which has not interrupted this one yet.
    Fixture.makeCurrent(thread)
    thread.value.signals.pending |= SignalNumber.bit(10)
    thread.value.attention.insert(.signal)
    #expect(Fixture.call(call, as: thread) == .failed(.interrupted))
    #expect(program.isInTrampoline)
    #expect(server.thread.value.state == .waiting && server.session.value.direct == nil)
  }

  @Test func aCallDoesNotBeginInATrampolineWithAnotherSignalDue() throws {
    let server = try setup.makeWaitingServer()
    let program = try SignalProgram(parent: bench.process)
    let thread = program.thread
    let file = try #require(bench.process.value.handles.entry(setup.file)?.description)
    file.retain()
    var call = CallScheme()
    call.handle = try insertHandle(program.process, file, .everything, OpenFlags())
    for signal: UInt32 in [10, 12] {
      try post(ArrivedSignal(signal), to: program.process)
      Fixture.makeCurrent(thread)
      Fixture.settle()
    }
    #expect(program.isInTrampoline)
    #expect(Fixture.call(call, as: thread) == .failed(.interrupted))
    #expect(server.thread.value.state == .waiting && server.session.value.direct == nil)
    // Once both have been dealt with it is like any other.
    for _ in 0..<2 { program.finish() }
    #expect(thread.value.attention.isEmpty)
    #expect(Fixture.call(call, as: thread) == .waiting)
    #expect(server.session.value.direct == thread)
  }

  @Test func theLastHandleClosesMeanwhile() throws {
    for isAnswerOnly in [false, true] {
      let setup = try DirectBench()
      let server = try setup.makeWaitingServer()
      #expect(setup.start(setup.sending([1], room: 8)))
      let tag = server.tag
      try setup.bench.close(setup.file, on: setup.other)
      if isAnswerOnly { try server.answer(tag, 6, [7]) }
      // The server hears of it at once, and does not begin to wait.
      let news = try #require(try server.next(answering: isAnswerOnly ? 0 : tag, 6, [7]))
      #expect(news.operation == SchemeOperation.close.rawValue && news.word == 7)
      #expect(setup.result() == 6 && setup.output(1) == [7])
      let before = setup.balance
      #expect(try server.next(answering: news.tag) == nil)
      #expect(setup.balance[1] == before[1] - 1)
    }
  }

  @Test func aSchemeIsGivenUpAndServedAgain() throws {
    let server = try setup.makeWaitingServer()
    #expect(setup.start(setup.sending([1], room: 8)))
    let tag = server.tag
    setup.scheme.fail(.timedOut)
    #expect(setup.scheme.value.idleServer == nil && server.session.value.direct == nil)
    try setup.work()
    #expect(setup.isError(.timedOut))
    #expect(throws: SystemError.gone) { try server.answer(tag, 1, [1]) }
    #expect(try server.next() == nil)
    #expect(throws: SystemError.timedOut) { try bench.call(setup.sending([2], room: 8)) }
    #expect(setup.scheme.value.idleServer == nil)
    // The threads that waited meanwhile serve again.
    let second = try setup.makeServer(in: server.thread.value.process)
    #expect(setup.start(setup.sending([3], room: 8)))
    #expect(server.input(1) == [3] && server.tag != tag)
    #expect(throws: SystemError.gone) { try second.answer(tag, 1, [1]) }
    #expect(try server.next(answering: server.tag, 3, [3]) == nil)
    #expect(setup.result() == 3 && setup.output(1) == [3])
  }

  @Test func aRevokedDescriptionAsksNobody() throws {
    let server = try setup.makeWaitingServer()
    #expect(setup.start(setup.sending([1])))
    var revoke = RevokeDescriptions()
    revoke.server = server.handle
    revoke.word = 7
    let tag = server.tag
    #expect(try bench.call(revoke, on: server.thread) == 1)
    #expect(try server.next(answering: tag, 4) == nil)
    // What was under way is answered.
    #expect(setup.result() == 4)
    #expect(throws: SystemError.gone) { try bench.call(setup.sending([2])) }
    #expect(throws: SystemError.gone) {
      try bench.call(setup.reading(8, at: setup.outputPlace))
    }
    #expect(server.thread.value.state == .waiting)
  }

  @Test func aSchemeThatIsNotPersistentFailsItsClient() throws {
    let setup = try DirectBench(SchemeFlags())
    let server = try setup.makeWaitingServer()
    #expect(setup.start(setup.sending([1], room: 8)))
    try server.die()
    try setup.work()
    #expect(setup.isError(.inputOutput))
  }

  // MARK: Where answers go

  @Test(arguments: [false, true])
  func whatBecameOfTheMemoryCounts(isSettled: Bool) throws {
    let server = try setup.makeWaitingServer()
    func answered(_ target: UInt, _ act: () throws -> Void) throws {
      let call = setup.callScheme(UserSpan(), UserSpan(address: target, count: 16))
      #expect(setup.start(call))
      let tag = server.tag
      try act()
      let bytes = DirectBench.pattern(16, 3)
      if isSettled { try server.answer(tag, 1, bytes) }
      #expect(try server.next(answering: isSettled ? 0 : tag, 1, bytes) == nil)
    }
    // Not there yet, over two pages.
    let fresh = try Fixture.map(2, as: client)
    try answered(fresh + 0xFF8) {}
    #expect(setup.result() == 1)
    #expect(bench.load(16, at: fresh + 0xFF8) == DirectBench.pattern(16, 3))
    var protect = Protect()
    protect.space = .none
    protect.address = fresh
    protect.length = 4096
    protect.flags = .read
    try answered(fresh + 0xFF8) { try bench.call(protect, on: setup.other) }
    #expect(setup.isError(.badAddress))
    var unmap = Unmap()
    unmap.space = .none
    unmap.address = fresh + 4096
    unmap.length = 4096
    try answered(fresh + 4096) { try bench.call(unmap, on: setup.other) }
    #expect(setup.isError(.badAddress))
    // A page that is pinned is written to, whoever else still sees it.
    let page = try Fixture.map(1, as: client)
    bench.store([1], at: page)
    #expect(setup.start(setup.reading(4096, at: page)))
    let tag = server.tag
    unmap.address = page
    try bench.call(unmap, on: setup.other)
    try server.next(answering: tag, 5, DirectBench.pattern(4096, 1))
    #expect(setup.result() == 5)
  }

  @Test func addressesEndWithTheUserHalf() throws {
    let server = try setup.makeWaitingServer()
    let limit = Machine.userLimit
    for (address, count) in [
      (limit - 128, 8), (limit - 127, 8), (limit - 8, 8), (limit - 4, 8), (limit, 8),
      (limit + 4096, 1), (UInt.max - 3, 8), (UInt.max, 1), (UInt(1) << 63, 127),
      (0xFFFF_8000_0000_0000, 127),
    ] as [(UInt, UInt)] {
      let span = UserSpan(address: address, count: count)
      #expect(throws: SystemError.badAddress) { try bench.call(setup.callScheme(span, UserSpan())) }
      let call = setup.callScheme(UserSpan(), span)
      if address <= limit - 128 {
        #expect(setup.start(call))
        try server.next(answering: server.tag, 0, DirectBench.pattern(8, 1))
        #expect(setup.isError(.badAddress))
      } else {
        #expect(throws: SystemError.badAddress) { try bench.call(call) }
      }
      // The server's own addresses.
      #expect(setup.start(setup.sending([1], room: 127)))
      var answer = server.nextCall(server.tag, 1, AnswerFlags())
      answer.data = span
      #expect(throws: SystemError.badAddress) { try bench.call(answer, on: server.thread) }
      #expect(try server.next(answering: answer.tag, 2) == nil)
      #expect(setup.result() == 2)
    }
    for count in [1 << 62, UInt.max, UInt.max - 127] as [UInt] {
      let span = UserSpan(address: bench.memory, count: count)
      #expect(throws: SystemError.messageTooLong) {
        try bench.call(setup.callScheme(UserSpan(), span))
      }
    }
  }
}
