// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Handles") struct HandleTests {
    /// A thread with handles at all of `numbers`.
    private func makeTask(_ numbers: some Sequence<UInt32>) throws -> Ref<Thread> {
      try Fixture.start(memoryBytes: 64 << 20)
      let thread = try Fixture.makeTask()
      guard case .done(let first) = Fixture.call(CreateMemory(length: 4096), as: thread) else {
        throw SystemError.noProcess
      }
      for number in numbers where UInt(number) != first {
        var call = Duplicate()
        call.handle = try Handle(word: first)
        call.target = Handle(rawValue: number)
        Fixture.call(call, as: thread)
      }
      return thread
    }

    @Test func aSearchLooksAtNoMoreThanItMay() throws {
      let thread = try makeTask([0, 300, 5_000, 16_383])
      let process = try #require(thread.value.process)
      Fixture.call(Close(handle: Handle(rawValue: 300)), as: thread)
      let range = process.value.handles.posix
      var looks = 10
      #expect(range.search(from: 0, &looks) == .found(0) && looks == 9)
      // The page of 300 is there and empty; those up to that of 5,000 are not there at all.
      looks = 300
      #expect(range.search(from: 1, &looks) == .unfinished(301) && looks == 0)
      looks = 1_000
      #expect(range.search(from: 301, &looks) == .found(5_000))
      looks = 1_000
      #expect(range.search(from: 5_001, &looks) == .found(16_383))
      #expect(range.search(from: 16_384, &looks) == .none)
    }

    @Test func aFullTableIsClosedInBoundedSteps() throws {
      let thread = try makeTask(0..<16_384)
      let process = try #require(thread.value.process)
      #expect(process.value.handles.posix.count == 16_384)
      let frames = try #require(Fixture.rootAccount).value.used[0]
      var steps = 0
      while !closeSomeHandles(process) {
        steps += 1
        #expect(steps < 2_000)
        if steps == 2_000 { break }
      }
      #expect(process.value.handles.count == 0)
      #expect(try #require(Fixture.rootAccount).value.used[0] < frames)
    }

    @Test func whatLiesFarApartIsClosedAndCopied() throws {
      let thread = try makeTask([16_000, 8, Handle.runtimeBase + 9_000])
      let process = try #require(thread.value.process)
      // Pages in between that became empty have to be passed over.
      for number in stride(from: UInt32(256), to: 15_000, by: 256) {
        var call = Duplicate()
        call.handle = Handle(rawValue: 8)
        call.target = Handle(rawValue: number)
        Fixture.call(call, as: thread)
        Fixture.call(Close(handle: call.target), as: thread)
      }
      guard case .done = Fixture.call(Fork(), as: thread) else {
        Issue.record("no fork")
        return
      }
      let child = try #require(process.value.children.first)
      #expect(child.value.handles.posix.count == process.value.handles.posix.count)
      #expect(child.value.handles.runtime.count == 0)
      #expect(child.value.handles.entry(Handle(rawValue: 16_000)) != nil)
      var place: UInt32? = 0
      while let next = place { place = closeHandlesForExec(process, from: next) }
      #expect(process.value.handles.runtime.count == 0)
      #expect(process.value.handles.entry(Handle(rawValue: 16_000)) != nil)
      for _ in 0..<100 where !closeSomeHandles(process) {}
      #expect(process.value.handles.count == 0)
    }
  }
}
