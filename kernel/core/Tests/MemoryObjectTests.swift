// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Memory objects") struct MemoryObjectTests {
    init() throws { try Fixture.start(processors: 2) }

    // MARK: Helpers

    /// A thread of a new process, with a handle for `object`.
    private func makeUser(
      of object: Ref<MemoryObject>, _ rights: Rights = .everything
    ) throws -> (thread: Ref<Thread>, handle: Handle) {
      let thread = try Fixture.makeTask()
      object.retain()
      let description = try newDescription(.memory(object), kernel.rootAccount)
      let handle = try insertHandle(
        thread.value.process!, description, rights, OpenFlags())
      return (thread, handle)
    }

    private func makeObject(pages: UInt64) throws -> Ref<MemoryObject> {
      try MemoryObject.create(.zero, length: pages * 4096, account: kernel.rootAccount)
    }

    private struct Provided {
      let object: Ref<MemoryObject>
      let scheme: Ref<Scheme>
      let server: Ref<Thread>
      let serverHandle: Handle
      /// A page of the server's own memory, to supply from.
      let source: UInt
    }

    private func makeProvided(pages: UInt64) throws -> Provided {
      let scheme = try Ref<Scheme>.make(SchemeFlags(), kernel.rootAccount)
      scheme.keep()
      scheme.keep()
      let object = try MemoryObject.create(
        .provided(scheme), length: pages * 4096, account: kernel.rootAccount)
      object.value.word = 77
      let (server, handle) = try makeUser(of: object)
      scheme.value.process = server.value.process
      return Provided(
        object: object, scheme: scheme, server: server, serverHandle: handle,
        source: try Fixture.map(4, as: server))
    }

    private func map(
      _ handle: Handle, pages: UInt, as thread: Ref<Thread>,
      _ flags: MapFlags = .read | .write | .shared
    ) -> UInt {
      guard
        case .done(let address) = Fixture.call(
          Map(pages * 4096, flags, object: handle), as: thread)
      else {
        Issue.record("cannot map")
        return 0
      }
      return address
    }

    /// A word as the thread's program reads it, or the violation.
    private func load(_ address: UInt, _ thread: Ref<Thread>) -> Result<UInt64, Violation> {
      Fixture.makeCurrent(thread)
      for _ in 0..<4 {
        if let value = ModelMachine.userLoad(address) { return .success(value) }
        switch handlePageFault(thread, address, .read, false) {
        case .resolved: continue
        case .parked: return .failure(.waits)
        case .violation(let kind): return .failure(.kind(kind))
        }
      }
      return .failure(.kind(0))
    }

    private enum Violation: Error, Equatable { case kind(UInt32), waits }

    private func supply(_ provided: Provided, page: UInt64, _ value: UInt64) {
      Fixture.store(provided.source, value, as: provided.server)
      var call = SupplyPages()
      call.object = provided.serverHandle
      call.offset = page * 4096
      call.source = UserSpan(address: provided.source, count: 4096)
      #expect(Fixture.call(call, as: provided.server) == .done(0))
    }

    // MARK: Objects of the kernel

    @Test func twoProcessesShareAnObjectAndItEndsWithTheLastMapping() throws {
      let before = kernel.memoryObjects.inUse
      let object = try makeObject(pages: 600)
      let (first, firstHandle) = try makeUser(of: object)
      let (second, secondHandle) = try makeUser(of: object)
      object.release()
      let a = map(firstHandle, pages: 600, as: first)
      let b = map(secondHandle, pages: 600, as: second)
      Fixture.store(a + 599 * 4096, 42, as: first)
      #expect(load(b + 599 * 4096, second) == .success(42))
      #expect(load(b, second) == .success(0))
      for (thread, handle, address) in [(first, firstHandle, a), (second, secondHandle, b)] {
        var close = Close()
        close.handle = handle
        #expect(Fixture.call(close, as: thread) == .done(0))
        let inUse = kernel.memoryObjects.inUse
        #expect(inUse == before + 1)
        var unmap = Unmap()
        unmap.address = address
        unmap.length = 600 * 4096
        #expect(Fixture.call(unmap, as: thread) == .done(0))
      }
      acknowledgeShootdowns()
      let after = kernel.memoryObjects.inUse
      #expect(after == before)
    }

    @Test func aPrivateMappingCopiesWhatItWrites() throws {
      let object = try makeObject(pages: 2)
      let (writer, writerHandle) = try makeUser(of: object)
      let (other, otherHandle) = try makeUser(of: object)
      let shared = map(otherHandle, pages: 2, as: other)
      Fixture.store(shared, 1, as: other)
      let own = map(writerHandle, pages: 2, as: writer, .read | .write)
      #expect(load(own, writer) == .success(1))
      Fixture.store(own, 2, as: writer)
      Fixture.store(shared, 3, as: other)
      #expect(load(own, writer) == .success(2))
      #expect(load(shared, other) == .success(3))
      #expect(writer.value.process?.value.space?.value.privatePages == 1)
    }

    @Test func rightsAndSealsLimitWhatMayBeMapped() throws {
      let object = try makeObject(pages: 1)
      let (reader, readOnly) = try makeUser(of: object, .read | .map)
      let shared: MapFlags = .read | .write | .shared
      #expect(
        Fixture.call(Map(4096, shared, object: readOnly), as: reader) == .failed(.accessDenied))
      #expect(
        Fixture.call(Map(4096, .read | .execute, object: readOnly), as: reader)
          == .failed(.accessDenied))
      let (owner, handle) = try makeUser(of: object)
      let address = map(handle, pages: 1, as: owner)
      var seal = SealMemory()
      seal.object = handle
      seal.seals = .write
      #expect(Fixture.call(seal, as: owner) == .failed(.busy))
      var protect = Protect()
      protect.address = address
      protect.length = 4096
      protect.flags = .read
      #expect(Fixture.call(protect, as: owner) == .done(0))
      #expect(Fixture.call(seal, as: owner) == .done(0))
      protect.flags = .read | .write
      #expect(Fixture.call(protect, as: owner) == .failed(.notPermitted))
      #expect(Fixture.call(Map(4096, shared, object: handle), as: owner) == .failed(.notPermitted))
      #expect(
        Fixture.call(Map(4096, .read | .write | .execute), as: owner)
          == .failed(.invalidArgument))
    }

    @Test func shrinkingTakesPagesAwayAndGrowingShowsZeros() throws {
      let object = try makeObject(pages: 1_300)
      let (owner, handle) = try makeUser(of: object)
      let (other, otherHandle) = try makeUser(of: object)
      let a = map(handle, pages: 1_300, as: owner)
      let b = map(otherHandle, pages: 1_300, as: other)
      for page in stride(from: UInt(0), to: 1_300, by: 50) {
        Fixture.store(a + page * 4096 + 8, UInt64(page) + 1, as: owner)
        #expect(load(b + page * 4096 + 8, other) == .success(UInt64(page) + 1))
      }
      var resize = ResizeMemory()
      resize.object = handle
      resize.length = 100 * 4096 + 8
      #expect(Fixture.call(resize, as: owner) == .done(0))
      #expect(object.value.residentPages == 3)
      #expect(load(b + 150 * 4096 + 8, other) == .failure(.kind(FaultKind.notSupplied)))
      // The last page keeps what lies before the end, and loses what lies behind it.
      #expect(load(b + 100 * 4096 + 8, other) == .success(0))
      resize.length = 1_300 * 4096
      #expect(Fixture.call(resize, as: owner) == .done(0))
      #expect(load(b + 150 * 4096 + 8, other) == .success(0))
      var seal = SealMemory()
      seal.object = handle
      seal.seals = .grow | .shrink
      #expect(Fixture.call(seal, as: owner) == .done(0))
      resize.length = 4096
      #expect(Fixture.call(resize, as: owner) == .failed(.notPermitted))
      resize.length = 2_000 * 4096
      #expect(Fixture.call(resize, as: owner) == .failed(.notPermitted))
    }

    @Test func shrinkingThatGoesOnWithAGreaterLengthEnds() throws {
      let object = try makeObject(pages: 1_300)
      let (owner, handle) = try makeUser(of: object)
      let mapped = map(handle, pages: 1_300, as: owner)
      for page in 0..<1_300 as Range<UInt> { Fixture.store(mapped + page * 4096, 1, as: owner) }
      Fixture.makeCurrent(owner)
      #expect(throws: SystemError.restart) { try object.resize(500 * 4096, owner) }
      // Registers may be anything when a call is made again.
      var steps = 0
      while steps < 1_000 {
        steps += 1
        do { try object.resize(2_000 * 4096, owner) } catch {
          #expect(error == .restart)
          continue
        }
        break
      }
      #expect(steps < 1_000 && object.value.length == 2_000 * 4096)
    }

    @Test func wiredMemoryIsThereAtOnceAndContiguousMemoryInOnePiece() throws {
      let thread = try Fixture.makeTask()
      let used = kernel.rootAccount!.value.used[0]
      for flags in [MemoryFlags.wired, .wired | .contiguous, .low | .contiguous] {
        var create = CreateMemory()
        create.length = 100 * 4096 - 5
        create.flags = flags
        guard case .done(let word) = Fixture.call(create, as: thread) else {
          Issue.record("cannot create")
          return
        }
        let handle = try Handle(word: word)
        let object = try memoryObject(handle, thread, needing: .map)
        let pages = (0..<100).map { object.page(at: $0) }
        #expect(pages.allSatisfy { $0 != nil } && object.page(at: 100) == nil)
        if flags.contains(.contiguous) {
          for index in 1..<100 {
            #expect(pages[index]!.rawValue == pages[0]!.rawValue + UInt64(index) * 4096)
          }
        }
        let address = map(handle, pages: 100, as: thread)
        Fixture.store(address + 50 * 4096, 9, as: thread)
        #expect(PageWords(pages[50]!)[0] == 9)
        #expect(
          Fixture.call(Map(101 * 4096, .read, object: handle), as: thread) == .failed(.outOfRange))
        var unmap = Unmap()
        unmap.address = address
        unmap.length = 100 * 4096
        #expect(Fixture.call(unmap, as: thread) == .done(0))
        var close = Close()
        close.handle = handle
        #expect(Fixture.call(close, as: thread) == .done(0))
      }
      // The pages come back at this and coming entries.
      for _ in 0..<10 where !kernel.memory.backlog.isEmpty { acknowledgeShootdowns() }
      let left = kernel.rootAccount!.value.used[0] - UInt64(kernel.frames.kernelCount)
      #expect(left <= used)
      var tooLong = CreateMemory()
      tooLong.length = 4 << 20 + 1
      tooLong.flags = .contiguous
      #expect(Fixture.call(tooLong, as: thread) == .failed(.invalidArgument))
      tooLong.length = 1 << 50
      tooLong.flags = .wired
      #expect(Fixture.call(tooLong, as: thread) == .failed(.invalidArgument))
    }

    // MARK: Provided objects

    @Test func aMissingPageIsAskedForOnceAndBroughtByTheScheme() throws {
      let provided = try makeProvided(pages: 8)
      let (first, firstHandle) = try makeUser(of: provided.object)
      let (second, secondHandle) = try makeUser(of: provided.object)
      let a = map(firstHandle, pages: 8, as: first)
      let b = map(secondHandle, pages: 8, as: second)
      #expect(load(a + 3 * 4096, first) == .failure(.waits))
      #expect(load(b + 3 * 4096, second) == .failure(.waits))
      #expect(provided.scheme.value.queue.count == 1)
      let request = try #require(provided.scheme.value.queue.first)
      #expect(request.value.record.operation == SchemeOperation.supply.rawValue)
      #expect(request.value.record.word == 77)
      #expect(request.value.record.first == 3 * 4096)
      supply(provided, page: 3, 123)
      #expect(first.value.state == .ready || first.value.state == .running)
      #expect(load(a + 3 * 4096, first) == .success(123))
      #expect(load(b + 3 * 4096, second) == .success(123))
      // Supplying again leaves what is there.
      supply(provided, page: 3, 5)
      #expect(load(b + 3 * 4096, second) == .success(123))
      // Its own pages the server would have to supply to itself.
      let own = map(provided.serverHandle, pages: 8, as: provided.server)
      #expect(load(own + 3 * 4096, provided.server) == .success(123))
      #expect(load(own, provided.server) == .failure(.kind(FaultKind.notSupplied)))
    }

    @Test func whoLooksAtAProcessDoesNotWaitForItsServers() throws {
      let provided = try makeProvided(pages: 4)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 4, as: client)
      let debugger = try Fixture.makeTask()
      let buffer = try Fixture.map(1, as: debugger)
      let process = try #require(client.value.process)
      process.value.references += 1
      let target = try insertHandle(
        debugger.value.process!, try newDescription(.process(process), kernel.rootAccount),
        .everything, OpenFlags())
      var access = AccessMemory()
      access.process = target
      access.address = address
      access.buffer = UserSpan(address: buffer, count: 16)
      access.operation = .read
      #expect(Fixture.call(access, as: debugger) == .failed(.wouldBlock))
      #expect(provided.scheme.value.queue.isEmpty)
      supply(provided, page: 0, 55)
      #expect(Fixture.call(access, as: debugger) == .done(16))
      #expect(load(buffer, debugger) == .success(55))
      // Up to the page that is not there.
      access.address = address + 4096 - 8
      #expect(Fixture.call(access, as: debugger) == .done(8))
    }

    @Test func aPageThatCannotBeSuppliedFaultsUntilItCan() throws {
      let provided = try makeProvided(pages: 4)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 4, as: client)
      #expect(load(address, client) == .failure(.waits))
      var fail = FailPages()
      fail.object = provided.serverHandle
      fail.length = 4 * 4096
      #expect(Fixture.call(fail, as: provided.server) == .done(0))
      #expect(load(address, client) == .failure(.kind(FaultKind.notSupplied)))
      // Others were not asked for, so they have not failed.
      #expect(load(address + 4096, client) == .failure(.waits))
      supply(provided, page: 0, 8)
      #expect(load(address, client) == .success(8))
    }

    @Test func aPageThatIsNotSuppliedWithTheAnswerFails() throws {
      let provided = try makeProvided(pages: 4)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 4, as: client)
      func answer(_ result: UInt) throws {
        let request = provided.scheme.value.takeFirst()
        finish(try #require(request), result)
        while !provided.object.value.waiters.isEmpty {
          Fixture.call(Null(), as: provided.server)
        }
      }
      for (page, result) in [(0, 0), (1, CallResult(.inputOutput).rawValue)] as [(UInt, UInt)] {
        #expect(load(address + page * 4096, client) == .failure(.waits))
        try answer(result)
        #expect(load(address + page * 4096, client) == .failure(.kind(FaultKind.notSupplied)))
      }
      // One that has been supplied by then has not failed, nor one that nobody asked for.
      #expect(load(address + 8192, client) == .failure(.waits))
      supply(provided, page: 2, 6)
      try answer(CallResult(.inputOutput).rawValue)
      #expect(load(address + 8192, client) == .success(6))
      #expect(load(address + 12288, client) == .failure(.waits))
    }

    @Test func aSchemeThatIsGivenUpLeavesNobodyWaiting() throws {
      let provided = try makeProvided(pages: 4)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 4, as: client)
      #expect(load(address, client) == .failure(.waits))
      provided.scheme.fail(.inputOutput)
      while !provided.object.value.waiters.isEmpty { Fixture.call(Null(), as: provided.server) }
      #expect(load(address, client) == .failure(.kind(FaultKind.notSupplied)))
      // A successor is asked again.
      provided.scheme.value.failure = nil
      #expect(load(address, client) == .failure(.waits))
      #expect(provided.scheme.value.queue.count == 1)
    }

    @Test func withdrawnPagesLeaveEveryMappingWithTheirContent() throws {
      let provided = try makeProvided(pages: 700)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 700, as: client)
      for page: UInt64 in [0, 5, 511, 512, 699] {
        supply(provided, page: page, page)
        Fixture.store(address + UInt(page) * 4096, page + 1_000, as: client)
      }
      // Another processor remembers the pages.
      Fixture.makeCurrent(client, on: 1)
      #expect(ModelMachine.userLoad(address + 5 * 4096) == 1_005)
      let output = try Fixture.map(700, as: provided.server)
      var withdraw = WithdrawPages()
      withdraw.object = provided.serverHandle
      withdraw.offset = 4096
      withdraw.length = 700 * 4096
      withdraw.output = output
      #expect(Fixture.call(withdraw, as: provided.server) == .done(4))
      #expect(MemoryFixture.staleTranslation() == nil)
      #expect(provided.object.value.residentPages == 1)
      #expect(Fixture.word(output + 4 * 4096, of: provided.server) == 1_005)
      #expect(Fixture.word(output + 698 * 4096, of: provided.server) == 1_699)
      #expect(load(address, client) == .success(1_000))
      #expect(load(address + 5 * 4096, client) == .failure(.waits))
    }

    @Test func aPageIsReportedAsChangedOncePerChange() throws {
      let provided = try makeProvided(pages: 600)
      let (client, handle) = try makeUser(of: provided.object)
      let address = map(handle, pages: 600, as: client)
      for page: UInt64 in [1, 2, 550] {
        supply(provided, page: page, page)
        #expect(load(address + UInt(page) * 4096, client) == .success(page))
      }
      let buffer = try Fixture.map(1, as: provided.server)
      var find = FindDirtyPages()
      find.object = provided.serverHandle
      find.length = 600 * 4096
      find.buffer = UserSpan(address: buffer, count: 4096)
      #expect(Fixture.call(find, as: provided.server) == .done(0))
      for round: UInt64 in 0..<3 {
        Fixture.store(address + 4096, round, as: client)
        Fixture.store(address + 550 * 4096, round, as: client)
        #expect(Fixture.call(find, as: provided.server) == .done(2))
        #expect(Fixture.word(buffer, of: provided.server) == 4096)
        #expect(Fixture.word(buffer + 8, of: provided.server) == 550 * 4096)
        #expect(Fixture.call(find, as: provided.server) == .done(0))
        #expect(MemoryFixture.staleTranslation() == nil)
      }
      // A request may still write to a page that it pinned.
      var pins = PinList()
      Fixture.makeCurrent(client)
      try pin(UserSpan(address: address + 4096, count: 8), for: .write, client, into: &pins)
      #expect(Fixture.call(find, as: provided.server) == .done(1))
      #expect(Fixture.call(find, as: provided.server) == .done(1))
      unpin(&pins)
      #expect(Fixture.call(find, as: provided.server) == .done(1))
      #expect(Fixture.call(find, as: provided.server) == .done(0))
    }

    @Test func withdrawnPagesOfZeroedMemoryAreZeroAgain() throws {
      let object = try makeObject(pages: 700)
      let (owner, handle) = try makeUser(of: object)
      let address = map(handle, pages: 700, as: owner)
      for page: UInt in [0, 5, 511, 512, 699] {
        Fixture.store(address + page * 4096, UInt64(page) + 1, as: owner)
      }
      // Another processor remembers the pages.
      Fixture.makeCurrent(owner, on: 1)
      #expect(ModelMachine.userLoad(address + 5 * 4096) == 6)
      var withdraw = WithdrawPages()
      withdraw.object = handle
      withdraw.offset = 5 * 4096
      withdraw.length = 600 * 4096
      #expect(Fixture.call(withdraw, as: owner) == .done(3))
      #expect(MemoryFixture.staleTranslation() == nil)
      #expect(object.value.residentPages == 2)
      #expect(load(address, owner) == .success(1))
      #expect(load(address + 699 * 4096, owner) == .success(700))
      #expect(load(address + 5 * 4096, owner) == .success(0))
      #expect(Fixture.call(withdraw, as: owner) == .done(1))
      // Sealed memory stays what it is, and who may only look at it takes nothing.
      var seal = SealMemory()
      seal.object = handle
      seal.seals = .shrink
      #expect(Fixture.call(seal, as: owner) == .done(0))
      #expect(Fixture.call(withdraw, as: owner) == .failed(.notPermitted))
      let (reader, other) = try makeUser(of: try makeObject(pages: 2), .read | .map | .manage)
      withdraw.object = other
      #expect(Fixture.call(withdraw, as: reader) == .failed(.accessDenied))
    }

    @Test func onlyTheProviderManagesItsPages() throws {
      let provided = try makeProvided(pages: 4)
      let (client, handle) = try makeUser(of: provided.object, .read | .write | .map)
      var withdraw = WithdrawPages()
      withdraw.object = handle
      withdraw.length = 4096
      #expect(Fixture.call(withdraw, as: client) == .failed(.accessDenied))
      var fail = FailPages()
      fail.object = provided.serverHandle
      fail.offset = UInt64.max - 5
      fail.length = 100
      #expect(Fixture.call(fail, as: provided.server) == .failed(.overflow))
      var supply = SupplyPages()
      supply.object = provided.serverHandle
      supply.offset = 4 * 4096
      supply.source = UserSpan(address: provided.source, count: 1)
      #expect(Fixture.call(supply, as: provided.server) == .failed(.outOfRange))
    }
  }
}
