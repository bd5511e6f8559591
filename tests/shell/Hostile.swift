// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What a shell must survive.
func testHostile(_ run: inout TestRun) {
  run.test("a script of ten megabytes runs to its end", runLongScript)
  run.test("a line of a megabyte passes", passLongLine)
  run.test("what calls itself without end is an error", recurse)
  run.test("thousands of names are found by a pattern", findManyNames)
  run.test("a full file system is told, and nothing else is lost", fillVolume)
}

private func runLongScript() throws(TestFailure) {
  var script = Text()
  let padding = Text([UInt8](repeating: 0x61, count: 2000))
  while script.count < 10 << 20 {
    script.put("true ")
    script.put(padding)
    script.put("\n")
  }
  script.put("echo end\n")
  try write("script", script)
  try expectShell(["script"], prints: "end\n")
  script.put("end\n")
  try write("script", script)
  try expectShell(["script"], prints: "", status: 1)
  try write("script", "")
}

private func passLongLine() throws(TestFailure) {
  let word = Text([UInt8](repeating: 0x62, count: 1 << 20))
  try write("script", "echo " + word + " | cat\nlet x = " + word + "\necho $len_bytes($x)\n")
  try expectShell(["script"], prints: word + "\n1048576\n")
  // Arguments of a program end at 4 MiB in all.
  try write("script", "/bin/echo " + word + word + word + word + "\n")
  try expectShell(["script"], prints: "", status: 126)
}

private func recurse() throws(TestFailure) {
  var nested = Text()
  for _ in 0..<100_000 { nested.put("$(") }
  try write("script", "echo " + nested + "\n")
  try expectShell(["script"], prints: "", status: 1)
  for script in [
    "fn f; f; end; f", "fn f; echo $(f); end; f", "fn f; eval f; end; f", "fn f; f | f; end; f",
    "fn f; if true; f; end; end; f", "alias a = b; alias b = a; a",
  ] as [Text] {
    let run = try ShellRun.of(["-c", script])
    let isTold = run.status == 1 && run.error.hasPrefix("ion: ") && run.error.count < 400
    guard isTold else { throw TestFailure(script + ": " + run.error.prefixForMessage) }
  }
  try write("script", "source script\n")
  try expectShell(["script"], prints: "", status: 1)
}

private func findManyNames() throws(TestFailure) {
  // The volume has room for 4,096 files; the host's tests have 100,000.
  let count = 3000
  let directory = folder + "/many"
  try succeed("making files") { () throws(SystemError) in
    try FileSystem.makeDirectory(directory)
    for number in 0..<count { _ = try File(directory + name(number), .write | .create) }
  }
  try expectScript("let n = [many/file*]; echo $len(@n) @n[-1]", prints: "3000 many/file999\n")
  var names = Text()
  for number in [1777, 2777, 777] {
    names += "many" + name(number) + "\n"
  }
  try expectScript("for f in many/*777; echo $f; end", prints: names)
  try succeed("removing files") { () throws(SystemError) in
    for number in 0..<count { try FileSystem.remove(directory + name(number)) }
    try FileSystem.removeDirectory(directory)
  }
}

private func name(_ number: Int) -> Text {
  Text { text in
    text.put("/file")
    text.put(decimal: UInt64(number))
  }
}

private func fillVolume() throws(TestFailure) {
  try write("kept", "kept\n")
  let word = Text([UInt8](repeating: 0x63, count: 64 << 10))
  try write("piece", word)
  let run = try ShellRun.of([
    "-c", "while cat piece >> full; true; end; echo a >> full; echo $?; cat kept",
  ])
  guard run.output.hasSuffix("kept\n") else {
    throw TestFailure("the other file is not there: " + (run.output + run.error).prefixForMessage)
  }
  try expect(run.status == 0 && !run.error.isEmpty, "the error to be told")
  try succeed("removing the file") { () throws(SystemError) in
    try FileSystem.remove(folder + "/full")
  }
  try expectScript("echo a > full; cat full", prints: "a\n")
}
