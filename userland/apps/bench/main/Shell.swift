// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// Runs the shell on `script` once and waits for its end.
private func runShell(_ script: Text) throws(BenchError) {
  let status: ExitStatus
  do throws(ExecutableError) {
    let process = try Process.spawn(Program("/bin/ion", ["ion", "-c", script]))
    status = process.end()
  } catch { throw .executable(error) }
  guard status == .exited(0) else { throw .notAsAgreed("the shell failed") }
}

extension Process {
  /// How it ends; a wait for one's own child does not fail.
  fileprivate borrowing func end() -> ExitStatus {
    do throws(SystemError) { return try wait() } catch { return .continued }
  }
}

/// The ticks that the shell needs for `turns` runs of `script`.
private func timeShell(_ script: Text, _ turns: Int) throws(BenchError) -> UInt64 {
  var failure: BenchError?
  let ticks = Measurement.timed {
    do throws(BenchError) {
      for _ in 0..<turns { try runShell(script) }
    } catch { failure = error }
  }
  if let failure { throw failure }
  return ticks
}

/// From spawn to wait of a shell that does nothing.
func shellStart(_ turns: Int) throws(BenchError) -> UInt64 {
  try runShell("true")
  return try timeShell("true", turns)
}

/// 100,000 additions and as many comparisons, in the shell's language.
func shellLoop(_ turns: Int) throws(BenchError) -> UInt64 {
  try timeShell("let i = 0; while test $i -lt 100000; let i += 1; end", turns)
}

/// Five programs and 4 MiB of lines.
func shellPipeline(_ turns: Int) throws(BenchError) -> UInt64 {
  let path: Text = "/scheme/tmp/bench-text"
  try doing("writing what is piped") { () throws(SystemError) in
    try FileSystem.write(path, lines().span)
  }
  defer {
    // Nobody else reads it.
    do throws(SystemError) { try FileSystem.remove(path) } catch {}
  }
  return try timeShell(
    "cat /scheme/tmp/bench-text | grep 7 | sort | uniq -c | wc > /scheme/tmp/bench-counts", turns)
}

/// 4 MiB of lines with one of 1,000 numbers each, the same every time and on both systems.
private func lines() -> Text {
  var text = Text()
  text.bytes.reserveCapacity(4 << 20)
  var state: UInt32 = 1
  while text.count < 4 << 20 {
    state = state &* 1_664_525 &+ 1_013_904_223
    text.put("line ")
    text.put(decimal: UInt64(state >> 16) % 1000)
    text.put("\n")
  }
  return text
}
