// SPDX-License-Identifier: MIT
import Base
import Manual
import Testing

private let example = Manual(
  "mix", "stir colours together", synopsis: ["[-v] COLOUR…", "--list"],
  description: """
    Stirs the colours that are named, in the order in which they are named, until nobody can \
    tell them apart any more.

    Stirring twice does no harm:
      mix red; mix red

    .end begins with a dot.
    """,
  options: [
    .init("-v, --verbose", "say what is done"),
    .init("--a-name-that-is-longer-than-others=VALUE", "stands on a line of its own"),
  ],
  exitStatus: [.init("0", "All went well.")], seeAlso: ["paint", "brush"])

private func string(_ text: Text) -> String { String(decoding: text.bytes, as: UTF8.self) }

@Test func helpIsFilledAndAligned() {
  #expect(
    string(example.help) == """
      Usage: mix [-v] COLOUR…
             mix --list

      Stirs the colours that are named, in the order in which they are named, until
      nobody can tell them apart any more.

      Stirring twice does no harm:
        mix red; mix red

      .end begins with a dot.

      Options:
        -v, --verbose  say what is done
        --a-name-that-is-longer-than-others=VALUE
                       stands on a line of its own

      Exit status:
        0  All went well.

      See also: paint, brush

      """)
}

@Test func helpHasNoLineOfMoreThanEightyColumns() {
  for line in example.help.lines() { #expect(line.columnCount <= 80) }
}

@Test func thePageEscapesWhatRoffWouldTakeForARequest() {
  let page = string(example.roff)
  #expect(page.contains(".TH MIX 1 \"\" \"Apus\" \"Programs\"\n"))
  #expect(page.contains(".SH NAME\nmix \\- stir colours together\n"))
  #expect(page.contains("[\\-v] COLOUR\\[u2026]\n.br\n.B mix\n\\-\\-list\n"))
  #expect(page.contains("\n\\&.end begins with a dot.\n"))
  #expect(page.contains(".nf\n  mix red; mix red\n.fi\n"))
  #expect(page.contains(".TP\n.B \\-v, \\-\\-verbose\nsay what is done\n"))
  #expect(page.utf8.allSatisfy { $0 < 0x80 })
}
