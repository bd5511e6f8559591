// SPDX-License-Identifier: MIT
import Testing

@testable import Project

@Suite("Image")
struct ImageTests {
  @Test func aLaterRowReplacesAnEarlierOne() throws {
    var image = Image(name: "x")
    let first = """
      description = "c"
      include = ["a", "b"]
      [programs]
      "bin/a" = "a"
      [folders]
      "tmp" = "1777"
      """
    let description = try Image.Description(Array(first.utf8))
    #expect(description.included == ["a", "b"])
    try image.add(description)
    #expect(image.description == "c")
    try image.add(Image.Description(Array("[links]\n\"bin/a\" = \"b\"".utf8)))
    #expect(image.entries == ["bin/a": .link("b"), "tmp": .folder(mode: 0o1777)])
  }

  @Test(arguments: [
    ("[programs]\n\"/bin/a\" = \"a\"", 2), ("[programs]\n\"bin//a\" = \"a\"", 2),
    ("[files]\n\"a/../b\" = \"a\"", 2), ("[folders]\n\"tmp\" = \"9\"", 2),
    ("[other]\n\n\"tmp\" = \"9\"", 3), ("colour = \"blue\"", 1), ("[files]\n\"a\" = 1", 2),
    ("[files]\na = [\"b\"", 2), ("include = \"a\"", 1), ("\ninclude = [1]", 2),
    ("[files.more]\n\"a\" = \"b\"", 1),
  ])
  func aBadRowIsRefused(_ text: String, line: Int) {
    var image = Image(name: "x")
    let failure = #expect(throws: Image.Failure.self) {
      try image.add(Image.Description(Array(text.utf8)))
    }
    #expect(failure?.line == line)
  }
}
