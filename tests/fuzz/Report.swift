// SPDX-License-Identifier: MIT
import System

/// What a campaign came to.
struct Report {
  let board: Board
  /// Workers by how they ended.
  var rounds: UInt64 = 0
  var finished: UInt64 = 0
  var died: UInt64 = 0
  var stuck: UInt64 = 0
  var killed: UInt64 = 0
  /// How often what a worker left behind had to be ended.
  var reaped: UInt64 = 0

  init(_ board: Board) { self.board = board }

  private func tried(_ number: Int) -> UInt64 {
    var sum: UInt64 = 0
    for column in 0..<Board.columns { sum &+= board.count(number, column) }
    return sum
  }

  private var succeeded: UInt64 {
    var sum: UInt64 = 0
    for number in 0..<Board.numbers { sum &+= board.count(number, 0) }
    return sum
  }

  var succeededPerMille: UInt64 { succeeded &* 1000 / max(board.begun, 1) }

  /// A row's name: the call's, or a dash for all numbers that are no call.
  static func name(_ number: UInt) -> Text {
    guard number < UInt(Row.noCall), let call = CallNumber(rawValue: number) else { return "-" }
    return Text(call.name)
  }

  private static func name(_ number: Int) -> Text { name(UInt(truncatingIfNeeded: number)) }

  /// A call that never succeeded.
  var neverSucceeded: Text? {
    for number in 0..<Row.noCall where CallNumber(rawValue: UInt(number)) != nil {
      if board.count(number, 0) == 0 { return Self.name(number) }
    }
    return nil
  }

  /// A call that answered what it must not.
  var wrong: Text? {
    for number in 0..<Board.numbers {
      let count =
        board.count(number, Board.unknownError) &+ board.count(number, Board.wrongReply)
      if count != 0 { return Self.name(number) }
    }
    return nil
  }

  /// One line about what has been done so far.
  func printProgress(_ count: UInt64, since start: Deadline) {
    var output = Output()
    output.put("tried ")
    output.put(decimal: board.begun)
    output.put(" of ")
    output.put(decimal: count)
    output.put(" calls, ")
    output.put(decimal: succeededPerMille / 10)
    output.put(" % succeeded, in ")
    output.put(decimal: (Clock.now().nanoseconds &- start.nanoseconds) / 1_000_000_000)
    output.put(" s and ")
    output.put(decimal: rounds)
    output.put(" workers, of which ")
    output.put(decimal: finished)
    output.put(" made all their calls\n")
  }

  func print() {
    var output = Output()
    output.put("calls tried ")
    output.put(decimal: board.begun)
    output.put(", succeeded ")
    output.put(decimal: succeeded)
    output.put(" (")
    output.put(decimal: succeededPerMille / 10)
    output.put(" %)\nworkers ")
    output.put(decimal: rounds)
    output.put(": finished ")
    output.put(decimal: finished)
    output.put(", died of a call ")
    output.put(decimal: died)
    output.put(", stuck ")
    output.put(decimal: stuck)
    output.put(", killed ")
    output.put(decimal: killed)
    output.put("; with processes left behind ")
    output.put(decimal: reaped)
    output.put("; waits interrupted ")
    output.put(decimal: board.get(.interrupts))
    output.put("\n")
    for number in 0..<Board.numbers { row(number, &output) }
  }

  /// One call: how often it was tried and succeeded, and which errors it answered how often.
  private func row(_ number: Int, _ output: inout Output) {
    let tried = tried(number)
    guard tried > 0 else { return }
    output.put(Self.name(number), width: 22)
    output.put(" tried ")
    output.put(decimal: tried, width: 8)
    output.put(" succeeded ")
    output.put(decimal: board.count(number, 0), width: 8)
    for column in 1..<Board.columns {
      let count = board.count(number, column)
      guard count > 0 else { continue }
      output.put(column == Board.unknownError || column == Board.wrongReply ? " WRONG" : " E")
      output.put(decimal: UInt64(column))
      output.put(":")
      output.put(decimal: count)
    }
    output.put("\n")
  }
}
