// SPDX-License-Identifier: MIT
import CommandExecution
import System

/// Starts commands.
enum ProgramStart {
  /// Why a command did not start, and the status that shells give it.
  struct Failure: Error {
    let status: UInt32
    let message: Text
  }

  /// Starts `command` in a group of its own, with these standard handles.
  static func start(
    _ command: Command, input: Handle, output: Handle, error: Handle
  ) throws(Failure) -> Process {
    let path = Environment.value(of: "PATH") ?? ProgramSearch.defaultPath
    for candidate in ProgramSearch.candidates(for: command.program, path: path) {
      var program = Program(candidate, command.words)
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
      status: StatusCode.notFound, message: command.program + ": command not found")
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
