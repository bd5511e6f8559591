// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// What concerns ten thousand descriptions or requests takes many entries, each of them short.
extension OneMachine {
  @Suite("Bounds of schemes") struct SchemeBoundsTests {
    let schemes: SchemeBench
    var bench: Bench { schemes.bench }
    static let many = 10_000

    init() throws { schemes = try SchemeBench() }

    /// Makes a call as often as it wants to be made again, with `between` before each.
    private func entries(
      _ call: some SystemCall, on thread: Ref<Thread>, between: () throws -> Void = {}
    ) throws -> (result: UInt, entries: Int) {
      let words = call.words
      for count in 1...100_000 {
        try between()
        Fixture.makeCurrent(thread)
        thread.value.registers = Machine.Registers(
          call: type(of: call).number.rawValue, words.a, words.b, words.c, words.d, words.e,
          words.f, site: Fixture.site)
        _ = enterSystemCall()
        Fixture.settle()
        if !Fixture.isRestarted(thread) { return (thread.value.registers.result, count) }
      }
      return (0, 0)
    }

    private func signal(_ word: UInt64) -> SignalEvents {
      var call = SignalEvents()
      call.server = schemes.session
      call.word = word
      call.events = .readable
      return call
    }

    private func revoke(_ word: UInt64) -> RevokeDescriptions {
      var call = RevokeDescriptions()
      call.server = schemes.session
      call.word = word
      return call
    }

    /// A queue that watches `descriptions`.
    private func watch(_ descriptions: some Sequence<Ref<Description>>) throws -> Ref<EventQueue> {
      let handle = try bench.open(try bench.root(.event), "", .readWrite)
      for description in descriptions {
        description.retain()
        let watched = try insertHandle(bench.process, description, .everything, .runtimeHandle)
        let record = bytesOf(UInt64(watched.rawValue) | 1 << 32) + bytesOf(0) + bytesOf(0)
        try bench.write(handle, record)
      }
      guard
        case .events(let queue)? = bench.process.value.handles.entry(handle)?.description?
          .value.kind
      else { throw SystemError.badHandle }
      return queue
    }

    // MARK: Walks through descriptions

    @Test func signallingTakesSteps() throws {
      let descriptions = try schemes.openDescriptions(Self.many, word: 5)
      let queue = try watch(descriptions.enumerated().filter { $0.offset % 25 == 0 }.map(\.element))
      // The server hears of what is watched, first.
      while let request = try schemes.take() { try schemes.answer(request.tag) }
      var before = 0
      var most = 0
      let run = try entries(signal(5), on: schemes.server) {
        most = max(most, queue.value.ready.count - before)
        before = queue.value.ready.count
      }
      #expect(run.result == 0)
      #expect(queue.value.ready.count == 400)
      #expect(most <= 32)
      #expect(run.entries >= 400 / 32)
      let other = try entries(signal(6), on: schemes.server)
      #expect(other.entries >= Self.many / 1_024 && queue.value.ready.count == 400)
    }

    @Test func revokingTakesStepsThoughDescriptionsCome() throws {
      let descriptions = try schemes.openDescriptions(Self.many, word: 5)
      var noise = Noise(7)
      var closed = Set<Int>()
      let run = try entries(revoke(5), on: schemes.server) {
        // The one the walk has come to is among those that close.
        for _ in 0..<200 {
          let index = noise.next(below: Self.many)
          if closed.insert(index).inserted { descriptions[index].release() }
        }
      }
      #expect(run.entries >= Self.many / 1_024)
      #expect(run.result <= UInt(Self.many) && run.result > UInt(Self.many / 2))
      for (index, description) in descriptions.enumerated() where !closed.contains(index) {
        #expect(description.value.isStale)
      }
      #expect(try entries(revoke(5), on: schemes.server).result == 0)
    }

    @Test func twoWalksDoNotDisturbEachOther() throws {
      var schemes = schemes
      try schemes.addServerThread()
      let first = try schemes.openDescriptions(Self.many, word: 5)
      let second = try schemes.openDescriptions(Self.many, word: 6)
      var other = revoke(6)
      other.server = schemes.sessions[1]
      let words = other.words
      let helper = schemes.servers[1]
      var result: UInt?
      let run = try entries(revoke(5), on: schemes.server) {
        guard result == nil else { return }
        Fixture.makeCurrent(helper)
        helper.value.registers = Machine.Registers(
          call: CallNumber.revokeDescriptions.rawValue, words.a, words.b, words.c, words.d,
          words.e, words.f, site: Fixture.site)
        _ = enterSystemCall()
        if !Fixture.isRestarted(helper) { result = helper.value.registers.result }
      }
      if result == nil { result = try entries(other, on: helper).result }
      #expect(run.result == UInt(Self.many) && result == UInt(Self.many))
      #expect(first.allSatisfy(\.value.isStale) && second.allSatisfy(\.value.isStale))
    }

    @Test func aSignalInBetweenBeginsTheWalkAgain() throws {
      _ = try schemes.openDescriptions(Self.many, word: 5)
      var turns = 0
      let run = try entries(signal(5), on: schemes.server) {
        turns += 1
        if turns == 3 { schemes.server.value.walk = OwnWalk() }
      }
      #expect(run.result == 0 && run.entries < 100)
    }

    // MARK: The end of a server

