// SPDX-License-Identifier: MIT
import CommandExecution
import System

/// `execd`: runs what the host asked for when the system was started. Without such a request there
/// is nothing to do; the console is `getty`'s.
@main struct ExecProgram {
  static func main() {
    guard let task = requestedTask() else { return }
    Errand(task).run()
  }

  private static let folder: Text = "/scheme/initfs/exec/"

  /// What came in the initrd, or `nil` if there is no request.
  private static func requestedTask() -> ShellTask? {
    let script = folder + "script"
    do throws(SystemError) {
      return .line(Text(try FileSystem.read(folder + "command")))
    } catch {
      // A script is the shell's to read.
      do throws(SystemError) { _ = try FileSystem.status(script) } catch { return nil }
      return .script(script)
    }
  }
}

extension Text {
  /// An error in words.
  init(_ error: SystemError) { self.init(error.explanation) }
}

/// Asks init to switch the machine off, or the kernel if init does not answer.
func switchOff() -> Never {
  do throws(SystemError) {
    try File("/scheme/service/control", .write).writeAll("shutdown\n")
  } catch {
    do throws(SystemError) {
      try File("/scheme/sys/kstop", .write).writeAll("shutdown\n")
    } catch { exit(1) }
  }
  while true { Clock.sleep(.seconds(3600)) }
}
