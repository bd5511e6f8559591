// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

// Interrupts without end: programs go on, and the kernel masks what nobody answers.

func testStorms(_ run: inout TestRun) {
  run.test("a line that is held fires once for each acknowledgement") { () throws(TestFailure) in
    try besideWorkers { () throws(TestFailure) in try holdALine() }
  }
  run.test("edges that nobody acknowledges are masked") { () throws(TestFailure) in
    try besideWorkers { () throws(TestFailure) in try ignoreEdges() }
  }
  run.test("messages that nobody acknowledges are masked") { () throws(TestFailure) in
    for processor in 0..<(try onlineProcessors()) {
      try besideWorkers { () throws(TestFailure) in try ignoreMessages(processor) }
    }
  }
  run.test("a driver that ends in a storm leaves a masked line") { () throws(TestFailure) in
    try leaveInAStorm()
  }
}

/// As many unanswered interrupts as the kernel lets come.
private let stormLimit: UInt64 = 4096

private func holdALine() throws(TestFailure) {
  let device = try succeed("a timer that holds its line") { () throws(SystemError) in
    try LevelTimer()
  }
  let line = try InterruptLine(Text { $0.put(decimal: UInt64(device.line)) })
  device.raise()
  defer { device.lower() }
  let first = try line.next()
  let limit = Deadline.after(.seconds(20))
  var round: UInt64 = 0
  while round < 3_000 || Workers.turns.load(ordering: .relaxed) < 50 {
    try expect(!limit.hasPassed, "the others go on")
    round += 1
    try line.acknowledge()
    let count = try line.next()
    try expect(count == first + round, "one interrupt for each acknowledgement")
  }
  device.lower()
  try line.acknowledge()
  Clock.sleep(.milliseconds(20))
  try expect(try line.count() == nil, "silence once the device lets go")
}

private func ignoreEdges() throws(TestFailure) {
  let device = try succeed("the interval timer") { () throws(SystemError) in
    try IntervalTimer()
  }
  let line = try InterruptLine(IntervalTimer.line)
  let before = try line.total()
  try succeed("starting it") { () throws(SystemError) in try device.start(hertz: 20_000) }
  defer { do throws(SystemError) { try device.stop() } catch {} }
  try line.awaitStorm(before + stormLimit)
  try line.acknowledge()
  try line.awaitStorm(before + 2 * stormLimit)
  try succeed("stopping it") { () throws(SystemError) in try device.stop() }
  try line.acknowledge()
  Clock.sleep(.milliseconds(20))
  let left = try line.total()
  try expect(left <= before + 2 * stormLimit + 2, "silence once the device stands still")
}

private func ignoreMessages(_ processor: Int) throws(TestFailure) {
  let device = try succeed("a message interrupt") { () throws(SystemError) in
    try Messenger(processor: processor)
  }
  let line = InterruptLine(device.handle.handle, device.line)
  let limit = try line.total() + stormLimit
  // A message that finds the one before still waiting is one with it.
  for _ in 0..<100_000 {
    device.send()
    if try line.total() == limit { break }
  }
  for _ in 0..<1_000 { device.send() }
  try line.awaitStorm(limit)
  try line.acknowledge()
  // What came while it was masked counts as one.
  try wait(for: "the message that was held back") { () throws(TestFailure) in
    try line.total() == limit + 1
  }
  // One at a time, each acknowledged: as many as are sent.
  for round: UInt64 in 1...2_000 {
    device.send()
    try wait(for: "a message") { () throws(TestFailure) in
      try line.total() == limit + 1 + round
    }
    try line.acknowledge()
  }
}

private func leaveInAStorm() throws(TestFailure) {
  let device = try succeed("a timer that holds its line") { () throws(SystemError) in
    try LevelTimer()
  }
  let name = Text { $0.put(decimal: UInt64(device.line)) }
  for _ in 0..<20 {
    let line = try InterruptLine(name)
    device.raise()
    _ = try line.next()
    // Its handle closes with the interrupt unanswered.
  }
  device.lower()
  let line = try InterruptLine(name)
  Clock.sleep(.milliseconds(5))
  try line.acknowledge()
  let before = try line.total()
  Clock.sleep(.milliseconds(5))
  try expect(try line.total() == before, "silence at last")
}