    private func queueRequests(_ count: Int) throws {
      for index in 0..<count {
        try requestSupply(schemes.scheme, word: 1, offset: UInt64(index), length: 1)
      }
    }

    /// Other entries, until nothing is left to do. - Returns: how many, and the most of `progress`
    /// that one made.
    private func work(_ progress: () -> Int) throws -> (entries: Int, most: Int) {
      var count = 0
      var most = 0
      var before = progress()
      while schemes.scheme.value.choreLink.isLinked {
        try bench.call(Null())
        most = max(most, abs(progress() - before))
        before = progress()
        count += 1
      }
      return (count, most)
    }

    @Test func whatADeadServerHadTakenGoesBackInSteps() throws {
      try queueRequests(Self.many)
      for _ in 0..<Self.many { _ = try schemes.take() }
      #expect(schemes.scheme.takenCount == Self.many)
      try bench.close(schemes.session, on: schemes.server)
      let scheme = schemes.scheme
      let run = try work { scheme.value.queue.count }
      #expect(run.entries >= Self.many / 64 && run.most <= 64)
      #expect(scheme.value.queue.count == Self.many && scheme.value.returned == UInt64(Self.many))
      // In the order in which they came.
      var expected: UInt64 = 0
      var next = scheme.value.queue.first
      while let request = next {
        #expect(request.value.record.first == expected)
        #expect(request.value.record.flags & SchemeRequest.again != 0)
        expected += 1
        next = scheme.value.queue.next(after: request)
      }
    }

    @Test func aSuccessorTakesNothingBeforeAllIsBack() throws {
      try queueRequests(1_000)
      for _ in 0..<1_000 { _ = try schemes.take() }
      try bench.close(schemes.session, on: schemes.server)
      let session = try schemes.attach(schemes.server)
      var call = NextRequest()
      call.server = session
      call.flags = .doNotWait
      #expect(try bench.call(call, on: schemes.server) != 0)
      guard
        case .server(let server)? = schemes.server.value.process?.value.handles.entry(session)?
          .description?.value.kind
      else { throw SystemError.badHandle }
      #expect(PageOf<SchemeRequest>(server.value.firstPage)[0].first == 0)
    }

    @Test func watchersHearOfARestartInSteps() throws {
      let descriptions = try schemes.openDescriptions(Self.many, word: 5)
      let queue = try watch(descriptions.enumerated().filter { $0.offset % 25 == 0 }.map(\.element))
      while let request = try schemes.take() { try schemes.answer(request.tag) }
      try bench.close(schemes.session, on: schemes.server)
      let run = try work { queue.value.ready.count }
      #expect(run.most <= 32 && queue.value.ready.count == 400)
      #expect(schemes.scheme.value.pending.count == 400)
    }

    @Test func aSchemeThatIsGivenUpTellsEverybodyInSteps() throws {
      try queueRequests(Self.many)
      for _ in 0..<Self.many / 2 { _ = try schemes.take() }
      let waiting = try bench.makeThread()
      #expect(bench.begin(bench.readCall(schemes.root, 8), on: waiting) == nil)
      let requests = schemes.requestsInUse
      var call = GiveUpScheme()
      call.scheme = schemes.management
      call.error = UInt32(SystemError.inputOutput.rawValue)
      try bench.call(call, on: schemes.server)
      let scheme = schemes.scheme
      let run = try work { scheme.value.queue.count + scheme.takenCount }
      #expect(run.most <= 17 && run.entries >= Self.many / 17)
      #expect(bench.settle(waiting) == CallResult(.inputOutput).rawValue)
      // The client keeps its own for its next call.
      #expect(schemes.requestsInUse == requests - Self.many)
    }

    @Test func newsThatAServerKeepsDoNotHideOthers() throws {
      let descriptions = try schemes.openDescriptions(Self.many, word: 5)
      for description in descriptions { description.release() }
      var tags: [UInt] = []
      while let request = try schemes.take() {
        #expect(request.operation == SchemeOperation.close.rawValue)
        tags.append(request.tag)
      }
      #expect(tags.count == Self.many && schemes.scheme.value.pending.isEmpty)
      let before = schemes.descriptionsInUse
      for tag in tags[..<100] { try schemes.answer(tag) }
      #expect(schemes.descriptionsInUse == before - 100)
      try bench.close(schemes.session, on: schemes.server)
      let scheme = schemes.scheme
      let run = try work { scheme.value.pending.count }
      #expect(run.most <= 64 && scheme.value.pending.count == Self.many - 100)
    }

    @Test func sessionsOfOneSchemeAreFew() throws {
      var schemes = schemes
      for _ in 1..<Scheme.sessionLimit { try schemes.addServerThread() }
      #expect(throws: SystemError.busy) { try schemes.addServerThread() }
    }

    @Test func oneOfTwoServersEndsAndTheOtherTakesOver() throws {
      var schemes = schemes
      try schemes.addServerThread()
      try queueRequests(3)
      for _ in 0..<3 { _ = try schemes.take() }
      #expect(bench.begin(schemes.nextCall(index: 1), on: schemes.servers[1]) == nil)
      try bench.close(schemes.session, on: schemes.server)
      _ = try work { 0 }
      #expect(schemes.servers[1].value.state != .waiting)
      #expect(schemes.record(index: 1)?.first == 0)
    }
  }
}
