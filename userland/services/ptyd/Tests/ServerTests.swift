// SPDX-License-Identifier: MIT
import ABI
import Schemes
import Testing

@testable import Terminals

private func error(_ error: SystemError) -> UInt { CallResult(error).rawValue }

@Suite struct ServerTests {
  @Test func whatIsTypedIsReadAndShown() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    let early = bench.ask(.read, on: terminal, output: 100)
    #expect(bench.result(early) == nil)
    #expect(bench.result(bench.ask(.write, on: master, Array("ls\r".utf8))) == 3)
    #expect(bench.text(early) == "ls\n")
    #expect(bench.text(bench.ask(.read, on: master, output: 100)) == "ls\r\n")
    bench.ask(.write, on: terminal, Array("file\n".utf8))
    #expect(bench.text(bench.ask(.read, on: master, output: 100)) == "file\r\n")
  }

  @Test func hangingUpEndsReads() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    let session = bench.open("session", below: terminal)
    #expect(bench.result(bench.ask(.write, on: session, [0, 0, 0, 0])) == 4)
    let read = bench.ask(.read, on: terminal, output: 10)
    bench.close(master)
    #expect(bench.text(read) == "" && bench.result(read) == 0)
    #expect(bench.result(bench.ask(.write, on: terminal, [1])) == error(.inputOutput))
    #expect(bench.world.signals.map(\.target) == [10, 10, -10, -10])
    #expect(bench.world.signals.map(\.signal) == [1, 18, 1, 18])
  }

  @Test func theMasterReadsTheEnd() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    let read = bench.ask(.read, on: master, output: 10)
    bench.close(terminal)
    #expect(bench.result(read) == 0)
  }

  @Test func backgroundReadersAreStoppedAndGoOnInTheForeground() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    bench.ask(.write, on: bench.open("session", below: terminal), [0, 0, 0, 0])
    bench.ask(.write, on: master, Array("line\r".utf8))
    bench.caller.processGroup = 11
    let read = bench.ask(.read, on: terminal, output: 10)
    #expect(bench.result(read) == nil)
    #expect(bench.world.signals.map(\.signal) == [21])
    bench.caller.processGroup = 10
    let group = bench.open("pgrp", below: terminal)
    #expect(bench.result(bench.ask(.write, on: group, [99, 0, 0, 0])) == error(.notPermitted))
    #expect(bench.result(bench.ask(.write, on: group, [11, 0, 0, 0])) == 4)
    #expect(bench.text(read) == "line\n")
  }

  @Test(arguments: [(StopReaction.stopped, SystemError.interrupted), (.none, .inputOutput)])
  func backgroundReadersAskAgainOrHearThatTheyMayNot(
    reaction: StopReaction, answer: SystemError
  ) throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    bench.ask(.write, on: bench.open("session", below: terminal), [0, 0, 0, 0])
    bench.ask(.write, on: master, Array("line\r".utf8))
    bench.caller.processGroup = 11
    bench.world.reaction = reaction
    for count in 1...2 {
      #expect(bench.result(bench.ask(.read, on: terminal, output: 10)) == error(answer))
      #expect(bench.world.signals.map(\.signal) == [UInt32](repeating: 21, count: count))
    }
    // What changes the terminal waits all the same.
    let settings = bench.open("termios", below: terminal)
    #expect(bench.result(bench.ask(.write, on: settings, [UInt8](repeating: 0, count: 56))) == nil)
    bench.caller.processGroup = 10
    #expect(bench.text(bench.ask(.read, on: terminal, output: 10)) == "line\n")
  }

  @Test func signalsGoToTheForegroundGroup() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    bench.ask(.write, on: bench.open("session", below: terminal), [0, 0, 0, 0])
    bench.ask(.write, on: master, [3])
    #expect(bench.world.signals.map(\.signal) == [2])
    #expect(bench.world.signals.map(\.target) == [-10])
  }

  @Test func whoReadsTheLastByteIsNotToldOfMore() throws {
    let bench = try Bench()
    let (master, terminal) = bench.makeTerminal()
    bench.watch(terminal)
    bench.ask(.write, on: master, Array("ab\n".utf8))
    #expect(bench.world.told.last?.events.contains(.readable) == true)
    #expect(bench.text(bench.ask(.read, on: terminal, output: 1)) == "a")
    #expect(bench.world.toldBeforeAnswer.contains(.readable))
    #expect(bench.text(bench.ask(.read, on: terminal, output: 5)) == "b\n")
    #expect(!bench.world.toldBeforeAnswer.contains(.readable))
  }

  @Test func theControllingTerminalIsFound() throws {
    let bench = try Bench()
    let (_, terminal) = bench.makeTerminal()
    let before = bench.world.calls.count
    _ = bench.open("tty")
    #expect(bench.result(before) == error(.noSuchDevice))
    let session = bench.open("session", below: terminal)
    #expect(bench.result(bench.ask(.write, on: session, [0, 0, 0, 0])) == 4)
    let sessions = bench.open("sessions")
    #expect(bench.text(bench.ask(.read, on: sessions, output: 20)) == "10 1\n")
    let again = bench.open("tty")
    #expect(bench.word(again) == bench.word(terminal) && bench.word(again) != 0)
  }

  @Test func theConsoleTellsItsSize() throws {
    let bench = try Bench()
    let console = bench.open("console")
    let ask = bench.open("winsize/ask", below: console)
    let question = bench.ask(.write, on: ask, [0xE8, 3, 0, 0])
    #expect(bench.result(question) == nil)
    #expect(bench.world.shown.count == "\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8".utf8.count)
    bench.type(Array("a\u{1B}[50;132Rb\r".utf8))
    #expect(bench.result(question) == 4)
    #expect(bench.text(bench.ask(.read, on: console, output: 10)) == "ab\n")
    let size = bench.ask(.read, on: bench.open("winsize", below: console), output: 8)
    #expect(bench.world.calls[size].bytes == [50, 0, 132, 0, 0, 0, 0, 0])
  }

  @Test func aConsoleThatDoesNotAnswerIsLikeMost() throws {
    let bench = try Bench()
    let console = bench.open("console")
    let question = bench.ask(
      .write, on: bench.open("winsize/ask", below: console), [0xE8, 3, 0, 0])
    bench.wait(nanoseconds: 2_000_000_000)
    #expect(bench.result(question) == 4)
    let size = bench.ask(.read, on: bench.open("winsize", below: console), output: 8)
    #expect(bench.world.calls[size].bytes == [24, 0, 80, 0, 0, 0, 0, 0])
  }

  @Test func terminalsEndWithTheirUsers() throws {
    let bench = try Bench()
    for _ in 0..<100 {
      let (master, terminal) = bench.makeTerminal()
      #expect(master > 0 && terminal > 0)
      bench.close(master)
      bench.close(terminal)
    }
  }
}
