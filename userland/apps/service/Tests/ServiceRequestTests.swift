// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import ServiceControl

private func request(_ program: Text, _ arguments: Text...) throws(UsageError) -> ServiceRequest {
  try ServiceRequest(program: program, arguments: arguments)
}

@Test func commandsAreUnderstood() throws {
  #expect(try request("service") == .help)
  #expect(try request("/bin/service", "list") == .list)
  #expect(try request("service", "status") == .status(nil))
  #expect(try request("service", "status", "tmpfs") == .status("tmpfs"))
  #expect(try request("service", "log", "tmpfs") == .log("tmpfs"))
  #expect(try request("service", "restart", "tmpfs") == .command("restart tmpfs\n"))
  #expect(try request("service", "stop", "ptyd") == .stop("ptyd", isForced: false))
  #expect(try request("service", "stop", "-f", "ptyd") == .stop("ptyd", isForced: true))
  #expect(try request("/bin/shutdown") == .command("shutdown\n"))
  #expect(try request("reboot") == .command("reboot\n"))
  #expect(try request("service", "reboot") == .command("reboot\n"))
  #expect(try request("shutdown", "--help") == .help)
}

@Test func longNamesMoveTheOtherColumns() {
  let list: Text = "NAME   STATE\na      running\nvirtio-blkd@pci stopped\n"
  #expect(
    ServiceTable.aligned(list)
      == "NAME            STATE\na               running\nvirtio-blkd@pci stopped\n")
}

@Test func aServiceServesFilesOfItsSchemes() {
  let status: Text = "name: ptyd\ncommand: ptyd\nschemes: libc pty\nrestarts: 0\n"
  #expect(ServiceTable.serves("/scheme/pty/console", status: status))
  #expect(!ServiceTable.serves("/scheme/pt/console", status: status))
  #expect(!ServiceTable.serves("/pty/console", status: status))
  #expect(!ServiceTable.serves("/scheme/pty", status: "name: execd\n"))
}

@Test func gettyAsksOnItsTerminal() {
  let status: Text = "name: getty\ncommand: getty -J console\nrestarts: 0\n"
  #expect(ServiceTable.asks(on: "/scheme/pty/console", status: status))
  #expect(!ServiceTable.asks(on: "/scheme/pty/3", status: status))
  #expect(!ServiceTable.asks(on: "/scheme/pty/console", status: "command: ptyd console\n"))
}

@Test func mistakesAreNamed() {
  #expect(throws: UsageError.unknownCommand("stat")) { try request("service", "stat") }
  #expect(throws: UsageError.nameMissing("start")) { try request("service", "start") }
  #expect(throws: UsageError.tooManyArguments("stop")) { try request("service", "stop", "a", "b") }
  #expect(throws: UsageError.tooManyArguments("reboot")) { try request("reboot", "now") }
  #expect(throws: UsageError.invalidName("a/b")) { try request("service", "log", "a/b") }
  #expect(throws: UsageError.invalidName("a b")) { try request("service", "stop", "a b") }
}
