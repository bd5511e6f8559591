// SPDX-License-Identifier: MIT
import System
import TestRuntime

extension Stage {
  /// First lines of files, and the error that starting them has to end with.
  func scripts() throws(TestFailure) {
    let path: Text = "/scheme/tmp/script"
    try script("#!/scheme/tmp/script\n", .tooManySymbolicLinks, path)
    try script("#!/scheme/tmp/absent\n", .notFound, "/scheme/tmp/absent")
    try script("#!/scheme/absent/file\n", .notFound, "/scheme/absent/file")
    try script("#!/scheme/tmp\n", .isDirectory, "/scheme/tmp")
    try script("#!/scheme/sys/stat\n", nil, "/scheme/sys/stat")
    try script("#!\n", .badExecutable, path)
    try script("#!   \n", .badExecutable, path)
    try script("#!a\u{0}b\n", .badExecutable, path)
    try script("#", .badExecutable, path)
    try script("", .badExecutable, path)
    try script("text\n", .badExecutable, path)
    var long: Text = "#!/scheme/tmp/"
    for _ in 0..<5_000 { long.put(0x61) }
    try script(long, .badExecutable, path)
    // Two that name each other.
    try write("#!/scheme/tmp/script\n", to: "/scheme/tmp/other")
    try script("#!/scheme/tmp/other\n", .tooManySymbolicLinks, path)
    try succeed("removing the files") { () throws(SystemError) in
      try FileSystem.remove("/scheme/tmp/other")
      try FileSystem.remove(path)
    }
  }

  private func write(_ text: Text, to path: Text) throws(TestFailure) {
    do throws(SystemError) {
      try FileSystem.write(path, text.span, mode: 0o755)
    } catch { throw TestFailure(reason("writing a script", error)) }
  }

  /// - Parameter expected: any error with nil.
  private func script(
    _ text: Text, _ expected: SystemError?, _ culprit: Text
  ) throws(TestFailure) {
    let path: Text = "/scheme/tmp/script"
    try write(text, to: path)
    do throws(ExecutableError) {
      _ = try Process.spawn(Program(path, ["script"]))
    } catch {
      if let expected, error.reason != expected {
        throw TestFailure(error.explanation + " is not the error for " + text.quotedForMessage)
      }
      guard error.file == culprit else {
        throw TestFailure(error.explanation + " names the wrong file, not " + culprit)
      }
      return
    }
    throw TestFailure("was started: " + text.quotedForMessage)
  }
}
