// SPDX-License-Identifier: MIT
import Base
import Manual
import Mutation
import OptionParser
import Testing

private let rows: [Manual.Entry] = [
  .init("-a, --all", ""), .init("-n NUMBER", ""), .init("-w, --width=COLUMNS", ""),
  .init("--color[=WHEN]", ""), .init("-NUM", ""), .init("-l", ""),
  .init("-I[PRECISION], --iso[=PRECISION]", ""),
]

private func texts(_ words: [String]) -> [Text] { words.map { Text(Array($0.utf8)) } }

private func parse(_ words: [String]) throws(OptionError) -> Options {
  try Options(texts(words), rows)
}

@Test func lettersJoinAndValuesJoinOrFollow() throws {
  let options = try parse(["-la", "x", "-n5", "-w", "80", "--width=90", "--", "-z", "-"])
  #expect(options.has("-l") && options.has("--all") && options.value("-n") == "5" as Text)
  #expect(options.values("-w") == texts(["80", "90"]))
  #expect(options.operands == texts(["x", "-z", "-"]))
  #expect(try parse(["-ln5"]).value("-n") == "5" as Text)
  #expect(try parse(["--width", "--all"]).value("-w") == "--all" as Text)
}

@Test func optionalValuesAreJoinedOnly() throws {
  #expect(try parse(["--color", "x"]).operands == texts(["x"]))
  #expect(try parse(["--color"]).value("--color") == nil)
  #expect(try parse(["--color="]).value("--color") == Text())
  #expect(try parse(["-I", "x"]).operands == texts(["x"]))
  #expect(try parse(["-lIns"]).value("--iso") == "ns" as Text)
  #expect(try parse(["-I"]).has("--iso") && parse(["-I"]).value("-I") == nil)
  #expect(try parse(["--color=auto"]).value("--color") == "auto" as Text)
}

@Test func numbersAreOptionsWhereDeclared() throws {
  #expect(try parse(["-15"]).value("-NUM") == "15" as Text)
  #expect(throws: OptionError.unknownLetter("1")) { _ = try parse(["-1a"]) }
}

@Test func theLastOfOptionsThatExcludeEachOtherIsFound() throws {
  #expect(try parse(["-a", "-l", "-a"]).last(of: ["-l", "-a"]) == 1)
  #expect(try parse(["-n1"]).last(of: ["-l", "-a"]) == nil)
}

@Test func operandsMayEndOptions() throws {
  let options = try Options(texts(["-a", "env", "-l"]), rows, operandsEndOptions: true)
  #expect(options.operands == texts(["env", "-l"]) && !options.has("-l"))
}

@Test(
  arguments: [
    (["-az"], .unknownLetter("z"), "unknown option -- 'z'"),
    (["-é"], .unknownLetter("é"), "unknown option -- 'é'"),
    (["--al"], .unknownName("--al"), "unknown option '--al'"),
    (["---"], .unknownName("---"), "unknown option '---'"),
    (["-n"], .missingValue("n"), "option needs a value -- 'n'"),
    (["--width"], .missingValue("--width"), "option '--width' needs a value"),
    (["--all=1"], .unwantedValue("--all"), "option '--all' takes no value"),
    (["--help", "-z"], .help, "help is wanted"),
  ] as [([String], OptionError, String)])
func whatIsWrongIsSaid(_ words: [String], _ error: OptionError, _ message: String) {
  #expect(throws: error) { _ = try parse(words) }
  #expect(error.message == Text(Array(message.utf8)))
}

@Test(
  arguments: [
    ("0", 0), ("12", 12), ("1K", 1024), ("1k", 1024), ("2M", 2 << 20), ("1GiB", 1 << 30),
    ("3kB", 3000), ("1MB", 1_000_000), ("2b", 1024), ("", nil), ("K", nil), ("1X", nil),
    ("-1", nil), ("99999999999999999999", nil), ("16E", nil), ("15E", 15 << 60), ("1Kib", nil),
  ] as [(String, UInt64?)])
func quantitiesHaveSuffixes(_ text: String, _ expected: UInt64?) {
  #expect(Quantity.parse(Text(Array(text.utf8))) == expected)
}

@Test func anyBytesAreOptionsValuesOrOperands() {
  var random = SeededGenerator(seed: 7)
  for _ in 0..<5_000 {
    var words: [Text] = []
    for _ in 0..<Int.random(in: 0..<6, using: &random) {
      var word = Text()
      for _ in 0..<Int.random(in: 0..<8, using: &random) {
        word.bytes.append(
          [0x2D, 0x61, 0x6C, 0x6E, 0x77, 0x3D, 0x31, 0xC3, 0x00].randomElement(
            using: &random)!)
      }
      words.append(word)
    }
    guard let options = try? Options(words, rows) else { continue }
    #expect(options.operands.count <= words.count)
    for operand in options.operands { #expect(words.contains(operand)) }
  }
}
