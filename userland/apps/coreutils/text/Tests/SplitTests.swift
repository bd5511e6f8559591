// SPDX-License-Identifier: MIT
import Testing
import UtilityModel

@testable import TextUtilities

struct SplitTests {
  /// Runs it and reads its files, in order, until one is missing.
  private func pieces(
    _ line: String, _ input: String, _ names: [String]
  ) -> (pieces: [String], run: ModelRun) {
    let system = ModelSystem()
    system.input = Array(input.utf8)
    let run = system.run(table, words(line))
    #expect(system.openCount == 0)
    return (names.compactMap { system.text("/" + $0) }, run)
  }

  @Test(
    arguments: [
      ("split -l 2", ["a\nb\n", "c\nd\n", "e"]), ("split -b 4", ["a\nb\n", "c\nd\n", "e"]),
      ("split -b 3", ["a\nb", "\nc\n", "d\ne"]), ("split -C 5", ["a\nb\n", "c\nd\ne"]),
      ("split", ["a\nb\nc\nd\ne"]),
    ] as [(String, [String])])
  func textIsCut(line: String, expected: [String]) {
    let result = pieces(line, "a\nb\nc\nd\ne", ["xaa", "xab", "xac", "xad"])
    #expect(result.pieces == expected && result.run.status == 0)
  }

  @Test func namesAreAsAskedFor() {
    let result = pieces(
      "split -d -a 3 --additional-suffix=.txt --verbose -l 1 - p", "1\n2\n",
      ["p000.txt", "p001.txt"])
    #expect(result.pieces == ["1\n", "2\n"])
    #expect(result.run.output == "creating file 'p000.txt'\ncreating file 'p001.txt'\n")
  }

  @Test func longLinesAreCut() {
    let result = pieces("split -C 3", "abcdefg\nx\n", ["xaa", "xab", "xac"])
    #expect(result.pieces == ["abc", "def", "g\n"])
  }

  @Test func faultsAreNamed() {
    #expect(
      pieces("split -a 1 -d -l 1", (0...10).map { "\($0)\n" }.joined(), []).run.errors
        == "split: there are no more names; see -a\n")
    #expect(pieces("split -b 0", "x", []).run.status == 1)
    #expect(pieces("split nope", "x", []).run.errors == "split: nope: no such file or directory\n")
  }
}
