// SPDX-License-Identifier: MIT
import Testing

@testable import Host

@Suite("Command")
struct CommandTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var script: String
    var status: ProgramStatus
    var output: String
  }

  static let rows = [
    Row(testDescription: "success", script: "echo fine", status: .exited(0), output: "fine\n"),
    Row(testDescription: "failure", script: "exit 42", status: .exited(42), output: ""),
    Row(
      testDescription: "both streams in order", script: "echo 1; echo 2 >&2; echo 3",
      status: .exited(0), output: "1\n2\n3\n"),
    Row(testDescription: "a signal", script: "kill -9 $$", status: .signalled(9), output: ""),
  ]

  @Test(arguments: rows)
  func captures(_ row: Row) throws {
    let captured = try Command("sh", ["-c", row.script]).capture()
    #expect(captured.status == row.status)
    #expect(captured.text == row.output)
  }

  @Test func aMissingProgramIsNamed() {
    #expect(throws: HostError.self) { try Command("no-such-program-here").capture() }
  }

  @Test func inputFolderAndVariablesReachTheProgram() throws {
    let command = Command(
      "sh", ["-c", "cat; pwd; echo $WORD"], in: "/", environment: ["WORD": "w"])
    #expect(try command.capture(input: Array("in\n".utf8)).text == "in\n/\nw\n")
  }

  @Test func descriptorsArriveUnderTheirNumbers() throws {
    let first = try Descriptor.socketPair()
    let second = try Descriptor.socketPair()
    let child = try Command("sh", ["-c", "echo a >&3; echo b >&4"]).start(
      descriptors: [(3, first.theirs.number), (4, second.theirs.number)])
    #expect(try child.wait().isSuccess)
    #expect(try first.ours.read() == .bytes(Array("a\n".utf8)))
    #expect(try second.ours.read() == .bytes(Array("b\n".utf8)))
  }
}

@Suite("Files")
struct FilesTests {
  @Test func aTreeIsWrittenListedAndRemoved() throws {
    let folder = "/tmp/apus-host-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    try Files.write("x", to: "\(folder)/b/c")
    try Files.write("yy", to: "\(folder)/a")
    #expect(try Files.tree(folder) == ["a", "b", "b/c"])
    #expect(try Files.tree(folder, skipping: { $0 == "b" }) == ["a"])
    #expect(try Files.text("\(folder)/a") == "yy")
    #expect(Files.facts("\(folder)/a")?.size == 2)
    try Files.remove(folder)
    #expect(!Files.exists(folder))
  }

  @Test func aPollEndsAtItsDeadline() throws {
    let pair = try Descriptor.socketPair()
    let soon = ContinuousClock.now + .milliseconds(5)
    #expect(try Poll.readable([pair.ours.number], until: soon).isEmpty)
    try pair.theirs.write([1])
    #expect(try Poll.readable([pair.ours.number], until: nil) == [pair.ours.number])
  }
}

@Suite("Spool")
struct SpoolTests {
  @Test func aReaderThatStopsDoesNotStopUs() throws {
    let pipe = try Descriptor.pipe()
    var spool = Spool(descriptor: pipe.theirs.number)
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    spool.append(bytes)
    // As much as the pipe takes, without waiting.
    while true {
      let ready = try Poll.ready(reading: [], writing: spool.wanted, until: .now)
      if ready.isEmpty { break }
      try spool.write(ifReady: ready)
    }
    #expect(!spool.isEmpty)
    var received: [UInt8] = []
    while !spool.isEmpty || received.count < bytes.count {
      let ready = try Poll.ready(
        reading: [pipe.ours.number], writing: spool.wanted, until: .now + .seconds(5))
      if ready.isEmpty { break }
      try spool.write(ifReady: ready)
      if ready.contains(pipe.ours.number), case .bytes(let more) = try pipe.ours.read() {
        received += more
      }
    }
    #expect(received == bytes)
  }
}
