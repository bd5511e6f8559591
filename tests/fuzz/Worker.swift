// SPDX-License-Identifier: MIT
import System

/// A process that makes calls until it has made enough of them or dies: two threads that fuzz, one
/// that serves their scheme, and one that watches over them. The first one only waits: its stack lies
/// where every caller knows it to be.
enum Worker {
  /// The numbers by which a worker knows what the supervisor gives it.
  static let board = Handle(rawValue: 3)
  static let ports = Handle(rawValue: 4)
  static let firmware = Handle(rawValue: 5)
  static let interrupt = Handle(rawValue: 6)
  static let translation = Handle(rawValue: 7)

  /// Handles of the runtime's range from here on are none that a worker's threads live by.
  static let firstFuzzed = Handle.runtimeBase &+ 14

  /// Statuses of a worker.
  static let done: Int32 = 0
  static let stuck: Int32 = 3
  static let unprepared: Int32 = 4

  /// What a worker is told on its command line.
  struct Order {
    let seed: UInt64
    let round: UInt64
    let calls: Int
  }

  static func run(_ order: Order) -> Never {
    do throws(SystemError) {
      try work(order)
    } catch {
      exit(unprepared)
    }
  }

  private static func work(_ order: Order) throws(SystemError) -> Never {
    let board = Board(
      try Mapping(Self.board, byteCount: Board.byteCount, .read | .write | .shared).shared())
    // Nothing that calls are told of must lead back to it.
    performIgnoringErrors(Close { $0.handle = Self.board })
    board.set(.stage, 1)
    let pool = HandlePool(try Mapping(byteCount: HandlePool.byteCount).shared())
    pool.clear()
    _ = pool.exchange(.ports, 0, ports)
    _ = pool.exchange(.firmware, 0, firmware)
    _ = pool.exchange(.interrupt, 0, interrupt)
    _ = pool.exchange(.translation, 0, translation)
    try keepApart()
    let arena = try Arena()
    try keepApart()
    try takeSignals()
    board.set(.stage, 2)
    let serverFuzzer = Fuzzer(
      seed: Random.seed(order.seed, round: order.round, part: 2), board, pool, arena,
      lane: Board.serverLane, calls: .max)
    // None runs before all are made: so their handles are the first ones.
    let server = try Thread(.suspended) { [serverFuzzer] in
      board.set(.serverThread, UInt64(Thread.currentNumber))
      var server = Server(serverFuzzer)
      server.run()
    }
    let first = try fuzz(order, Board.firstLane, board, pool, arena)
    let second = try fuzz(order, Board.secondLane, board, pool, arena)
    let watchFuzzer = Fuzzer(
      seed: Random.seed(order.seed, round: order.round, part: 3), board, pool, arena,
      lane: Board.watchLane, calls: .max)
    let handles = [first.handle, second.handle, server.handle]
    let watching = try Thread(.suspended) { [watchFuzzer, handles] in
      var watch = Watch(watchFuzzer)
      for index in handles.indices { watch.threads[index] = handles[index] }
      watch.run()
      exit(Self.done)
    }
    board.set(.stage, 3)
    try server.resume()
    try first.resume()
    try second.resume()
    try watching.resume()
    // The handles have to stay as long as the watch uses them.
    watching.join()
    server.join()
    first.join()
    second.join()
    exit(Self.done)
  }

  /// Leaves so many addresses free that one wrong bit in an address of the arena, which calls write to,
  /// leads nowhere: neither to the board nor to a thread's stack.
  private static func keepApart() throws(SystemError) {
    _ = try Mapping(byteCount: 0x1_5A00_0000, .guardRange).release()
  }

  /// A thread that makes its share of the calls: the first three quarters, the second the rest.
  private static func fuzz(
    _ order: Order, _ lane: Int, _ board: Board, _ pool: HandlePool, _ arena: Arena
  ) throws(SystemError) -> Thread {
    let share = lane == Board.firstLane ? order.calls &* 3 / 4 : order.calls / 4
    let fuzzer = Fuzzer(
      seed: Random.seed(order.seed, round: order.round, part: UInt64(lane)), board, pool, arena,
      lane: lane, calls: share)
    let word: Board.Word = lane == Board.firstLane ? .firstThread : .secondThread
    let done: Board.Word = lane == Board.firstLane ? .firstDone : .secondDone
    return try Thread(.suspended) { [fuzzer] in
      var fuzzer = fuzzer
      fuzzer.board.set(word, UInt64(Thread.currentNumber))
      fuzzer.run()
      fuzzer.board.set(done, 1)
    }
  }

