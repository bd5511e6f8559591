// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Supervision

private func parsed(_ table: StaticString) throws(ServiceTableError) -> ServiceDescription {
  try ServiceDescription(parsing: Text(table).bytes, file: "lib/services/x")
}

@Test func anEmptyTableHasDefaults() throws {
  let service = try parsed("# nothing\n\n")
  #expect(service == ServiceDescription())
  #expect(service.effectiveRestart == .onFailure)
  #expect(service.readyNanoseconds == 10_000_000_000)
  #expect(service.reach.contains("initfs"))
  #expect(!service.reach.contains("sys"))
}

@Test func aFullTableIsRead() throws {
  let service = try parsed(
    """
    scheme tmp shm   # two names
    capsule 1048576
    reaches initfs
    reaches log
    frames 4096
    processes 1
    threads 8
    handles 1000
    share 2048
    priority 3
    restart immediately
    ready 30
    user 5
    group 6
    console
    """)
  #expect(service.schemes == ["tmp", "shm"])
  #expect(service.capsuleBytes == 1 << 20)
  #expect(service.reach == .listed(["initfs", "log"]))
  #expect(service.limits.frames == 4096)
  #expect(service.limits.priority == 3)
  #expect(service.effectiveRestart == .immediately)
  #expect(service.readyNanoseconds == 30_000_000_000)
  #expect(service.user == 5 && service.group == 6)
  #expect(service.usesConsole)
}

@Test func aServiceWithASchemeIsAlwaysRestarted() throws {
  #expect(try parsed("scheme tmp").effectiveRestart == .always)
  #expect(try parsed("scheme tmp\nrestart never").effectiveRestart == .never)
}

@Test func reachCanBeAllOrNone() throws {
  #expect(try parsed("reaches all").reach == .all)
  #expect(try parsed("reaches none").reach == .listed([]))
  #expect(try parsed("reaches log\nreaches all").reach == .all)
}

@Test func whatIsManagedIsReached() throws {
  let service = try parsed("reaches log\nmanages irq\nmanages sys proc")
  #expect(service.manages == ["irq", "sys", "proc"])
  #expect(service.reaches("log") && service.reaches("irq"))
  #expect(!service.reaches("time"))
  #expect(try parsed("manages irq").reaches("initfs"))
}

@Test(arguments: [
  ("capsul 1", 1, ServiceTableError.Cause.unknownKey),
  ("\ncapsule x", 2, .notANumber),
  ("capsule 99999999999999999999", 1, .outOfRange),
  ("capsule 1073741825", 1, .outOfRange),
  ("capsule", 1, .valueMissing),
  ("capsule 1 2", 1, .tooManyValues),
  ("frames 1\nframes 2", 2, .repeatedKey),
  ("restart often", 1, .unknownRule),
  ("scheme a/b", 1, .invalidName),
  ("scheme a:b", 1, .invalidName),
  ("scheme", 1, .valueMissing),
  ("console yes", 1, .tooManyValues),
  ("priority 64", 1, .outOfRange),
])
func mistakesAreReportedWithTheirLine(
  _ table: String, _ line: Int, _ cause: ServiceTableError.Cause
) {
  #expect(throws: ServiceTableError(file: "t", line: line, cause: cause)) {
    try ServiceDescription(parsing: Array(table.utf8), file: "t")
  }
}

@Test func anEndlessTableIsRefused() {
  #expect(throws: ServiceTableError(file: "t", line: 1, cause: .tableTooLong)) {
    try ServiceDescription(parsing: [UInt8](repeating: 0x23, count: 20_000), file: "t")
  }
}
