// SPDX-License-Identifier: MIT
import ABI
import Core
import LineDiscipline

/// A terminal, a keyboard, a screen and a program, all in the test's hands.
struct TerminalBench {
  var state = TerminalState()
  var now: UInt64 = 1_000_000_000

  /// Types bytes; returns how many were taken.
  @discardableResult
  mutating func type(_ bytes: [UInt8], _ whenFull: WhenFull = .hold) -> Int {
    state.receive(bytes.span, whenFull, now: now)
  }

  @discardableResult
  mutating func type(_ text: String) -> Int { type(Array(text.utf8)) }

  /// One read of a program, which would not wait; nil if it would.
  mutating func read(_ limit: Int = 4096) -> String? {
    guard state.readDeadline(limit, since: now, now: now) == nil else { return nil }
    return String(decoding: readBytes(limit), as: UTF8.self)
  }

  mutating func readBytes(_ limit: Int = 4096) -> [UInt8] {
    let taken = state.read(limit)
    return copy(taken.count) { state, output in
      state.copyInput(from: taken.position, count: taken.count, into: &output)
    }
  }

  /// What the screen was sent since the last look.
  mutating func shown() -> String { String(decoding: shownBytes(), as: UTF8.self) }

  mutating func shownBytes(_ limit: Int = 4096) -> [UInt8] {
    let taken = state.takeOutput(limit)
    return copy(taken.count) { state, output in
      state.copyOutput(from: taken.position, count: taken.count, into: &output)
    }
  }

  private mutating func copy(
    _ count: Int, _ body: (inout TerminalState, inout OutputSpan<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](capacity: count) { output in body(&state, &output) }
  }

  /// A program writes; returns how many bytes were taken.
  @discardableResult
  mutating func write(_ text: String) -> Int { state.write(Array(text.utf8).span) }

  mutating func isUrgent(_ bytes: [UInt8]) -> Bool { state.hasUrgent(bytes.span) }

  mutating func deadline(_ limit: Int, since start: UInt64, now: UInt64) -> Deadline? {
    state.readDeadline(limit, since: start, now: now)
  }

  mutating func change(_ body: (inout TerminalSettings) -> Void) {
    var settings = state.settings
    body(&settings)
    state.set(settings)
  }

  mutating func makeRaw(minimum: UInt8 = 1, time: UInt8 = 0) {
    change {
      $0.local = TerminalLocalFlags()
      $0.input = TerminalInputFlags()
      $0[.minimum] = minimum
      $0[.time] = time
    }
  }

  /// The signals that are owed, which are paid by this.
  mutating func signals() -> [UInt32] {
    let owed = state.owedSignals
    state.paySignals()
    return (1...64).filter { owed & (1 << ($0 - 1)) != 0 }.map { UInt32($0) }
  }
}
