// SPDX-License-Identifier: MIT
import CommandExecution
import System

/// Starts the shell.
enum ProgramStart {
  /// Why a command did not start, and the status that shells give it.
  struct Failure: Error {
    let status: UInt32
    let message: Text
  }

  /// Starts a shell for `task` in a group of its own, with these standard handles.
  static func start(
    _ task: ShellTask, input: Handle, output: Handle, error: Handle
  ) throws(Failure) -> Process {
    let path = Environment.value(of: "PATH") ?? ProgramSearch.defaultPath
    let words = task.words
    for candidate in ProgramSearch.candidates(for: words[0], path: path) {
      var program = Program(candidate, words)
      program.environment = LoginEnvironment.completed(program.environment)
      program.handles = [
        (.standardInput, input), (.standardOutput, output), (.standardError, error),
      ]
      program.group = 0
      do throws(ExecutableError) {
        return try Process.spawn(program)
      } catch {
        if error.reason == .notFound { continue }
        throw Failure(status: StatusCode.notExecutable, message: error.explanation)
      }
    }
    throw Failure(
      status: StatusCode.notFound, message: words[0] + ": command not found")
  }
}

extension System.ExitStatus {
  /// As a shell tells it.
  var code: UInt32 {
    switch self {
    case .exited(let status): StatusCode.of(state: 0, value: status)
    case .signalled(let signal), .stopped(let signal):
      StatusCode.of(state: 1, value: signal.rawValue)
    case .continued: 0
    }
  }
}