  /// Calls that wait are ended by a signal; of all others only those that faults send count.
  private static func takeSignals() throws(SystemError) {
    for number: UInt32 in 1...64 {
      let signal = SignalNumber(rawValue: number)
      switch signal {
      case .kill, .stop, .illegalInstruction, .trap, .busError, .floatingPoint, .segmentationFault:
        continue
      case .user1: try Signals.setAction(signal, .handle { _ in })
      default: try Signals.setAction(signal, .ignore)
      }
    }
  }
}

/// Sees to it that the fuzzing threads go on: a call that waits too long is interrupted, a thread
/// that was suspended goes on, and if nothing helps the round ends.
///
/// A request that a server has taken waits for its answer, whatever its client is told, unless the
/// client is killed: so the schemes are given up, too, first those that nobody may be serving.
struct Watch {
  private var fuzzer: Fuzzer
  var threads = InlineArray<3, Handle>(repeating: .none)
  private var seen = InlineArray<2, UInt64>(repeating: 0)
  private var still = InlineArray<2, Int>(repeating: 0)

  /// How often a thread is woken in vain before the round ends.
  private static let patience = 750

  init(_ fuzzer: Fuzzer) { self.fuzzer = fuzzer }

  mutating func run() {
    while fuzzer.board.get(.firstDone) == 0 || fuzzer.board.get(.secondDone) == 0 {
      // Waits are most of a campaign's time, so they are not long once they are seen.
      let pause: UInt64 = still[0] | still[1] == 0 ? 1_000_000 : 200_000
      let deadline = Deadline(nanoseconds: Clock.now().nanoseconds &+ pause)
      _ = fuzzer.make(Sleep { $0.deadline = deadline })
      for lane in 0..<2 { look(lane) }
    }
  }

  private mutating func look(_ lane: Int) {
    let board = fuzzer.board
    let begun = board.begun(lane)
    if begun != seen[lane] || board.get(lane == 0 ? .firstDone : .secondDone) != 0 {
      seen[lane] = begun
      still[lane] = 0
      return
    }
    still[lane] &+= 1
    guard still[lane] > 1 else { return }
    board.set(.interrupts, board.get(.interrupts) &+ 1)
    _ = fuzzer.make(
      SignalThread {
        $0.thread = UInt32(
          truncatingIfNeeded: board.get(lane == 0 ? .firstThread : .secondThread))
        $0.signal = SignalNumber.user1.rawValue
      })
    // A thread that suspended itself, or the server's, on which it waits.
    for index in [lane, 2] {
      _ = fuzzer.make(
        ControlThread {
          $0.thread = threads[index]
          $0.operation = .resume
        })
    }
    giveUpSchemes(after: still[lane])
    if still[lane] > Self.patience {
      board.set(.stuckLane, UInt64(lane + 1))
      exit(Worker.stuck)
    }
  }

  private mutating func giveUpSchemes(after turns: Int) {
    if turns == 100 {
      for slot in 1..<HandlePool.slots {
        _ = fuzzer.make(
          GiveUpScheme {
            $0.scheme = fuzzer.pool.handle(.management, slot)
            $0.error = 5
          })
      }
    }
    if turns == 500 {
      for number in 0..<256 {
        performIgnoringErrors(Close { $0.handle = Handle(rawValue: UInt32(number)) })
        performIgnoringErrors(
          Close { $0.handle = Handle(rawValue: Worker.firstFuzzed &+ UInt32(number)) })
      }
    }
    if turns == 300 {
      _ = fuzzer.make(
        SignalThread {
          $0.thread = UInt32(truncatingIfNeeded: fuzzer.board.get(.serverThread))
          $0.signal = SignalNumber.user1.rawValue
        })
    }
  }
}
