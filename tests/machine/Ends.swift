// SPDX-License-Identifier: MIT
import System
import TestRuntime

func testEnds(_ run: inout TestRun) {
  run.test("a process that is watched tells that it has ended") { () throws(TestFailure) in
    let ended = try succeed("watch a process", watchProcess)
    try expect(ended, "an event, and a child that can be waited for at once")
  }
  run.test("a thread that is watched tells that it has ended") { () throws(TestFailure) in
    let ended = try succeed("watch a thread", watchThread)
    try expect(ended, "an event")
  }
}

/// Watches a program that sleeps.
private func watchProcess() throws(SystemError) -> Bool {
  let program = Program("/scheme/initfs/bin/sleep", ["sleep", "0.1"])
  let process: Process
  do throws(ExecutableError) { process = try Process.spawn(program) } catch {
    throw .badExecutable
  }
  let queue = try EventQueue()
  try queue.watch(process.handle, .readable, data: 1)
  var events = EventBatch()
  try queue.wait(for: &events, until: try deadline(seconds: 10))
  let isTold = events.count == 1 && events[0].events == EventSet.readable.rawValue
  _ = try process.wait(until: .immediately)
  return isTold
}

private func watchThread() throws(SystemError) -> Bool {
  let thread = try Thread { Thread.yield() }
  let queue = try EventQueue()
  try queue.watch(thread.handle, .readable, data: 2)
  var events = EventBatch()
  try queue.wait(for: &events, until: try deadline(seconds: 10))
  thread.join()
  return events.count == 1 && events[0].data == 2
}

private func deadline(seconds: UInt64) throws(SystemError) -> Deadline {
  let now = try perform(ReadClock { $0.clock = .monotonic })
  return Deadline(nanoseconds: now + seconds * 1_000_000_000)
}
