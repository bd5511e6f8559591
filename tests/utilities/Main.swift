// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A line of the shell, and what comes of it.
struct Line {
  var name: StaticString
  var script: StaticString
  /// On standard output and standard error.
  var output: StaticString
  var status: UInt32

  init(
    _ name: StaticString, _ script: StaticString, _ output: StaticString, status: UInt32 = 0
  ) {
    self.name = name
    self.script = script
    self.output = output
    self.status = status
  }
}

@main struct Utilities {
  static let folder: Text = "/scheme/tmp/utilities"
  static let captured: Text = "/scheme/tmp/utilities-output"

  static func main() {
    var run = TestRun("utilities")
    for line in textLines {
      run.test(line.name) { () throws(TestFailure) in try check(line) }
    }
    exit(run.end())
  }

  private static func check(_ line: Line) throws(TestFailure) {
    try succeed("the folder") { () throws(SystemError) in
      try FileSystem.makeDirectory(folder)
    }
    defer { clear() }
    let (output, status) = try shell(Text(line.script))
    guard output == Text(line.output) else {
      throw TestFailure("it printed " + output.quotedForMessage)
    }
    guard status == .exited(line.status) else {
      throw TestFailure("another exit status")
    }
  }

  /// Runs a script in the folder.
  private static func shell(_ script: Text) throws(TestFailure) -> (Text, ExitStatus) {
    let file = try succeed("the output") { () throws(SystemError) in
      try File(captured, .write | .create | .truncate)
    }
    var program = Program("/bin/ion", ["ion", "-c", script])
    program.workingDirectory = folder
    program.handles = [
      (.standardInput, .standardInput), (.standardOutput, file.handle),
      (.standardError, file.handle),
    ]
    let process = try start(program)
    let status = try succeed("waiting") { () throws(SystemError) in
      try process.wait(until: .after(.seconds(60)))
    }
    let output = try succeed("reading") { () throws(SystemError) in
      Text(try FileSystem.read(captured))
    }
    return (output, status)
  }

  private static func start(_ program: Program) throws(TestFailure) -> Process {
    do throws(ExecutableError) { return try Process.spawn(program) } catch {
      throw TestFailure("the shell cannot be started")
    }
  }

  private static func clear() {
    do throws(SystemError) {
      for entry in try Directory(folder).entries() {
        try FileSystem.remove(Path.join(folder, entry.name))
      }
      try FileSystem.removeDirectory(folder)
      try FileSystem.remove(captured)
    } catch { return }
  }
}
