// SPDX-License-Identifier: MIT
import ABI
import Schemes
import Testing

@testable import Terminals

private func error(_ error: SystemError) -> UInt { CallResult(error).rawValue }

/// Who may open terminals, and have them for their sessions.
@Suite struct OwnershipTests {
  private static let ada: UInt32 = 1001

  /// What the file of a terminal says of its owner.
  private func facts(_ bench: Bench, _ terminal: Int) -> [UInt32] {
    let bytes = bench.world.calls[bench.ask(.status, on: terminal, output: 112)].bytes
    return [16, 24, 28].map { start in
      guard bytes.count >= start + 4 else { return .max }
      return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) } & 0o777_7777
    }
  }

  /// As `chown` and `chmod` do.
  private func give(_ bench: Bench, _ terminal: Int, to user: UInt32, mode: UInt32) {
    var input: [UInt8] = []
    for number in [7, mode, user, user, 0, 0, 0, 0] as [UInt32] {
      for shift in [0, 8, 16, 24] as [UInt32] {
        input.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    bench.ask(.setAttributes, on: terminal, input)
  }

  /// The console as it is when `login` has given it to ada, who lets everybody use it.
  private func adasConsole(_ bench: Bench) -> Int {
    let console = bench.open("console")
    bench.ask(.write, on: bench.open("session", below: console), [0, 0, 0, 0])
    give(bench, console, to: Self.ada, mode: 0o666)
    #expect(facts(bench, console).suffix(2) == [Self.ada, Self.ada])
    return console
  }

  /// A process of ada's that leads a session of its own.
  private func becomeAdas(_ bench: Bench) {
    bench.caller.user = Self.ada
    bench.caller.process = 20
    bench.caller.processGroup = 20
    bench.caller.session = 20
    bench.world.groups[20] = 20
  }

  private func tryToTake(_ bench: Bench, _ terminal: Int) -> UInt? {
    bench.result(
      bench.ask(.write, on: bench.open("session", below: terminal), [0, 0, 0, 0]))
  }

  @Test func aConsoleThatIsHungUpIsRootsAgain() throws {
    let bench = try Bench()
    let console = adasConsole(bench)
    bench.ask(.write, on: bench.open("hangup", below: console), [0, 0, 0, 0])
    #expect(facts(bench, bench.open("console")) == [0o20620, 0, 0])
    becomeAdas(bench)
    let call = bench.world.calls.count
    _ = bench.open("console")
    #expect(bench.result(call) == error(.accessDenied))
    #expect(bench.result(bench.ask(.read, on: console, output: 10)) == error(.inputOutput))
  }

  @Test(arguments: [true, false])
  func aConsoleWhoseLeaderEndedIsRootsAgain(isTold: Bool) throws {
    let bench = try Bench()
    let console = adasConsole(bench)
    becomeAdas(bench)
    #expect(tryToTake(bench, console) == error(.notPermitted))
    bench.end(leader: 10, slot: 0, isTold: isTold)
    #expect(tryToTake(bench, console) == error(.notPermitted))
    #expect(facts(bench, console) == [0o20620, 0, 0])
    let call = bench.world.calls.count
    _ = bench.open("console")
    #expect(bench.result(call) == error(.accessDenied))
    // getty's child gets it.
    bench.caller.user = 0
    #expect(tryToTake(bench, console) == 4)
  }

  @Test func onlyItsOwnerHasATerminalForASession() throws {
    let bench = try Bench()
    let (_, terminal) = bench.makeTerminal()
    give(bench, terminal, to: 0, mode: 0o666)
    becomeAdas(bench)
    #expect(tryToTake(bench, terminal) == error(.notPermitted))
    bench.caller.user = 0
    give(bench, terminal, to: Self.ada, mode: 0o620)
    bench.caller.user = Self.ada
    #expect(tryToTake(bench, terminal) == 4)
  }

  /// It is its master's: what a session has made of it stays.
  @Test func aPseudoTerminalStaysItsOwners() throws {
    let bench = try Bench()
    becomeAdas(bench)
    let (_, terminal) = bench.makeTerminal()
    #expect(tryToTake(bench, terminal) == 4)
    bench.end(leader: 20, slot: 1)
    #expect(facts(bench, terminal) == [0o20620, Self.ada, 0])
  }
}
