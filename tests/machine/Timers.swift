// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

func testTimers(_ run: inout TestRun) {
  run.test("a deadline that has passed ends any wait at once") { () throws(TestFailure) in
    for nanoseconds: UInt64 in [0, 1, Clock.now().nanoseconds] {
      try waitUntil(Deadline(nanoseconds: nanoseconds))
    }
  }
  run.test("the last deadlines there are do not come") { () throws(TestFailure) in
    for nanoseconds in [UInt64.max, UInt64.max - 1, UInt64.max - 4_096, 1 << 63, 1 << 61] {
      try sleepForEver(Deadline(nanoseconds: nanoseconds))
    }
  }
  run.test("hundreds of threads wake at one instant, and none before") {
    () throws(TestFailure) in try wakeTogether(400)
  }
  run.test("times that are none are refused") { () throws(TestFailure) in
    let timer = try TimerFile()
    for (seconds, nanoseconds) in [
      (-1, 0), (Int64.min, 0), (0, -1), (0, 1_000_000_000), (.max, 0), (18_446_744_074, 0),
      (18_446_744_073, 709_551_616),
    ] as [(Int64, Int64)] {
      try fail(with: .invalidArgument, "arming a timer") { () throws(SystemError) in
        try timer.arm(seconds, nanoseconds)
      }
    }
    try timer.arm(at: Deadline(nanoseconds: .max))
    try expect(try !timer.hasExpired(), "no expiry before the end of time")
  }
  run.test("a timer that is armed for the past expires each time") { () throws(TestFailure) in
    let timer = try TimerFile()
    for turn: UInt64 in 1...5_000 {
      try timer.arm(at: Deadline(nanoseconds: turn))
      try timer.await()
    }
  }
  run.test("thousands of timers expire at one instant, and none before") {
    () throws(TestFailure) in try expireTogether(3_000)
  }
  run.test("timers are taken away, and set again, while they fire") { () throws(TestFailure) in
    for round in 0..<40 { try disturb(round) }
  }
}

/// Every kind of wait that takes a deadline.
private func waitUntil(_ deadline: Deadline) throws(TestFailure) {
  try succeed("sleeping") { () throws(SystemError) in try Clock.sleep(until: deadline) }
  let memory = try succeed("memory") { () throws(SystemError) in
    try Mapping(byteCount: 4096).shared()
  }
  try fail(with: .timedOut, "waiting for a futex") { () throws(SystemError) in
    try perform(
      FutexWait {
        $0.address = memory.address
        $0.deadline = deadline
      })
  }
  let queue = try succeed("a queue") { () throws(SystemError) in try EventQueue() }
  var events = EventBatch()
  do throws(SystemError) { try queue.wait(for: &events, until: deadline) } catch {
    try expect(error == .timedOut, "the error timedOut")
  }
  try expect(events.count == 0, "no event")
}

/// A thread that waits for a deadline which does not come in its time: it is there until the process
/// ends, or somebody wakes it.
private func sleepForEver(_ deadline: Deadline) throws(TestFailure) {
  let word = try succeed("memory") { () throws(SystemError) in
    try Mapping(byteCount: 4096).shared()
  }
  let thread = try succeed("a thread") { () throws(SystemError) in
    try Thread(stackBytes: 8_192) {
      do throws(SystemError) {
        _ = try perform(
          FutexWait {
            $0.address = word.address
            $0.deadline = deadline
          })
        word.storeReleasing32(1, at: 4)
      } catch { word.storeReleasing32(2, at: 4) }
    }
  }
  Clock.sleep(.milliseconds(20))
  try expect(word.loadAcquiring32(at: 4) == 0, "the thread still waits")
  word.storeReleasing32(1, at: 0)
  _ = try succeed("waking") { () throws(SystemError) in
    try perform(
      FutexWake {
        $0.address = word.address
        $0.count = 1
      })
  }
  thread.join()
  try expect(word.loadAcquiring32(at: 4) != 0, "woken")
}

private enum Sleepers {
  static let early = Atomic<Int>(0)
  static let awake = Atomic<Int>(0)
}

private func wakeTogether(_ count: Int) throws(TestFailure) {
  Sleepers.early.store(0, ordering: .relaxed)
  Sleepers.awake.store(0, ordering: .relaxed)
  let instant = Deadline.after(.seconds(3))
  for _ in 0..<count {
    _ = try succeed("a thread") { () throws(SystemError) in
      try Thread(stackBytes: 8_192) {
        do throws(SystemError) { try Clock.sleep(until: instant) } catch { return }
        if !instant.hasPassed { Sleepers.early.add(1, ordering: .relaxed) }
        Sleepers.awake.add(1, ordering: .relaxed)
      }
    }
  }
  try expect(!instant.hasPassed, "all threads sleep before the instant")
  let limit = instant + .seconds(5)
  while Sleepers.awake.load(ordering: .relaxed) < count {
    try expect(!limit.hasPassed, "all threads wake")
    Clock.sleep(.milliseconds(1))
  }
  try expect(Sleepers.early.load(ordering: .relaxed) == 0, "none before its time")
}

