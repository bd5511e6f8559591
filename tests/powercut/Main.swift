// SPDX-License-Identifier: MIT
import System

/// `powercut SEED ROUND STEPS…`: sees that all that round ROUND - 1 said to be on the medium is there,
/// `STEPS` for each worker, then works until the power goes. Round 1 has nothing before it.
/// `powercut SEED ROUND end STEPS…` looks and ends.
@main struct PowerCut {
  static func main() {
    var words = Arguments.all
    let isLast = words.count > 2 && words[2] == "end"
    if isLast { words.remove(at: 2) }
    let numbers = words.map { number($0) }
    guard numbers.count >= 2, numbers[1] >= 1 else {
      return fail("usage: powercut SEED ROUND STEPS…")
    }
    let seed = numbers[0]
    let round = Int(numbers[1])
    do throws(SystemError) {
      if round > 1 {
        guard numbers.count == 2 + Worker.count else { return fail("a number for each worker") }
        let inspection = Inspection(
          seed: seed, round: round - 1, acknowledged: numbers[2...].map { Int($0) })
        if let wrong = try inspection.run() { return fail(wrong) }
        if isLast { return }
        try makeRoot()
        try Inspection.clear()
      } else {
        try makeRoot()
      }
      try work(seed, round)
    } catch { fail(Text(error.explanation)) }
  }

  /// A round that was cut before anything was on the medium has left nothing.
  private static func makeRoot() throws(SystemError) {
    do throws(SystemError) { try FileSystem.makeDirectory(Worker.root) } catch {
      guard error == .alreadyExists else { throw error }
    }
  }

  private static func number(_ word: Text) -> UInt64 {
    do throws(NumberError) { return try UInt64(decimal: word.span) } catch { return 0 }
  }

  private static func work(_ seed: UInt64, _ round: Int) throws(SystemError) {
    for number in 1..<Worker.count {
      _ = try Thread { run(number, seed, round) }
    }
    run(0, seed, round)
  }

  private static func run(_ number: Int, _ seed: UInt64, _ round: Int) {
    var worker = Worker(number, seed: seed, round: round)
    do throws(SystemError) { try worker.run() } catch { fail(Text(error.explanation)) }
  }

  private static func fail(_ reason: Text) {
    Handle.standardOutput.writeIgnoringErrors("failed: " + reason + "\n")
    exit(1)
  }
}
