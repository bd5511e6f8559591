// SPDX-License-Identifier: MIT
import System

/// Memory that the test shares with the programs that it starts, in words of eight bytes: what they
/// have come to, and whether they are to stop.
struct Board {
  static var byteCount: Int { 4 * 4096 }

  let bytes: SharedBytes

  /// The board of a program with a role.
  static var own: Board {
    do throws(SystemError) {
      let memory = try Mapping(Given.board, byteCount: byteCount, .read | .write | .shared)
      return Board(bytes: memory.shared())
    } catch { exit(99) }
  }

  enum Word: Int {
    /// Set by the test: come to an end.
    case stop = 0
    /// Set by the program: it has got as far as it goes.
    case ready = 1
    /// How much it got, how many turns it made.
    case count = 2
    /// The error that it met, by its number.
    case failure = 3
    /// Nanoseconds of the longest turn.
    case worst = 4
    /// Which turn failed, or how.
    case detail = 5
    case taken = 6
    case answered = 7
    case goneWhileCopied = 8
    case goneWhileAnswered = 9
    case closed = 10
    /// The first of those that are counted by kind, or by program.
    case first = 64
  }

  subscript(word: Word, index: Int = 0) -> UInt64 {
    get { bytes.load(at: (word.rawValue + index) * 8, as: UInt64.self) }
    nonmutating set { bytes.store(newValue, at: (word.rawValue + index) * 8) }
  }

  func clear() { bytes.clear(0..<Self.byteCount) }
}

/// A board of the test's own, made once: its memory stays mapped.
final class SharedBoard {
  let memory: MemoryObject
  let board: Board

  init() throws(SystemError) {
    memory = try MemoryObject(byteCount: Board.byteCount)
    board = Board(bytes: try memory.map(byteCount: Board.byteCount).shared())
    board.clear()
  }
}
