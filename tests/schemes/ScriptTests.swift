// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Files that begin with `#!` are started by the program that they name.
struct ScriptTests {
  func run(_ run: inout TestRun) {
    run.test("a script is started by its interpreter") { () throws(TestFailure) in
      try write("/scheme/tmp/script", "#!/scheme/initfs/bin/echo one two\nignored\n")
      try expect("/scheme/tmp/script", "one two /scheme/tmp/script a b\n")
    }
    run.test("a script's interpreter may be a script") { () throws(TestFailure) in
      try write("/scheme/tmp/second", "#!/scheme/tmp/script\n")
      try expect("/scheme/tmp/second", "one two /scheme/tmp/script /scheme/tmp/second a b\n")
    }
    run.test("a script is found through a link of another scheme") { () throws(TestFailure) in
      do throws(SystemError) {
        try FileSystem.makeLink("/scheme/tmp/chain", to: "/scheme/tmp/script")
      } catch { throw TestFailure(reason("making a link", error)) }
      try expect("/scheme/peer/chain", "one two /scheme/peer/chain a b\n")
      do throws(SystemError) {
        for name: Text in ["chain", "second", "script"] {
          try FileSystem.remove("/scheme/tmp/" + name)
        }
      } catch { throw TestFailure(reason("removing scripts", error)) }
    }
  }

  private func write(_ path: Text, _ text: Text) throws(TestFailure) {
    do throws(SystemError) { try FileSystem.write(path, text.span, mode: 0o755) } catch {
      throw TestFailure(reason("writing a script", error))
    }
  }

  /// Starts `path` with the arguments `a` and `b`, and expects what it prints.
  private func expect(_ path: Text, _ expected: Text) throws(TestFailure) {
    let printed: Text
    let status: ExitStatus
    do throws(SystemError) {
      var pipe = try Pipe(.runtimeHandle)
      guard let reading = pipe.reading.take(), let writing = pipe.writing.take()?.release() else {
        throw .badHandle
      }
      var program = Program(path, ["script", "a", "b"])
      program.handles = [(.standardOutput, writing)]
      let number: UInt32
      do throws(ExecutableError) { number = try Process.spawn(program).number } catch {
        throw error.reason
      }
      performIgnoringErrors(Close { $0.handle = writing })
      printed = Text(try reading.handle.readAll())
      status = try Process.wait(.process(number)).status
    } catch { throw TestFailure(reason("starting a script", error)) }
    guard printed == expected, status == .exited(0) else {
      throw TestFailure("it printed " + printed.quotedForMessage)
    }
  }
}
