// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A program that takes memory until the machine has none, keeps it, and takes at once whatever
/// becomes free.
enum Exhauster {
  /// The number says how: by mapping, by memory objects, by letting the kernel write to new pages.
  static func run() -> Never {
    let board = Board.own
    let way = Role.number(0)
    var byteCount = 1 << 20
    while board[.detail] == 0 { Clock.sleep(.milliseconds(1)) }
    while true {
      do throws(SystemError) {
        try take(way, byteCount)
        board[.count] += UInt64(byteCount / 4096)
      } catch {
        board[.failure] = UInt64(error.rawValue)
        if byteCount > 4096 {
          byteCount /= 4
        } else {
          board[.ready] += 1
          Clock.sleep(.milliseconds(2))
        }
      }
    }
  }

  private static func take(_ way: UInt64, _ byteCount: Int) throws(SystemError) {
    switch way {
    case 0: _ = try Mapping(byteCount: byteCount, .read | .write | .populate).release()
    case 1: _ = try MemoryObject(byteCount: byteCount, .wired).release()
    default:
      let range = try Mapping(byteCount: byteCount)
      for page in stride(from: 0, to: byteCount, by: 4096) {
        let target = UserSpan(address: range.address + UInt(page), count: 1024)
        _ = try perform(AccountStatus { $0.buffer = target })
      }
      _ = range.release()
    }
  }
}

extension Stage {
  /// Three programs with accounts of their own take all memory that there is. Whoever has something
  /// promised goes on; who wants more hears so; the services are still the same processes.
  ///
  /// Everything is done once before with programs that have limits: what the kernel and the services
  /// need for it, they have then, and tmpfs has pages that it can use again.
  func exhaustion(_ bystander: borrowing Bystander) throws(TestFailure) {
    try exhaust(bystander, Limits(frames: 2_000))
    try exhaust(bystander, Limits(frames: nil))
  }

  private func exhaust(
    _ bystander: borrowing Bystander, _ limits: Limits
  ) throws(TestFailure) {
    let services = try processesOfServices()
    let path: Text = "/scheme/tmp/exhaustion"
    let file = try succeed("making a file") { () throws(SystemError) in
      try File(path, .readWrite | .create | .truncate).release()
    }
    let memory = try succeed("opening /scheme/sys/memory") { () throws(SystemError) in
      try File("/scheme/sys/memory").release()
    }
    _ = try freeBytes(memory)
    // More than the rehearsal gave tmpfs.
    let limit: UInt64 = limits.frames == nil ? 12 << 20 : 4 << 20
    let bytes = [UInt8](repeating: 0xA5, count: 32_768)
    for board in boards { board.board.clear() }
    var buffer = [UInt8](repeating: 0, count: 32_768)
    var first = try Sandbox(limits)
    var second = try Sandbox(limits)
    var third = try Sandbox(limits)
    let numbers = [
      try first.start(.exhauster, boards[0], 0), try second.start(.exhauster, boards[1], 1),
      try third.start(.exhauster, boards[2], 2),
    ]
    var hasEnded = [false, false, false]
    for board in boards { board.board[.detail] = 1 }
    do throws(TestFailure) {
      try wait(60, for: "all memory is taken") { () throws(TestFailure) in
        for index in 0..<3 where !hasEnded[index] { hasEnded[index] = isGone(numbers[index]) }
        // One that touches memory of its own that is not there any more has ended.
        try expect(!(hasEnded[0] && hasEnded[1] && hasEnded[2]), "one that is refused, and lives")
        return (0..<3).allSatisfy { hasEnded[$0] || boards[$0].board[.ready] > 20 }
      }
    } catch {
      for board in boards {
        TestRun.remark("a program has taken pages", board.board[.count])
        TestRun.remark("and was refused", board.board[.ready])
      }
      throw error
    }
    try bystander.expectProgress(100)
    for index in 0..<3 where !hasEnded[index] {
      try expectRefusal(boards[index].board[.failure], [.outOfMemory])
    }
    let free = try freeBytes(memory)
    TestRun.remark("bytes left", free)
    try expect(
      limits.frames != nil || free < 16 << 20, "no more memory than what is promised")
    // A file cannot grow for ever now; its server says so, or has what it takes.
    var written: UInt64 = 0
    do throws(SystemError) {
      while written < limit {
        _ = try file.write(bytes.span, at: written)
        written += 32_768
      }
    } catch {
      try expect(error == .noSpace || error == .outOfMemory, "an error that says what lacks")
    }
    TestRun.remark("bytes that tmpfs still took", written)
    try bystander.expectProgress(100)
    try first.end()
    try second.end()
    try third.end()
    for place in stride(from: 0, to: written, by: 32_768) {
      let count = try succeed("reading it back") { () throws(SystemError) in
        try file.read(into: buffer.mutableSpan, at: place)
      }
      try expect(count == 32_768 && buffer == bytes, "what was written")
    }
    for handle in [file, memory] { performIgnoringErrors(Close { $0.handle = handle }) }
    try succeed("removing the file") { () throws(SystemError) in try FileSystem.remove(path) }
    try expect(try processesOfServices() == services, "the same processes serve")
    try bystander.expectProgress()
  }

  /// Whether a child has ended, which is then done with.
  private func isGone(_ number: UInt32) -> Bool {
    do throws(SystemError) {
      _ = try Process.wait(.process(number), until: .immediately)
      return true
    } catch { return false }
  }

  private func freeBytes(_ memory: Handle) throws(TestFailure) -> UInt64 {
    var text = [UInt8](repeating: 0, count: 1_024)
    let count = try succeed("reading /scheme/sys/memory") { () throws(SystemError) in
      try memory.read(into: text.mutableSpan, at: 0)
    }
    return Figures.value("free", in: Text(text[..<count]))
  }

  /// Name, state and process of each service.
  private func processesOfServices() throws(TestFailure) -> [[Text]] {
    try succeed("listing services") { () throws(SystemError) in
      Text(try FileSystem.read("/scheme/service/list")).lines().map { Array($0.words().prefix(3)) }
    }
  }
}
