// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  /// Whatever a thread is at, its process ends when it has to, and leaves nothing.
  @Suite("Ends from every place") struct EndingTests {
    enum Cause: CaseIterable {
      case kill, exit
      /// Others do all they can to hold its threads meanwhile.
      case meddledKill
      case stopAndKill, killAfterServer, serverAfterKill
    }

    struct Row: CustomTestStringConvertible {
      let place: EndingPlace
      let cause: Cause
      let processors: Int
      var testDescription: String { "\(place), \(cause), \(processors)" }

      static var all: [Row] {
        var rows: [Row] = []
        for place in EndingPlace.allCases {
          for cause in Cause.allCases {
            let isServers = cause == .killAfterServer || cause == .serverAfterKill
            if isServers, !place.hasServer { continue }
            for processors in place.needsOtherProcessor ? 2...2 : 1...2 {
              rows.append(Row(place: place, cause: cause, processors: processors))
            }
          }
        }
        return rows
      }
    }

    @Test(arguments: Row.all) func leavesNothing(_ row: Row) throws {
      let scene = try EndingScene(processors: row.processors)
      try scene.go(to: row.place)
      switch row.cause {
      case .kill: scene.kill()
      case .exit: scene.exit()
      case .meddledKill:
        scene.kill()
        scene.endMeddledWith()
      case .stopAndKill:
        scene.send(19)
        Fixture.advance(by: 10_000_000)
        scene.kill()
      case .killAfterServer:
        scene.killServer()
        scene.kill()
      case .serverAfterKill:
        scene.kill()
        scene.killServer()
      }
      Fixture.drain()
      #expect(scene.process.value.state == .ended)
      #expect(scene.left() == [0, 0, 0, 0])
      #expect(Fixture.stoppedProcesses == 0)
      // The one before it at the offset still waits, and a page is asked for in nobody's name.
      let isOthers = row.place == .offset || row.place == .page || row.place == .pageForCall
      #expect(scene.requestsLeft <= (isOthers ? 1 : 0))
    }

    /// The slot of a fork's unfinished child is somebody else's by the time that the maker has ended.
    @Test func theEndOfAForkHitsNobodyElse() throws {
      let scene = try EndingScene(processors: 1)
      // So that the maker's end takes many entries after the child's.
      var map = Map(3_000 * 4096, .read | .write)
      map.flags = map.flags | .populate | .dontFork
      try scene.bench.call(map, on: scene.thread)
      try scene.go(to: .copyingHandles)
      let child = try #require(scene.thread.value.forkChild)
      #expect(scene.thread.value.forkChild == child)
      Fixture.makeCurrent(scene.thread)
      beginEnd(scene.process, state: 1, value: 9)
      #expect(scene.process.value.survivor == scene.thread)
      var others: [Ref<Process>] = []
      for _ in 0..<4_000 where scene.process.value.state != .ended {
        scene.enterOnce()
        if others.last != child, child.value.references == 0 {
          others.append(try Fixture.makeProcess())
        }
      }
      Fixture.drain()
      #expect(scene.process.value.state == .ended && others.last == child)
      for other in others { #expect(other.value.endPhase == .alive) }
    }

    @Test func aSuspendedThreadLetsOthersGo() throws {
      let bench = try Bench()
      let reader = try bench.open(try bench.root(.pipe), "", .read)
      let writer = try bench.open(reader, "write", .write)
      let threads = try (0..<3).map { _ in
        let thread = try bench.makeThread()
        #expect(bench.begin(bench.readCall(reader, 8), on: thread) == nil)
        return thread
      }
      suspend(threads[0])
      try bench.write(writer, [7])
      Fixture.advance(by: 50_000_000)
      #expect(threads[0].value.state == .stopped)
      #expect(threads[1...].contains { bench.settle($0) == 1 })
    }

    @Test func aProgramThatCannotBeReplacedGoesOn() throws {
      let scene = try EndingScene(processors: 2)
      try scene.go(to: .replacingAmongRunning)
      // Its source is started by somebody else meanwhile.
      let source = try #require(scene.process.value.embryos.first)
      _ = try Fixture.makeThread(in: source)
      Fixture.advance(by: 10_000_000)
      #expect(scene.bench.settle(scene.thread) == CallResult(.busy).rawValue)
      #expect(scene.process.value.survivor == nil && scene.process.value.care.isEmpty)
      _ = try Fixture.makeThread(in: scene.process)
    }

    @Test func anEmbryoIsNobodyElses() throws {
      let bench = try Bench()
      let embryo = try Fixture.makeProcess()
      let processes = try bench.root(.proc)
      let path = "\(embryo.value.number)/handle"
      #expect(throws: SystemError.noProcess) { try bench.open(processes, path, .readWrite) }
      _ = try Fixture.makeThread(in: embryo)
      _ = try bench.open(processes, path, .readWrite)
    }
  }
}
