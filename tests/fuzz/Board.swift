// SPDX-License-Identifier: MIT
import System

/// What was tried and what came of it: memory that supervisor, workers and their forks share.
///
/// Each thread counts in a lane of its own, so that counting takes no lock. Forks of a worker share
/// lanes, and may lose a count to each other.
struct Board: Sendable {
  static let lanes = 8
  /// The lanes of a worker's threads.
  static let firstLane = 0
  static let secondLane = 1
  static let serverLane = 2
  static let watchLane = 3
  static let forkLanes = 4..<8

  static let numbers = 128
  /// Columns of a row: 0 successes, then errors by number, then these.
  static let unknownError = 126
  static let wrongReply = 127
  static let columns = 128

  private static let laneBytes = 128 + numbers * columns * 4
  /// What all lanes share, behind the lanes.
  private static let commonBytes = 4096
  static let byteCount = lanes * laneBytes + commonBytes

  let memory: SharedBytes

  init(_ memory: SharedBytes) { self.memory = memory }

  @inline(__always)
  private func lane(_ index: Int) -> Int { index &* Self.laneBytes }

  @inline(__always)
  private func row(_ index: Int, _ number: Int) -> Int {
    index &* Self.laneBytes &+ 128 &+ number &* (Self.columns &* 4)
  }

  /// Notes that a lane is about to make a call.
  @inline(__always)
  func begin(_ index: Int, _ number: UInt, _ words: CallWords) {
    let lane = lane(index)
    memory.store(memory.load(at: lane, as: UInt64.self) &+ 1, at: lane)
    memory.store(number, at: lane &+ 8)
    memory.store(words, at: lane &+ 16)
  }

  /// Counts a result.
  @inline(__always)
  func count(_ index: Int, _ number: Int, _ column: Int) {
    let place = row(index, number & (Self.numbers &- 1)) &+ (column & 127) &* 4
    memory.store(memory.load(at: place, as: UInt32.self) &+ 1, at: place)
  }

  /// How many calls a lane has begun.
  @inline(__always)
  func begun(_ index: Int) -> UInt64 { memory.load(at: lane(index), as: UInt64.self) }

  /// The call that a lane made last: number and arguments.
  func last(_ index: Int) -> (number: UInt, words: CallWords) {
    (
      memory.load(at: lane(index) &+ 8, as: UInt.self),
      memory.load(at: lane(index) &+ 16, as: CallWords.self)
    )
  }

  /// How many calls all lanes have begun.
  var begun: UInt64 {
    var sum: UInt64 = 0
    for index in 0..<Self.lanes { sum &+= begun(index) }
    return sum
  }

  /// How often a number came to a result.
  func count(_ number: Int, _ column: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<Self.lanes {
      sum &+= UInt64(memory.load(at: row(index, number) &+ column &* 4, as: UInt32.self))
    }
    return sum
  }

  // MARK: One round

  /// Words that a worker says to its own threads and to the supervisor.
  enum Word: Int {
    case firstThread = 0
    case secondThread
    case serverThread
    /// Whether a fuzzing thread has come to its end.
    case firstDone
    case secondDone
    /// What the worker's set-up was doing, to tell where it failed.
    case stage
    /// How often the watch had to interrupt a call.
    case interrupts
    /// Why the watch ended the round: the lane that did not go on, plus one.
    case stuckLane
  }

  private func place(_ word: Word) -> Int { Self.lanes &* Self.laneBytes &+ word.rawValue &* 8 }

  func get(_ word: Word) -> UInt64 { memory.load(at: place(word), as: UInt64.self) }
  func set(_ word: Word, _ value: UInt64) { memory.store(value, at: place(word)) }

  func beginRound() {
    for word: Word in [
      .firstThread, .secondThread, .serverThread, .firstDone, .secondDone, .stage, .stuckLane,
    ] {
      set(word, 0)
    }
  }
}
