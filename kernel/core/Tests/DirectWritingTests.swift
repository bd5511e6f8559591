// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension DirectBench {
  func writing(_ count: Int, at place: UInt, offset: UInt64 = 0x1234) -> Write {
    var call = Write()
    call.handle = file
    call.buffer = UserSpan(address: place, count: UInt(count))
    call.offset = offset
    return call
  }

  /// Puts `bytes` where a client writes from, wherever that begins.
  func prepare(_ bytes: [UInt8], at place: UInt) {
    bench.store([UInt8](repeating: 0xEE, count: Int(place & 7)) + bytes, at: place & ~7, on: other)
  }
}

extension DirectServer {
  /// What came behind the record, wherever the area's pages lie.
  func sent(_ count: Int) -> [UInt8] {
    let area = MessageArea(session)
    return (0..<count).map { index in
      let place = SchemeRequest.byteCount + index
      let start = area.piece(at: place & ~4095).address
      return PageOf<UInt8>(PhysicalAddress(UInt64(start - Machine.directMapBase)))[place & 4095]
    }
  }
}

extension OneMachine.DirectTests {
  // MARK: Writing

  /// Counts about what a thread keeps itself, and about the end of the area's first page.
  @Test(arguments: [0, 1, 0x7F9, 0xFF8] as [UInt])
  func whatIsWrittenArrives(shift: UInt) throws {
    let server = try setup.makeWaitingServer()
    let balance = setup.balance
    let memory = MemoryBalance.now()
    var sequence: UInt64 = 0
    let room = 4096 - SchemeRequest.byteCount
    for count in [1, 7, 8, 64, 127, 128, 129, 130, 136, room - 1, room, room + 1, 4095, 4096] {
      let bytes = DirectBench.pattern(count, count)
      let place = setup.inputPlace + shift
      setup.prepare(bytes, at: place)
      #expect(setup.start(setup.writing(count, at: place)))
      let record = server.record
      sequence += 1
      #expect(record.tag == server.tag && record.operation == SchemeOperation.write.rawValue)
      #expect(record.code == 0 && record.word == 7 && record.flags == 0)
      #expect(record.first == 0x1234 && record.sequence == sequence)
      let flags = client.value.process?.value.handles.entry(setup.file)?.description?.value
        .openFlags
      #expect(record.second == flags.map { UInt64($0.rawValue) })
      #expect(record.inputCount == UInt64(count) && record.outputCount == 0)
      #expect(server.sent(count) == bytes)
      // Bytes that nobody asked for are dropped.
      #expect(try server.next(answering: record.tag, UInt(count), [1, 2, 3]) == nil)
      #expect(setup.result() == UInt(count))
    }
    #expect(setup.balance == balance && MemoryBalance.now() == memory)
  }

  @Test func otherWritesTakeTheGeneralWay() throws {
    let server = try setup.makeWaitingServer()
    for (count, offset) in [(4097, 5), (0, 5), (100, UInt64.max), (4096, UInt64.max)]
      as [(Int, UInt64)]
    {
      setup.prepare(DirectBench.pattern(count, 2), at: setup.inputPlace)
      #expect(!setup.start(setup.writing(count, at: setup.inputPlace, offset: offset)))
      #expect(server.sent(count) == DirectBench.pattern(count, 2))
      #expect(try server.next(answering: server.tag, UInt(count)) == nil)
      #expect(setup.result() == UInt(count))
    }
    // A page that nobody has touched is brought in first.
    let fresh = try Fixture.map(2, as: client)
    #expect(!setup.start(setup.writing(4096, at: fresh + 8)))
    #expect(server.sent(4096) == [UInt8](repeating: 0, count: 4096))
    #expect(try server.next(answering: server.tag, 4096) == nil)
    #expect(setup.result() == 4096)
    // Without the right, nothing is asked.
    var duplicate = Duplicate()
    duplicate.handle = setup.file
    duplicate.rights = .read
    var call = setup.writing(8, at: setup.inputPlace)
    call.handle = try Handle(word: bench.call(duplicate))
    #expect(throws: SystemError.self) { try bench.call(call) }
    #expect(server.session.value.direct == nil)
  }

