// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Utilities

private func texts(_ words: [String]) -> [Text] { words.map { Text(Array($0.utf8)) } }

@Test func aProgramNameChoosesTheUtility() {
  #expect(Utility(called: "bin/ls") == .ls)
  #expect(Utility(called: "/scheme/initfs/bin/kill") == .kill)
  #expect(Utility(called: "frobnicate") == nil)
}

@Test func optionsJoinAndEnd() throws {
  let options = try Options(texts(["-la", "x", "--", "-d", "-"]), allowed: "1adl")
  #expect(options.has("l") && options.has("a") && !options.has("d"))
  #expect(options.operands == texts(["x", "-d", "-"]))
  #expect(throws: UsageError.unknownOption("-z")) {
    _ = try Options(texts(["-z"]), allowed: "1adl")
  }
}

@Test(
  arguments: [
    (["1"], 1_000_000_000), (["0.25"], 250_000_000), (["1m", "1s"], 61_000_000_000),
    (["2h"], 7_200_000_000_000), (["99999999999999999999d"], UInt64.max), ([".5"], 500_000_000),
  ] as [([String], UInt64)])
func lengthsOfTimeAdd(_ operands: [String], _ expected: UInt64) throws {
  #expect(try SleepTime.nanoseconds(of: texts(operands)) == expected)
}

@Test(arguments: ["", "x", "1x", ".", "1..2", "-1", "s"])
func whatIsNoLengthOfTimeIsRefused(_ operand: String) {
  #expect(throws: UsageError.invalidDuration(Text(Array(operand.utf8)))) {
    _ = try SleepTime.nanoseconds(of: texts([operand]))
  }
}

@Test func signalsHaveNamesAndNumbers() throws {
  #expect(try KillRequest(texts(["7"])) == .send(signal: 15, processes: [7]))
  #expect(try KillRequest(texts(["-9", "7", "8"])) == .send(signal: 9, processes: [7, 8]))
  #expect(try KillRequest(texts(["-SIGHUP", "--", "-7"])) == .send(signal: 1, processes: [-7]))
  #expect(throws: UsageError.unknownSignal("NONE")) { _ = try KillRequest(texts(["-NONE", "1"])) }
  #expect(throws: UsageError.invalidNumber("9x")) { _ = try KillRequest(texts(["9x"])) }
  #expect(throws: UsageError.missing(.process)) { _ = try KillRequest([]) }
}

@Test(
  arguments: [
    (0o100644, "-rw-r--r--"), (0o041777, "drwxrwxrwt"), (0o104755, "-rwsr-xr-x"),
    (0o102644, "-rw-r-Sr--"), (0o120777, "lrwxrwxrwx"), (0o020000, "c---------"),
  ] as [(UInt32, String)])
func modesReadAsUsual(_ mode: UInt32, _ expected: String) {
  #expect(ModeText.text(mode) == Text(Array(expected.utf8)))
}

@Test func threadsAreAddedUpToProcesses() {
  let table = ProcessTable(
    """
        PID    TID   EUID   EGID STATE    CPU PRIO NICE         TIME_NS NAME
          2      1      0      0 waiting     0    0    0        10000000 b c
          1      1      0      0 waiting     0    0    0    61000000000 init
          2      2      0      0 running     1    0    0        20000000 b c
    nonsense
    """)
  #expect(table.rows.count == 2)
  #expect(table.rows[0].time == 30_000_000 && table.rows[0].threads == 2)
  #expect(table.rows[0].state == "running" as Text)
  let lines = table.text().lines()
  #expect(lines.count == 3 && lines[1].hasSuffix("  1:01.00 init"))
}
