// SPDX-License-Identifier: MIT
import System

/// One thread that makes calls: what it knows, and how a call is made and counted.
struct Fuzzer {
  var random: Random
  let board: Board
  let pool: HandlePool
  let arena: Arena
  var lane: Int
  /// Whether this is a copy of a worker, which only makes some calls and ends.
  var isFork = false
  /// How many calls are still to be made.
  var left: Int
  /// The request that a server took last.
  var lastTag: UInt = 0
  var processNumber: UInt32
  /// Forks that may still run, to be ended when there are too many.
  var forks = InlineArray<4, UInt32>(repeating: 0)
  private var nextRecord = 0

  init(
    seed: UInt64, _ board: Board, _ pool: HandlePool, _ arena: Arena, lane: Int, calls: Int
  ) {
    random = Random(seed: seed)
    self.board = board
    self.pool = pool
    self.arena = arena
    self.lane = lane
    left = calls
    processNumber = Process.currentNumber
  }

  mutating func run() {
    while left > 0 { step() }
  }

  private mutating func step() {
    let dice = random.below(256)
    if dice < 2, !isFork {
      makeScenario()
    } else if dice < 24 {
      makeNoise()
    } else {
      makePlanned()
    }
  }

  // MARK: Calls

  /// Makes a call and counts what comes of it.
  @discardableResult
  mutating func call(_ number: UInt, _ words: CallWords) -> UInt {
    left &-= 1
    board.begin(lane, number, words)
    let result = trap(number, words)
    count(number, result)
    return result
  }

  /// Makes a call as declared.
  /// - Returns: the reply, or nil for an error.
  mutating func make<Call: SystemCall>(_ call: Call) -> UInt? {
    let result = self.call(Call.number.rawValue, call.words)
    return result <= UInt.max &- 4095 ? result : nil
  }

  /// Counts a result: an error that the ABI does not know, and one that is the kernel's own affair,
  /// are faults of the kernel.
  func count(_ number: UInt, _ result: UInt) {
    let row = Row(of: number)
    guard result > UInt.max &- 4095 else {
      board.count(lane, row.index, row.isCall ? 0 : Board.wrongReply)
      return
    }
    let error = SystemError(rawValue: UInt16(truncatingIfNeeded: 0 &- result))
    guard let error, error != .restart else {
      board.count(lane, row.index, Board.unknownError)
      return
    }
    board.count(lane, row.index, Int(error.rawValue))
  }

  // MARK: Records for threads without a program

  /// The records that threads of this process are given: others than those of other processes, which
  /// may end them.
  mutating func takeRecord() -> Int {
    nextRecord = (nextRecord &+ 1) & 7
    return (lane & 1) &* 8 &+ nextRecord
  }

  /// Those for threads of other processes.
  mutating func takeForeignRecord() -> Int { takeRecord() &+ 16 }

  func recordAddress(_ index: Int) -> UInt {
    arena.records.address &+ UInt(index &* Stub.recordBytes)
  }

  func releaseAddress(_ index: Int) -> UInt { recordAddress(index) &+ UInt(Stub.release) }
}

/// A row of the board: calls by their number, and one for all numbers that are no call.
struct Row {
  static let noCall = Board.numbers - 1

  let index: Int
  let isCall: Bool

  @inline(__always)
  init(of number: UInt) {
    isCall = number < UInt(Self.noCall) && CallNumber(rawValue: number) != nil
    index = isCall ? Int(number) : Self.noCall
  }
}
