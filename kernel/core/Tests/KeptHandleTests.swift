// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Kept handles") struct KeptHandleTests {
    private let schemes: SchemeBench
    private var bench: Bench { schemes.bench }

    init() throws { schemes = try SchemeBench() }

    /// A handle of the server's for memory, and what it stands for.
    private func makeMemory() throws -> (handle: Handle, description: Ref<Description>) {
      let handle = try Handle(
        word: bench.call(CreateMemory { $0.length = 4096 }, on: schemes.server))
      let process = try #require(schemes.server.value.process)
      return (handle, try #require(process.value.handles.entry(handle)?.description))
    }

    /// The result word of a call of the server's, whatever it is.
    private func serve(_ call: some SystemCall) throws -> UInt {
      do throws { return try bench.call(call, on: schemes.server) } catch let error as SystemError {
        return CallResult(error).rawValue
      }
    }

    private func keep(_ handle: Handle, at place: UInt32) throws -> UInt {
      try serve(
        KeepHandle {
          $0.server = schemes.session
          $0.handle = handle
          $0.place = place
        })
    }

    private func copy(_ place: UInt32) throws -> UInt {
      try serve(
        CopyKeptHandle {
          $0.server = schemes.session
          $0.place = place
        })
    }

    private func word(_ error: SystemError) -> UInt { CallResult(error).rawValue }

    @Test func keepingMovesAndReplaces() throws {
      let (one, first) = try makeMemory()
      let (two, second) = try makeMemory()
      second.retain()
      #expect(try keep(one, at: 7) == 0)
      #expect(try serve(Close { $0.handle = one }) == word(.badHandle))
      let copied = try Handle(word: try copy(7))
      #expect(schemes.server.value.process?.value.handles.entry(copied)?.description == first)
      #expect(first.value.references == 2)
      #expect(try keep(two, at: 7) == 0)
      #expect(first.value.references == 1 && second.value.references == 2)
      #expect(try keep(.none, at: 7) == 0)
      #expect(second.value.references == 1)
      #expect(try copy(7) == word(.notFound))
      second.release()
    }

    @Test func whatCannotBeKeptIsRefused() throws {
      let (memory, _) = try makeMemory()
      #expect(try keep(memory, at: 4096) == word(.outOfRange))
      #expect(try keep(Handle(rawValue: 999), at: 0) == word(.badHandle))
      // A session that its own scheme kept would never end.
      #expect(try keep(schemes.session, at: 0) == word(.accessDenied))
      let bare = try Handle(
        word: bench.call(
          Duplicate {
            $0.handle = memory
            $0.rights = .read
          }, on: schemes.server))
      #expect(try keep(bare, at: 0) == word(.accessDenied))
      #expect(try copy(UInt32.max) == word(.notFound))
      #expect(try keep(.none, at: 4095) == 0)
    }

    /// Has the client ask for a handle, and takes the request.
    private func ask(on thread: Ref<Thread>) throws -> UInt {
      #expect(bench.begin(ReceiveHandle { $0.handle = schemes.root }, on: thread) == nil)
      return try #require(try schemes.take()).tag
    }

    @Test func whatIsKeptGoesToTheClientWithItsRights() throws {
      let (memory, description) = try makeMemory()
      let fewer = try Handle(
        word: bench.call(
          Duplicate {
            $0.handle = memory
            $0.rights = .read | .transfer
          }, on: schemes.server))
      try bench.close(memory, on: schemes.server)
      _ = try keep(fewer, at: 3)
      let tag = try ask(on: bench.thread)
      #expect(try schemes.answer(tag, 3, .passKept) == 0)
      let received = try Handle(word: try #require(bench.settle(bench.thread)))
      let entry = try #require(bench.process.value.handles.entry(received))
      #expect(entry.description == description && description.value.references == 1)
      #expect(entry.rights == .read | .transfer)
      #expect(try copy(3) == word(.notFound))
      // An empty place is the server's mistake.
      let again = try ask(on: bench.thread)
      #expect(try schemes.answer(again, 3, .passKept) == 0)
      #expect(bench.settle(bench.thread) == word(.protocolError))
    }

    @Test func whatAClientDoesNotTakeIsClosed() throws {
      let (memory, description) = try makeMemory()
      description.retain()
      _ = try keep(memory, at: 3)
      #expect(throws: SystemError.gone) { try schemes.answer(UInt.max >> 8, 3, .passKept) }
      #expect(description.value.references == 1)
      description.release()
    }

    @Test func handlesOutliveTheirServer() throws {
      let (memory, description) = try makeMemory()
      _ = try keep(memory, at: 3)
      let tag = try ask(on: bench.thread)
      #expect(tag != 0)
      var next = schemes
      try bench.close(schemes.session, on: schemes.server)
      try schemes.work()
      try next.attachAgain()
      let repeated = try #require(try next.take())
      #expect(repeated.flags & SchemeRequest.again != 0)
      #expect(try next.answer(repeated.tag, 3, .passKept) == 0)
      let received = try Handle(word: try #require(bench.settle(bench.thread)))
      #expect(bench.process.value.handles.entry(received)?.description == description)
    }

    @Test func manyAreClosedInStepsWhenTheSchemeEnds() throws {
      var kept: [Ref<Description>] = []
      for place in 0..<UInt32(600) {
        let (memory, description) = try makeMemory()
        description.retain()
        kept.append(description)
        _ = try keep(memory, at: place * 6)
      }
      try bench.close(schemes.management, on: schemes.server)
      #expect(kept.allSatisfy { $0.value.references == 2 })
      try bench.close(schemes.session, on: schemes.server)
      #expect(kept.contains { $0.value.references == 2 }, "one entry does not close them all")
      for _ in 0..<200 { try bench.call(Null()) }
      #expect(kept.allSatisfy { $0.value.references == 1 })
      for description in kept { description.release() }
    }
  }
}
