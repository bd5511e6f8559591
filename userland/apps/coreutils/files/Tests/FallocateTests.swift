// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing
import UtilityFrame
import UtilityModel

@testable import FileUtilities

private let table = UtilityTable(fileUtilities)

/// What is typed, the range, and the flags.
@Test(
  arguments: [
    ("fallocate -l 100 f", 0..<100, []), ("fallocate -l 2K -o 1 f", 1..<2049, []),
    ("fallocate -l 1MB f", 0..<1_000_000, []), ("fallocate --length=1MiB f", 0..<1 << 20, []),
    ("fallocate -n -l 1G f", 0..<1 << 30, [.keepSize]),
    ("fallocate -z -l 5 -o 3KiB f", 3072..<3077, [.zeroRange]),
  ] as [(String, Range<UInt64>, [AllocationFlags])])
func spaceIsAskedFor(_ row: (String, Range<UInt64>, [AllocationFlags])) {
  let system = ModelSystem()
  var asked: [(Range<UInt64>, AllocationFlags)] = []
  system.allocateFile = { asked.append(($0, $1)) }
  let run = system.run(table, row.0)
  #expect(run.status == 0 && run.errors.isEmpty && run.output.isEmpty)
  #expect(asked.count == 1 && asked[0].0 == row.1)
  #expect(asked[0].1.rawValue == row.2.reduce(0) { $0 | $1.rawValue })
  #expect(system.openCount == 0)
}

@Test(arguments: [
  "fallocate", "fallocate f", "fallocate -l 0 f", "fallocate -l x f", "fallocate -l 1X f",
  "fallocate -l 1KK f", "fallocate -l iB f", "fallocate -pz -l 1 f", "fallocate -l 99999999P f",
  "fallocate -l 1 f g", "fallocate -l -1 f",
])
func whatFallocateDoesNotUnderstand(_ line: String) {
  #expect(ModelSystem().run(table, line).status == 2)
}

@Test func refusalsAreTold() {
  let system = ModelSystem()
  system.allocateFile = { (_, _) throws(SystemError) in throw .noSpace }
  let run = system.run(table, "fallocate -l 1T f")
  #expect(run.status == 1 && run.errors.hasPrefix("fallocate: f: "))
  // A hole is made in what is there.
  #expect(system.run(table, "fallocate -p -l 1 g").status == 1)
  system.allocateFile = { _, _ in }
  #expect(
    system.run(table, "fallocate -v -l 1K f").output == "f: has 1024 bytes from 0 on\n")
}
