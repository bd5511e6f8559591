// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Ion, run as people and programs run it.
@main struct ShellTests {
  static func main() {
    do throws(SystemError) { try FileSystem.makeDirectory(folder) } catch {
      // A run before this one may have been killed.
    }
    var run = TestRun("shell")
    for (name, scripts) in scripts {
      run.test(name) { () throws(TestFailure) in
        for (script, output, status) in scripts {
          try expectScript(script, prints: output, status: status)
        }
      }
    }
    run.test("a script takes arguments, by name and by its first line", runFiles)
    run.test("the input of a shell can be its script", runInput)
    testHostile(&run)
    run.test("what was written can be removed", removeFolder)
    exit(run.end())
  }

  private static func runFiles() throws(TestFailure) {
    try write("script", "#!/bin/ion\necho @args[1..] $len(@args)\nexit 7\n", mode: 0o755)
    try expectShell(["script", "a b", "c"], prints: "a b c 3\n", status: 7)
    try expectScript("./script x | cat; ./script", prints: "x 2\n1\n", status: 7)
    try write("script", "echo not to be run\n")
    try expectScript("./script", prints: "", status: 126)
    try expectShell(["absent"], prints: "", status: 127)
    try expectShell(["-n", "-c", "echo a"], prints: "")
    try expectShell(["-z"], prints: "", status: 1)
  }

  private static func runInput() throws(TestFailure) {
    try write("stdin", "echo from input\nfalse\n")
    let run = try ShellRun.of([])
    try write("stdin", "")
    try expect(run.output == "from input\n" && run.status == 1, "the input to be run")
  }

  private static func removeFolder() throws(TestFailure) {
    try succeed("removing files") { () throws(SystemError) in
      for entry in try Directory(folder).entries() {
        let path = folder + "/" + entry.name
        if entry.type == FileMode.directory {
          for inner in try Directory(path).entries() {
            try FileSystem.remove(path + "/" + inner.name)
          }
          try FileSystem.removeDirectory(path)
        } else {
          try FileSystem.remove(path)
        }
      }
      try FileSystem.removeDirectory(folder)
      try FileSystem.remove(outputPath)
      try FileSystem.remove(errorPath)
    }
  }
}
