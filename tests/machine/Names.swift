// SPDX-License-Identifier: MIT
import System
import TestRuntime

func testNames(_ run: inout TestRun) {
  run.test("/scheme lists the schemes of the namespace") { () throws(TestFailure) in
    let found = try succeed("list /scheme", countKnownSchemes)
    try expect(found == 4, "sys, tmp, initfs and proc in the list")
  }
  run.test("uname names the machine") { () throws(TestFailure) in
    let isKnown = try succeed("read uname", isMachineNamed)
    try expect(isKnown, "the name of this processor in the third line")
  }
  run.test("a rename takes its names from anywhere") { () throws(TestFailure) in
    try succeed("rename", moveTwice)
  }
  run.test("what is made has a handle of the runtime's range") { () throws(TestFailure) in
    let handle = try succeed("create", makeMemory)
    try expect(handle.rawValue >= Handle.runtimeBase, "a high number")
  }
}

private func countKnownSchemes() throws(SystemError) -> Int {
  let names = try Directory("/scheme").entries().map { $0.name }
  let wanted: [Text] = ["sys", "tmp", "initfs", "proc"]
  return wanted.count { names.contains($0) }
}

private func isMachineNamed() throws(SystemError) -> Bool {
  let bytes = try FileSystem.read("/scheme/sys/uname")
  let lines = Text(bytes).split(at: UInt8(ascii: "\n"))
  guard lines.count == 4, lines[0] == "Apus" else { return false }
  #if arch(arm64)
    return lines[2] == "aarch64"
  #else
    return lines[2] == "x86_64"
  #endif
}

/// Makes a file and gives it a long name and a short one.
/// - Throws: `alreadyExists` if a name stays behind.
private func moveTwice() throws(SystemError) {
  let folder: Text = "/scheme/tmp/"
  let old = folder + "machine-old"
  let long = folder + Text { text in for _ in 0..<200 { text.put("n") } }
  let last = folder + "machine-new"
  _ = try File(old, .create | .write)
  try FileSystem.rename(old, to: long)
  try FileSystem.rename(long, to: last)
  _ = try File(old, .create | .exclusive | .write)
  try FileSystem.remove(old)
  try FileSystem.remove(last)
}

private func makeMemory() throws(SystemError) -> Handle {
  let handle = try perform(CreateMemory { $0.length = 4096 })
  _ = try perform(Close { $0.handle = handle })
  return handle
}
