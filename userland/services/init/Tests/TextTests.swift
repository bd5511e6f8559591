// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Supervision

@Test func theTailKeepsTheLastBytes() {
  var tail = OutputTail()
  var lines: [Text] = []
  tail.take(Text("one\ntw").span) { lines.append($0) }
  tail.take(Text("o\n\nrest").span) { lines.append($0) }
  #expect(lines == ["one", "two", ""])
  tail.finish { lines.append($0) }
  #expect(lines.last == "rest" as Text)
  #expect(tail.contents == "one\ntwo\n\nrest" as Text)
  for index in 0..<5000 { tail.take([UInt8(0x30 + index % 10)].span) { _ in } }
  #expect(tail.contents.count == OutputTail.capacity)
  #expect(tail.contents[4095] == 0x39)
  #expect(tail.contents[0] == 0x34)
}

@Test func longLinesComeInPieces() {
  var tail = OutputTail()
  var count = 0
  tail.take([UInt8](repeating: 0x61, count: 3000).span) { line in
    #expect(line.count == OutputTail.lineBytes)
    count += 1
  }
  #expect(count == 2)
}

@Test func commandsAreRead() {
  #expect(ControlCommand("start tmpfs\n") == .start("tmpfs"))
  #expect(ControlCommand(" restart  x ") == .restart("x"))
  #expect(ControlCommand("mount data /tmp/v\n") == .mount(scheme: "data", disk: "/tmp/v"))
  #expect(
    ControlCommand("mount-read-only data /a  b/c d\n")
      == .mount(scheme: "data", disk: "/a  b/c d", readOnly: true))
  #expect(ControlCommand("mount data tmp/v") == nil && ControlCommand("mount a b c") == nil)
  #expect(ControlCommand("unmount data") == .unmount(scheme: "data"))
  #expect(ControlCommand("mount data") == nil)
  #expect(ControlCommand("shutdown") == .shutdown)
  #expect(ControlCommand("shutdown now") == nil)
  #expect(ControlCommand("start") == nil)
  #expect(ControlCommand("") == nil)
  #expect(ControlCommand("start a b") == nil)
}

@Test func launchesAreRead() throws {
  let command = ControlCommand(
    "launch d@pci-00-04.0 view=pci scheme=disk.x virtio-blkd a scheme=b\n")
  guard case .launch(let request) = command else {
    Issue.record("no launch")
    return
  }
  #expect(request.name == "d@pci-00-04.0" as Text)
  #expect(request.view == "pci" as Text && request.scheme == "disk.x" as Text)
  #expect(request.program == "virtio-blkd" as Text)
  #expect(request.arguments == ["a", "scheme=b"])
  for line: Text in [
    "launch", "launch a", "launch a/b c", "launch a scheme= c", "launch a scheme=x/y c",
    "launch a view=p:q c", "launch a view=pci",
  ] { #expect(ControlCommand(line) == nil) }
}

@Test func namesCanStandForMany() {
  let reach = Reach.listed(["disk.*", "event"])
  #expect(reach.contains("disk.pci-00-04.0-virtio") && reach.contains("event"))
  #expect(!reach.contains("disk") && !reach.contains("events"))
}

@Test func pathsNameFiles() {
  #expect(ControlFile(path: "") == .root)
  #expect(ControlFile(path: "/") == .root)
  #expect(ControlFile(path: "list") == .list)
  #expect(ControlFile(path: "control") == .control)
  #expect(ControlFile(path: "tmpfs/") == .service("tmpfs"))
  #expect(ControlFile(path: "tmpfs/status") == .status("tmpfs"))
  #expect(ControlFile(path: "tmpfs/log") == .log("tmpfs"))
  #expect(ControlFile(path: "tmpfs/x") == nil)
  #expect(ControlFile(path: "a/b/c") == nil)
  #expect(ControlFile(path: "../x") == .service("x"))
}

@Test func reportsAreReadable() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  _ = machine.handle(.died(.signalled(11)), now: 1)
  _ = machine.handle(.ready, now: 1)
  let report = ServiceReport(
    name: "tmpfs", machine: machine, process: 12, schemes: ["tmp"], command: "tmpfs -v")
  let line = Text { report.putLine(to: &$0) }
  #expect(line == "tmpfs            running       12        1\n" as Text)
  let details = Text { report.putDetails(now: 5_000_000_001, to: &$0) }
  #expect(
    details
      == """
      name: tmpfs
      state: running
      command: tmpfs -v
      schemes: tmp
      process: 12
      running: 5 s
      restarts: 1
      last end: signal 11 (SIGSEGV)

      """ as Text)
}

@Test func faultsAreNamed() {
  var report = FaultReport(
    process: 7, thread: 1, kind: 14, code: 1, address: 0x10, instruction: 0x401010, stack: 0x7000)
  report.callers = [0x402000]
  let text = Text { text in
    report.put(to: &text) { address in address == 0x401010 ? ("main", 0x10) : nil }
  }
  #expect(
    text
      == """
      process 7 thread 1: page fault, writing 0x10 at main+0x10, stack 0x7000
      backtrace: main+0x10 0x402000

      """ as Text)
}

@Test(arguments: [
  ("plain", UInt32?.some(7), "tmpfs[7]: plain\n"),
  ("tmpfs: error: full", 7, "tmpfs[7]: error: full\n"),
  ("other: text", nil, "tmpfs: other: text\n"),
  ("tmpfs: ", 1, "tmpfs[1]: \n"),
])
func linesCarryTheServicesName(_ line: String, _ process: UInt32?, _ expected: String) {
  var text = Text()
  OutputTail.put(Text(Array(line.utf8)), of: "tmpfs", process: process, to: &text)
  #expect(text == Text(Array(expected.utf8)))
}
