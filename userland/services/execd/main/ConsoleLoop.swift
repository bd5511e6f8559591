// SPDX-License-Identifier: MIT
import CommandExecution
import System

/// A stand-in for a terminal at the first serial port: each line goes to a new shell.
enum ConsoleLoop {
  static func run() -> Never {
    let console: File
    do throws(SystemError) {
      // Not kept: a session is not for the log.
      console = try File("/scheme/debug/no-preserve", .readWrite)
    } catch {
      Log.error("there is no console: " + Text(error))
      exit(1)
    }
    console.handle.writeIgnoringErrors(
      """
      Apus. Each line is run by a shell of its own; 'shutdown' switches the machine off.

      """)
    prompt(console)
    var input = LineInput()
    var buffer = [UInt8](repeating: 0, count: 64)
    while true {
      let count: Int
      do throws(SystemError) {
        count = try console.read(into: buffer.mutableSpan)
      } catch {
        if error == .interrupted { continue }
        exit(1)
      }
      for index in 0..<count {
        for event in input.take(buffer[index]) { handle(event, console) }
      }
    }
  }

  private static func prompt(_ console: borrowing File) {
    console.handle.writeIgnoringErrors("apus# ")
  }

  private static func handle(_ event: LineInput.Event, _ console: borrowing File) {
    switch event {
    case .echo(let text): console.handle.writeIgnoringErrors(text)
    case .line(let line):
      if !line.trimmed().isEmpty { execute(.line(line), console.handle) }
      prompt(console)
    case .end:
      console.handle.writeIgnoringErrors("('shutdown' switches the machine off)\n")
      prompt(console)
    }
  }

  private static func execute(_ task: ShellTask, _ console: Handle) {
    var status: UInt32 = 0
    do throws(ProgramStart.Failure) {
      let process = try ProgramStart.start(
        task, input: console, output: console, error: console)
      status = wait(for: process)
    } catch {
      status = error.status
      console.writeIgnoringErrors(error.message + "\n")
    }
    if status != 0 {
      console.writeIgnoringErrors(
        Text {
          $0.put("status ")
          $0.put(decimal: UInt64(status))
          $0.put("\n")
        })
    }
  }

  private static func wait(for process: borrowing Process) -> UInt32 {
    while true {
      do throws(SystemError) { return try process.wait().code } catch {
        guard error == .interrupted else { return StatusCode.notExecutable }
      }
    }
  }
}
