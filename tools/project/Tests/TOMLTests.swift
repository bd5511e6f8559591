// SPDX-License-Identifier: MIT
import Testing

@testable import Project

@Suite("TOML")
struct TOMLTests {
  struct Refused: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var line: Int
  }

  static let refused = [
    Refused(testDescription: "a value without a name", text: "= 1", line: 1),
    Refused(testDescription: "a name without a value", text: "\na =", line: 2),
    Refused(testDescription: "a string without an end", text: "a = \"b", line: 1),
    Refused(testDescription: "a table without an end", text: "[a", line: 1),
    Refused(testDescription: "a list of tables", text: "[[a]]", line: 1),
    Refused(testDescription: "a second value", text: "a = 1 2", line: 1),
    Refused(testDescription: "a name twice", text: "a = 1\na = 2", line: 2),
    Refused(testDescription: "a table twice", text: "[a]\n[b]\n[a]", line: 3),
    Refused(testDescription: "an unknown escape", text: #"a = "\q""#, line: 1),
    Refused(testDescription: "a list without an end", text: "a = [\"b\"", line: 1),
  ]

  @Test(arguments: refused)
  func isRefused(_ row: Refused) {
    let failure = #expect(throws: TOML.Failure.self) { try TOML(parsing: row.text) }
    #expect(failure?.line == row.line)
  }

  @Test func everyKindOfValueIsRead() throws {
    let document = try TOML(
      parsing: """
        # A comment.
        include = ["a", "b"]
        count = 1_000
        [table]  # and another
        "a/b" = "c \\"d\\""
        on = true
        """)
    #expect(document.tables[""]?.map(\.value) == [.strings(["a", "b"]), .integer(1000)])
    #expect(document.tables["table"]?.map(\.key) == ["a/b", "on"])
    #expect(document.tables["table"]?.map(\.value) == [.string("c \"d\""), .boolean(true)])
  }
}

@Suite("Image")
struct ImageTests {
  @Test func aLaterRowReplacesAnEarlierOne() throws {
    var image = Image(name: "x")
    try image.add(TOML(parsing: "[programs]\n\"bin/a\" = \"a\"\n[folders]\n\"tmp\" = \"1777\""))
    try image.add(TOML(parsing: "[links]\n\"bin/a\" = \"b\""))
    #expect(image.entries == ["bin/a": .link("b"), "tmp": .folder(mode: 0o1777)])
  }

  @Test(arguments: [
    "[programs]\n\"/bin/a\" = \"a\"", "[programs]\n\"bin//a\" = \"a\"",
    "[files]\n\"a/../b\" = \"a\"", "[folders]\n\"tmp\" = \"9\"", "[other]\n\"tmp\" = \"9\"",
    "colour = \"blue\"", "[files]\n\"a\" = 1",
  ])
  func aBadRowIsRefused(_ text: String) {
    var image = Image(name: "x")
    #expect(throws: TOML.Failure.self) { try image.add(TOML(parsing: text)) }
  }
}
