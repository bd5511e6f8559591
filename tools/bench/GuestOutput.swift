// SPDX-License-Identifier: MIT

/// What the benchmark program in a guest prints, line by line:
///
///     bench NAME ITERATIONS TICKS
///     bench NAME missing REASON
///
/// It may print several lines for one name, one for each repetition. Other lines are the guest's
/// own business.
enum GuestLine: Equatable {
  case measured(name: String, iterations: Int, ticks: Int)
  case missing(name: String, reason: String)

  /// Nil for what is not a line of the benchmark program, or not a sensible one.
  init?(_ line: some StringProtocol) {
    let words = line.split { $0.isWhitespace }.map { String($0) }
    guard words.count >= 3, words[0] == "bench" else { return nil }
    if words[2] == "missing" {
      self = .missing(name: words[1], reason: words[3...].joined(separator: " "))
      return
    }
    guard words.count == 4, let iterations = Int(words[2]), let ticks = Int(words[3]),
      iterations > 0, ticks >= 0
    else { return nil }
    self = .measured(name: words[1], iterations: iterations, ticks: ticks)
  }

  var name: String {
    switch self {
    case .measured(let name, _, _), .missing(let name, _): name
    }
  }

  /// All such lines of what a guest printed. A serial line ends its lines in CR and LF.
  static func all(in text: String) -> [GuestLine] {
    text.split(whereSeparator: \.isNewline).compactMap { GuestLine($0) }
  }
}

/// One marked interval as the counting plugin saw it (tests/bench/counter):
///
///     interval INSTRUCTIONS STRING_TURNS STARTED
struct CountedInterval: Equatable {
  /// Executed between the markers.
  var instructions: Int
  /// How many of them were turns of repeated string instructions.
  var stringTurns: Int
  /// Executed from reset to the first marker.
  var started: Int

  init(instructions: Int, stringTurns: Int, started: Int) {
    self.instructions = instructions
    self.stringTurns = stringTurns
    self.started = started
  }

  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count == 4, words[0] == "interval" else { return nil }
    let numbers = words.dropFirst().compactMap { Int($0) }.filter { $0 >= 0 }
    guard numbers.count == 3 else { return nil }
    self.init(instructions: numbers[0], stringTurns: numbers[1], started: numbers[2])
  }

  static func all(in text: String) -> [CountedInterval] {
    text.split(whereSeparator: \.isNewline).compactMap { CountedInterval($0) }
  }
}
