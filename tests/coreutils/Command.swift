// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A utility with its arguments.
struct Command {
  let words: [Text]

  /// - Parameter line: words apart by spaces.
  init(_ line: Text) { words = line.words() }
  init(words: [Text]) { self.words = words }

  struct Ended {
    var status: ExitStatus
    /// Standard output and standard error, as they came.
    var output: Text
  }

  /// Runs it to its end.
  func run() throws(TestFailure) -> Ended {
    do throws(SystemError) {
      var pipe = try Pipe(.runtimeHandle)
      guard let reading = pipe.reading.take(), let writing = pipe.writing.take()?.release() else {
        throw .badHandle
      }
      let number: UInt32
      do throws(SystemError) { number = try spawn(writing) } catch {
        performIgnoringErrors(Close { $0.handle = writing })
        throw error
      }
      performIgnoringErrors(Close { $0.handle = writing })
      let output = Text(try reading.handle.readAll())
      return Ended(status: try Process.wait(.process(number)).status, output: output)
    } catch { throw TestFailure(reason("running " + words[0], error)) }
  }

  /// Starts it with its output going nowhere.
  func start() throws(TestFailure) -> UInt32 {
    do throws(SystemError) {
      let nothing = try File("/scheme/null", .readWrite)
      return try spawn(nothing.handle)
    } catch { throw TestFailure(reason("starting " + words[0], error)) }
  }

  private func spawn(_ output: Handle) throws(SystemError) -> UInt32 {
    var program = Program("/scheme/initfs/bin/" + words[0], words)
    program.environment = ["PATH=/scheme/initfs/bin", "HOME=/"]
    program.handles = [(.standardOutput, output), (.standardError, output)]
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw error.reason
    }
  }

  private func reason(_ what: Text, _ error: SystemError) -> Text {
    what + ": " + Text(error.explanation)
  }
}

/// A call of a utility, how it ends, and what it prints.
struct Row {
  enum Output { case exactly(Text), beginning(Text), containing(Text), anything }

  let line: Text
  let status: UInt32
  let output: Output

  init(_ line: Text, _ output: Text, status: UInt32 = 0) {
    self.init(line, .exactly(output), status: status)
  }

  init(_ line: Text, _ output: Output, status: UInt32 = 0) {
    self.line = line
    self.status = status
    self.output = output
  }

  func check() throws(TestFailure) {
    let ended = try Command(line).run()
    let isRight =
      switch output {
      case .exactly(let text): ended.output == text
      case .beginning(let text): ended.output.hasPrefix(text)
      case .containing(let text): ended.output.firstIndex(of: text) != nil
      case .anything: true
      }
    guard isRight, ended.status == .exited(status) else {
      throw TestFailure(line + " printed " + ended.output.quotedForMessage + state(ended.status))
    }
  }

  private func state(_ status: ExitStatus) -> Text {
    Text { text in
      switch status {
      case .exited(let value):
        text.put(" and ended with ")
        text.put(decimal: UInt64(value))
      case .signalled(let signal):
        text.put(" and ended by signal ")
        text.put(decimal: UInt64(signal.rawValue))
      case .stopped, .continued: text.put(" and was stopped")
      }
    }
  }
}