  @Test func whatCannotBeReadIsRefused() throws {
    let server = try setup.makeWaitingServer()
    let memory = MemoryBalance.now()
    let limit = Machine.userLimit
    let page = try Fixture.map(2, as: client)
    bench.store([1], at: page)
    bench.store([1], at: page + 4096)
    var unmap = Unmap()
    unmap.space = .none
    unmap.address = page + 4096
    unmap.length = 4096
    try bench.call(unmap)
    for (address, count) in [
      (page + 4000, 100), (page + 8, 4096), (page + 4096, 4096), (page + 4096, 8),
      (limit - 8, 16), (limit - 4096, 4096), (limit, 4096), (UInt.max - 3, 8), (UInt.max, 4096),
      (0xFFFF_8000_0000_0000, 127), (0, 4096),
    ] as [(UInt, Int)] {
      #expect(throws: SystemError.badAddress) {
        try bench.call(setup.writing(count, at: address))
      }
      #expect(server.session.value.direct == nil && server.thread.value.state == .waiting)
    }
    unmap.address = page
    try bench.call(unmap)
    #expect(MemoryBalance.now() == memory)
  }

  @Test func whatCanOnlyBeReadCanBeWrittenFrom() throws {
    let server = try setup.makeWaitingServer()
    let page = try Fixture.map(2, as: client)
    setup.bench.store(DirectBench.pattern(8192, 4), at: page)
    var protect = Protect()
    protect.space = .none
    protect.address = page
    protect.length = 8192
    protect.flags = .read
    try bench.call(protect)
    #expect(setup.start(setup.writing(4096, at: page + 24)))
    #expect(server.sent(4096) == Array(DirectBench.pattern(8192, 4)[24..<4120]))
    try server.next(answering: server.tag, 4096)
    #expect(setup.result() == 4096)
  }

  @Test(arguments: [100, 4096])
  func moreThanWasSentCannotHaveBeenWritten(count: Int) throws {
    let server = try setup.makeWaitingServer()
    let memory = MemoryBalance.now()
    #expect(setup.start(setup.writing(count, at: setup.inputPlace)))
    let tag = server.tag
    #expect(throws: SystemError.outOfRange) { try server.next(answering: tag, UInt(count) + 1) }
    #expect(setup.result() == nil)
    #expect(try server.next(answering: tag, UInt(count) - 1) == nil)
    #expect(setup.result() == UInt(count) - 1)
    for (answered, seen) in [
      (0 &- UInt(SystemError.noSpace.rawValue), SystemError.noSpace),
      (0 &- UInt(SystemError.restart.rawValue), .protocolError),
    ] {
      #expect(setup.start(setup.writing(count, at: setup.inputPlace)))
      #expect(try server.next(answering: server.tag, answered) == nil)
      #expect(setup.isError(seen))
    }
    #expect(MemoryBalance.now() == memory)
  }

  /// The client's memory is gone by then, but not what it wrote; and its file is opened otherwise.
  @Test(arguments: [8, 128, 129, 4096])
  func aSuccessorGetsWhatWasWritten(count: Int) throws {
    let server = try setup.makeWaitingServer()
    let page = try Fixture.map(2, as: client)
    let bytes = DirectBench.pattern(count, 5)
    bench.store([UInt8](repeating: 0, count: 8192), at: page)
    setup.prepare(bytes, at: page + 0x801)
    #expect(setup.start(setup.writing(count, at: page + 0x801)))
    let old = server.record
    let file = client.value.process?.value.handles.entry(setup.file)?.description
    file?.value.openFlags = .append
    var unmap = Unmap()
    unmap.space = .none
    unmap.address = page
    unmap.length = 8192
    try bench.call(unmap, on: setup.other)
    try server.die()
    #expect(setup.result() == nil)
    for isLast in [false, true] {
      let successor = try setup.makeServer()
      let record = try #require(try successor.next(answering: 0, 0, [], .doNotWait))
      #expect(record.flags == SchemeRequest.again && record.sequence == old.sequence)
      #expect(record.operation == old.operation && record.code == 0 && record.word == 7)
      #expect(record.first == old.first && record.second == old.second)
      #expect(record.inputCount == UInt64(count) && record.outputCount == 0)
      #expect(successor.sent(count) == bytes)
      guard isLast else {
        try successor.die()
        continue
      }
      #expect(try successor.next(answering: record.tag, UInt(count)) == nil)
      #expect(setup.result() == UInt(count))
      // And the next one is handed over directly again, as it is now.
      #expect(setup.start(setup.writing(count, at: setup.inputPlace)))
      #expect(successor.record.second == UInt64(OpenFlags.append.rawValue))
      try successor.next(answering: successor.tag, 1)
      #expect(setup.result() == 1)
      try successor.die()
    }
  }

  @Test(arguments: [100, 4096])
  func aServerReadsOnWhatIsWritten(count: Int) throws {
    let server = try setup.makeWaitingServer()
    let bytes = DirectBench.pattern(count, 6)
    setup.prepare(bytes, at: setup.inputPlace + 0x808)
    #expect(setup.start(setup.writing(count, at: setup.inputPlace + 0x808)))
    let tag = server.tag
    let rest = UInt(count) - 16
    #expect(try server.transfer(tag, .read, offset: 16, Int(rest)) == rest)
    #expect(bench.load(Int(rest), at: server.place, on: server.thread) == Array(bytes[16...]))
    #expect(throws: SystemError.outOfRange) {
      try server.transfer(tag, .read, offset: 17, Int(rest))
    }
    #expect(throws: SystemError.outOfRange) { try server.transfer(tag, .write, offset: 0, 8) }
    #expect(try server.next(answering: tag, UInt(count)) == nil)
    #expect(setup.result() == UInt(count))
  }

  @Test(arguments: [(8, false), (8, true), (4096, false), (4096, true)])
  func aWriterEndsMeanwhile(count: Int, isSettled: Bool) throws {
    let server = try setup.makeWaitingServer()
    let memory = MemoryBalance.now()
    let balance = setup.balance
    let writer = try bench.makeThread()
    #expect(setup.start(setup.writing(count, at: setup.inputPlace + 8), on: writer))
    let tag = server.tag
    if isSettled { #expect(try server.next() == nil) }
    Fixture.makeCurrent(setup.other)
    #expect(leaveQueue(writer))
    endThread(writer)
    if !isSettled { #expect(try server.next() == nil) }
    #expect(setup.start(setup.writing(count, at: setup.inputPlace)))
    let other = server.tag
    #expect(throws: SystemError.gone) { try server.answer(tag, 1) }
    #expect(setup.result() == nil)
    #expect(try server.next(answering: other, UInt(count)) == nil)
    #expect(setup.result() == UInt(count))
    #expect(setup.balance == balance && MemoryBalance.now() == memory)
  }

  @Test func writesAndOthersFollowEachOther() throws {
    let server = try setup.makeWaitingServer()
    for turn in 0..<3 {
      #expect(setup.start(setup.writing(4096, at: setup.inputPlace + 8)))
      #expect(try server.next(answering: server.tag, 9) == nil)
      #expect(setup.result() == 9)
      let bytes = DirectBench.pattern(4096, turn)
      #expect(setup.start(setup.reading(4096, at: setup.outputPlace + 8)))
      #expect(try server.next(answering: server.tag, 4096, bytes) == nil)
      #expect(setup.result() == 4096 && bench.load(4096, at: setup.outputPlace + 8) == bytes)
      #expect(setup.start(setup.sending([1, 2], room: 8)))
      #expect(try server.next(answering: server.tag, 3, [UInt8](repeating: 7, count: 8)) == nil)
      #expect(setup.result() == 3 && setup.output(8) == [UInt8](repeating: 7, count: 8))
    }
  }
}
