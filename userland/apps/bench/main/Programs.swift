// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

func threadCreateJoin(_ turns: Int) throws(BenchError) -> UInt64 {
  func run(_ turns: Int) throws(SystemError) {
    for _ in 0..<turns {
      let thread = try Thread {}
      thread.join()
    }
  }
  try doing("starting threads") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  if let failure { throw .system("starting threads", failure) }
  return ticks
}

/// 1 MiB of touched memory, as a parent with something to lose has.
private func touchedMegabyte() throws(BenchError) -> HeapRange {
  var range = try doing("mapping memory") { () throws(SystemError) in try HeapRange(pages: 256) }
  for page in 0..<256 { range.touch(page: page) }
  return range
}

func forkExitWait(_ turns: Int) throws(BenchError) -> UInt64 {
  var heap = try touchedMegabyte()
  func run(_ turns: Int) throws(SystemError) {
    for _ in 0..<turns {
      guard try Process.fork() != nil else { exit(0) }
      _ = try Process.wait(.any)
    }
  }
  try doing("forking") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  heap.touch(page: 0)
  if let failure { throw .system("forking", failure) }
  return ticks
}

func spawnExitWait(_ turns: Int) throws(BenchError) -> UInt64 {
  try spawnExitWait("/scheme/initfs/tests/spawned", turns)
}

/// Starts the program at `path` and waits for its end, over and over.
func spawnExitWait(_ path: Text, _ turns: Int) throws(BenchError) -> UInt64 {
  var heap = try touchedMegabyte()
  let size = try doing("finding what to start") { () throws(SystemError) in
    try FileSystem.status(path).size
  }
  guard size >= 500_000 else { throw .notAsAgreed("the program to start is not long enough") }
  let program = Program(path, ["spawned"])
  func run(_ turns: Int) throws(BenchError) {
    for _ in 0..<turns {
      do throws(ExecutableError) { _ = try Process.spawn(program) } catch {
        throw .executable(error)
      }
      _ = try doing("waiting") { () throws(SystemError) in try Process.wait(.any) }
    }
  }
  try run(turns / 10)
  var failure: BenchError?
  let ticks = Measurement.timed {
    do throws(BenchError) { try run(turns) } catch { failure = error }
  }
  heap.touch(page: 0)
  if let failure { throw failure }
  return ticks
}