private func expireTogether(_ count: Int) throws(TestFailure) {
  var timers: [Handle] = []
  for _ in 0..<count { timers.append(try TimerFile().release()) }
  let instant = Deadline.after(.seconds(3))
  for timer in timers { try TimerFile.arm(timer, at: instant) }
  try expect(!instant.hasPassed, "all are armed before the instant")
  for timer in timers.prefix(500) {
    let hasExpired = try TimerFile.hasExpired(timer)
    try expect(!hasExpired || instant.hasPassed, "no expiry before the instant")
    if hasExpired { break }
  }
  try succeed("sleeping") { () throws(SystemError) in
    try Clock.sleep(until: instant + .milliseconds(50))
  }
  let limit = Deadline.after(.seconds(5))
  for timer in timers.dropFirst(500) {
    while try !TimerFile.hasExpired(timer) { try expect(!limit.hasPassed, "all expire") }
  }
  for timer in timers { performIgnoringErrors(Close { $0.handle = timer }) }
}

/// Sixty-four timers fire while half of them are closed and a quarter is set to a later time.
private func disturb(_ round: Int) throws(TestFailure) {
  var timers: [Handle] = []
  for _ in 0..<64 { timers.append(try TimerFile().release()) }
  let instant = Deadline.after(.microseconds(Int64(500 + round * 60)))
  for timer in timers { try TimerFile.arm(timer, at: instant) }
  while !instant.hasPassed {}
  let later = Deadline.after(.milliseconds(3))
  for (index, timer) in timers.enumerated() {
    if index % 2 == 0 { performIgnoringErrors(Close { $0.handle = timer }) }
    if index % 4 == 1 { try TimerFile.arm(timer, at: later) }
  }
  for index in stride(from: 1, to: timers.count, by: 4) {
    let isEarly = try TimerFile.hasExpired(timers[index])
    try expect(!isEarly || later.hasPassed, "what was set again expires at its new time")
    let limit = Deadline.after(.seconds(5))
    while !isEarly {
      if try TimerFile.hasExpired(timers[index]) { break }
      try expect(!limit.hasPassed, "what was set again expires")
    }
    while try !TimerFile.hasExpired(timers[index + 2]) {
      try expect(!limit.hasPassed, "what was left alone expires")
    }
  }
  for index in stride(from: 1, to: timers.count, by: 2) {
    performIgnoringErrors(Close { $0.handle = timers[index] })
  }
}

/// A timer of the monotonic clock, read without waiting.
private struct TimerFile: ~Copyable {
  private let owned: OwnedHandle

  init() throws(TestFailure) {
    owned = try succeed("opening a timer") { () throws(SystemError) in
      OwnedHandle(
        try File("/scheme/time/4/timer", .readWrite | .nonBlocking | .runtimeHandle).release())
    }
  }

  consuming func release() -> Handle { owned.release() }

  func arm(at deadline: Deadline) throws(TestFailure) {
    try Self.arm(owned.handle, at: deadline)
  }

  static func arm(_ timer: Handle, at deadline: Deadline) throws(TestFailure) {
    try succeed("arming a timer") { () throws(SystemError) in
      try arm(
        timer, Int64(deadline.nanoseconds / 1_000_000_000),
        Int64(deadline.nanoseconds % 1_000_000_000))
    }
  }

  func arm(_ seconds: Int64, _ nanoseconds: Int64) throws(SystemError) {
    try Self.arm(owned.handle, seconds, nanoseconds)
  }

  private static func arm(
    _ timer: Handle, _ seconds: Int64, _ nanoseconds: Int64
  ) throws(SystemError) {
    var bytes = [UInt8](repeating: 0, count: 16)
    for index in 0..<8 {
      bytes[index] = UInt8(truncatingIfNeeded: seconds >> Int64(8 * index))
      bytes[8 + index] = UInt8(truncatingIfNeeded: nanoseconds >> Int64(8 * index))
    }
    _ = try timer.write(bytes.span)
  }

  func hasExpired() throws(TestFailure) -> Bool { try Self.hasExpired(owned.handle) }

  static func hasExpired(_ timer: Handle) throws(TestFailure) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 8)
    do throws(SystemError) {
      return try timer.read(into: bytes.mutableSpan) == 8
    } catch {
      if error == .wouldBlock { return false }
      throw TestFailure(reason("reading a timer", error))
    }
  }

  func await() throws(TestFailure) {
    let limit = Deadline.after(.seconds(5))
    while try !hasExpired() { try expect(!limit.hasPassed, "the timer expires") }
  }
}
