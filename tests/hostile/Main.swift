// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Programs that take all they can get, servers that do not serve, files that are no programs: only
/// the culprit gets an error, and when it is gone everything is back.
@main struct Hostile {
  static func main() {
    if let role = Role.own { role.play() }
    var arguments = [Arguments.text(at: 0), Role.stage.argument]
    arguments += Arguments.all
    do throws(SystemError) {
      exit(try judged(arguments))
    } catch { exit(1) }
  }

  /// Starts the test with memory that is promised to it, so that it can see what becomes of others
  /// when there is none; their accounts are not below its own, which would use that up.
  private static func judged(_ arguments: [Text]) throws(SystemError) -> Int32 {
    let own = try Account()
    try own.setLimit(.frames, minimum: 1_500, maximum: .max)
    let others = try Account()
    var program = Program(Arguments.executablePath, arguments)
    program.handles.append((Given.accounts, others.handle))
    program.account = own.handle
    let number: UInt32
    do throws(ExecutableError) { number = try Process.spawn(program).number } catch {
      throw .badExecutable
    }
    switch try Process.wait(.process(number)).status {
    case .exited(let status): return Int32(truncatingIfNeeded: status)
    case .signalled(let signal): return 128 + Int32(truncatingIfNeeded: signal.rawValue)
    case .stopped, .continued: return 1
    }
  }

  /// The test itself.
  static func stage() -> Never {
    do throws(TestFailure) {
      try Stage().run()
    } catch {
      exit(1)
    }
  }
}