/// Does something while two threads work, sleep, and read files, and sees to it that they go on.
private func besideWorkers(_ body: () throws(TestFailure) -> Void) throws(TestFailure) {
  Workers.isOver.store(false, ordering: .relaxed)
  Workers.turns.store(0, ordering: .relaxed)
  Workers.worst.store(0, ordering: .relaxed)
  Workers.failures.store(0, ordering: .relaxed)
  var threads: [Handle] = []
  for _ in 0..<2 {
    let thread = try succeed("a thread") { () throws(SystemError) in try Thread { Workers.work() } }
    threads.append(thread.handle)
    Workers.running.add(1, ordering: .sequentiallyConsistent)
    _ = consume thread
  }
  var failure: TestFailure?
  do throws(TestFailure) { try body() } catch { failure = error }
  let turns = Workers.turns.load(ordering: .relaxed)
  Workers.isOver.store(true, ordering: .sequentiallyConsistent)
  while Workers.running.load(ordering: .acquiring) > 0 { Clock.sleep(.milliseconds(1)) }
  if let failure { throw failure }
  TestRun.remark("turns of the others", turns)
  TestRun.remark("the longest, in microseconds", Workers.worst.load(ordering: .relaxed) / 1_000)
  try expect(Workers.failures.load(ordering: .relaxed) == 0, "no error for the others")
  try expect(turns > 20, "the others go on")
  try expect(Workers.worst.load(ordering: .relaxed) < 2_000_000_000, "short turns of the others")
}

private enum Workers {
  static let isOver = Atomic<Bool>(false)
  static let running = Atomic<Int>(0)
  static let turns = Atomic<UInt64>(0)
  static let worst = Atomic<UInt64>(0)
  static let failures = Atomic<Int>(0)

  static func work() {
    while !isOver.load(ordering: .relaxed) {
      let start = Clock.now()
      do throws(SystemError) {
        _ = try FileSystem.read("/scheme/initfs/lib/init.d/00_runtime.target")
      } catch {
        failures.add(1, ordering: .relaxed)
      }
      Clock.sleep(.microseconds(300))
      let spent = Clock.now().nanoseconds &- start.nanoseconds
      if spent > worst.load(ordering: .relaxed) { worst.store(spent, ordering: .relaxed) }
      turns.add(1, ordering: .relaxed)
    }
    running.subtract(1, ordering: .sequentiallyConsistent)
  }
}

/// An interrupt line that this program has open.
private struct InterruptLine: ~Copyable {
  private let handle: Handle
  private let number: UInt64
  private let owned: OwnedHandle?

  init(_ name: Text) throws(TestFailure) {
    let owned = try succeed("opening a line") { () throws(SystemError) in
      OwnedHandle(
        try File("/scheme/irq/" + name, .readWrite | .nonBlocking | .runtimeHandle).release())
    }
    handle = owned.handle
    number = Text.number(name)
    self.owned = consume owned
  }

  init(_ handle: Handle, _ line: UInt32) {
    self.handle = handle
    number = UInt64(line)
    owned = nil
  }

  /// How often it has fired, if it has since the last look.
  func count() throws(TestFailure) -> UInt64? {
    var bytes = [UInt8](repeating: 0, count: 8)
    do throws(SystemError) {
      _ = try handle.read(into: bytes.mutableSpan)
    } catch {
      if error == .wouldBlock { return nil }
      throw TestFailure(reason("reading a line", error))
    }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
  }

  /// Waits until it has fired.
  func next() throws(TestFailure) -> UInt64 {
    let limit = Deadline.after(.seconds(5))
    while true {
      if let count = try count() { return count }
      try expect(!limit.hasPassed, "an interrupt")
      Thread.yield()
    }
  }

  func acknowledge() throws(TestFailure) {
    _ = try succeed("acknowledging") { () throws(SystemError) in
      try handle.write([1, 0, 0, 0, 0, 0, 0, 0].span)
    }
  }

  /// How often it has fired, as the kernel's list says: its own, the count of it.
  func total() throws(TestFailure) -> UInt64 {
    let text = try succeed("reading the lines") { () throws(SystemError) in
      Text(try FileSystem.read("/scheme/sys/irq"))
    }
    for row in text.lines() {
      let words = row.words()
      if words.count > 1, Text.number(words[0]) == number { return Text.number(words[1]) }
    }
    return 0
  }

  /// Waits until it has fired so often, and sees that it does not go on, though its device does.
  func awaitStorm(_ limit: UInt64) throws(TestFailure) {
    try wait(for: "a storm") { () throws(TestFailure) in try total() >= limit }
    Clock.sleep(.milliseconds(50))
    try expect(try total() == limit, "a masked line after 4096 interrupts")
  }
}

extension Text {
  fileprivate static func number(_ text: Text) -> UInt64 {
    do throws(NumberError) { return try UInt64(decimal: text.span) } catch { return .max }
  }
}

private func wait(
  for what: StaticString, _ condition: () throws(TestFailure) -> Bool
) throws(TestFailure) {
  let limit = Deadline.after(.seconds(10))
  while try !condition() { try expect(!limit.hasPassed, what) }
}

/// How many processors run, from the list that names each.
private func onlineProcessors() throws(TestFailure) -> Int {
  let names = try succeed("listing processors") { () throws(SystemError) in
    try Directory("/scheme/irq").entries().map { $0.name }
  }
  return names.count { $0.hasPrefix("cpu-") }
}
