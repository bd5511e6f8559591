// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Where the parts of the campaign are played: with a bystander, twice each, and the books checked.
struct Stage: ~Copyable {
  let culprit: SharedBoard
  /// For parts that have several culprits.
  let boards: [SharedBoard]
  private let bystander: SharedBoard
  private let seed: UInt64
  private let rounds: Int
  private let chosen: Text?

  init() throws(TestFailure) {
    let culprit = try succeed("a board") { () throws(SystemError) in try SharedBoard() }
    let bystander = try succeed("a board") { () throws(SystemError) in try SharedBoard() }
    var others: [SharedBoard] = []
    for _ in 0..<3 {
      others.append(try succeed("a board") { () throws(SystemError) in try SharedBoard() })
    }
    self.culprit = culprit
    boards = others
    self.bystander = bystander
    var numbers: [UInt64] = []
    var chosen: Text?
    for argument in Arguments.all.dropFirst() {
      do throws(NumberError) { numbers.append(try UInt64(decimal: argument.span)) } catch {
        chosen = argument
      }
    }
    seed = numbers.isEmpty ? randomWord() : numbers[0]
    rounds = numbers.count < 2 ? 6 : Int(truncatingIfNeeded: numbers[1])
    self.chosen = chosen
  }

  /// All parts, or the one that an argument names. Numbers among the arguments are the seed, and how
  /// often at most a part is repeated to see whether anything is gone.
  consuming func run() -> Never {
    var run = TestRun("hostile")
    TestRun.remark("seed", seed)
    parts(&run)
    exit(run.end())
  }

  /// Plays a part until it takes nothing away any more: services and the kernel's pools grow to what
  /// it takes, but not for ever.
  func play(
    _ name: StaticString, _ word: StaticString, _ run: inout TestRun,
    _ body: (borrowing Bystander, inout Random) throws(TestFailure) -> Void
  ) {
    if let chosen, chosen != Text(word) { return }
    run.test(name) { () throws(TestFailure) in
      var random = Random(seed: seed)
      try once(&random, body)
      for round in 1...rounds {
        let before = try Figures.settled()
        try once(&random, body)
        do throws(TestFailure) { return try before.expectAgain() } catch {
          if round == rounds { throw error }
          Handle.standardOutput.writeIgnoringErrors(error.reason + "\n")
        }
      }
    }
    sayLongestEntry(word)
  }

  private func once(
    _ random: inout Random,
    _ body: (borrowing Bystander, inout Random) throws(TestFailure) -> Void
  ) throws(TestFailure) {
    let bystander = try Bystander(bystander)
    culprit.board.clear()
    try body(bystander, &random)
    try bystander.expectProgress()
    try bystander.end()
  }

  /// What the kernel's longest entry was up to here, in ticks of the processor's counter.
  private func sayLongestEntry(_ word: StaticString) {
    do throws(SystemError) {
      let text = Text(try FileSystem.read("/scheme/sys/longest_entry"))
      var output = Output()
      output.put("longest_entry after ")
      output.put(word)
      output.put(": ")
      output.put(text)
    } catch { return }
  }
}
