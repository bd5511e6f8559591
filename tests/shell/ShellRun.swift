// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Where all that the tests write lies.
var folder: Text { "/scheme/tmp/test-shell" }
/// Where what shells print lies: not on the volume that a test fills.
let outputPath: Text = "/test-shell.output"
let errorPath: Text = "/test-shell.error"

/// What a shell printed and how it ended, as another shell would tell it.
struct ShellRun {
  var output: Text
  var error: Text
  var status: UInt32

  /// Runs a shell to its end.
  static func of(_ arguments: [Text]) throws(TestFailure) -> ShellRun {
    let output = try open(outputPath, .write | .create | .truncate)
    let error = try open(errorPath, .write | .create | .truncate)
    let input = try open(folder + "/stdin", .read | .create)
    var program = Program("/bin/ion", ["ion"] + arguments)
    program.workingDirectory = folder
    program.handles = [
      (.standardInput, input.handle), (.standardOutput, output.handle),
      (.standardError, error.handle),
    ]
    program.group = 0
    let end: ExitStatus
    do throws(ExecutableError) {
      end = waitForEnd(try Process.spawn(program))
    } catch { throw TestFailure(error.explanation) }
    guard let status = code(end) else { throw TestFailure("the shell did not end") }
    return ShellRun(output: try read(outputPath), error: try read(errorPath), status: status)
  }

  private static func open(_ path: Text, _ flags: OpenFlags) throws(TestFailure) -> File {
    try succeed("opening a file") { () throws(SystemError) in
      try File(path, flags)
    }
  }

  private static func waitForEnd(_ process: borrowing Process) -> ExitStatus {
    do throws(SystemError) {
      return try process.wait(until: .after(.seconds(180)))
    } catch {
      // All that it started belongs to its group.
      do throws(SystemError) {
        try Process.signal(-Int(process.number), .kill)
        _ = try process.wait()
      } catch { return .continued }
      return .continued
    }
  }

  private static func code(_ end: ExitStatus) -> UInt32? {
    switch end {
    case .exited(let status): status & 255
    case .signalled(let signal): 128 + signal.rawValue
    case .stopped, .continued: nil
    }
  }
}

private func read(_ path: Text) throws(TestFailure) -> Text {
  try succeed("reading a file") { () throws(SystemError) in Text(try FileSystem.read(path)) }
}

func write(_ name: Text, _ contents: Text, mode: UInt32 = 0o644) throws(TestFailure) {
  try succeed("writing a file") { () throws(SystemError) in
    try FileSystem.write(folder + "/" + name, contents.span, mode: mode)
  }
}

/// Runs `script` and fails unless it prints `output` and ends with `status`.
func expectScript(
  _ script: Text, prints output: Text, status: UInt32 = 0
) throws(TestFailure) {
  try expectShell(["-c", script], prints: output, status: status)
}

func expectShell(
  _ arguments: [Text], prints output: Text, status: UInt32 = 0
) throws(TestFailure) {
  let run = try ShellRun.of(arguments)
  if run.output.bytes == output.bytes, run.status == status { return }
  throw TestFailure(
    Text { text in
      text.put(arguments.joined(by: " ").prefixForMessage.quotedForMessage)
      text.put(" ended with ")
      text.put(decimal: UInt64(run.status))
      text.put(", printed ")
      text.put(run.output.prefixForMessage.quotedForMessage)
      text.put(" and said ")
      text.put(run.error.prefixForMessage.quotedForMessage)
    })
}

extension Text {
  /// What of a long text a message takes.
  var prefixForMessage: Text { self[0..<min(count, 300)] }
}
