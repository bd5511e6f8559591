// SPDX-License-Identifier: MIT
import Testing

@testable import Scaffolds

@Suite("Scaffold")
struct ScaffoldTests {
  /// The tables that scaffolds add rows to, as short as they can be.
  static let tables = [
    "libraries/Package.swift": "let modules = [\n  Module(name: \"ABI\", path: \"abi\"),\n]\n",
    "userland/Package.swift": "let programs: [Program] = [\n]\n",
    "images/minimal.toml": "[programs]\n\"bin/init\" = \"init\"\n\n[links]\n",
    "libraries/abi/CallNumber.swift":
      "public enum CallNumber {\n  case null = 0\n  case b = 7\n}\n",
    "tools/documents/CallTable.swift":
      "enum CallTable {\n    [\n      B.self,\n    ]\n}\n",
    "kernel/core/Calls/Dispatch.swift":
      "f {\n  switch number {\n  case .b: return try handle(B(words(of: t)), t)\n  }\n}\n",
  ]

  private func make(
    _ kind: Scaffold.Kind, _ name: String, in files: [String: String] = tables
  ) throws -> Scaffold {
    try Scaffold.make(kind, name) { files[$0] }
  }

  @Test func aLibraryGetsAFolderATestAndARow() throws {
    let scaffold = try make(.library, "formats/PartitionTable")
    #expect(
      scaffold.files.keys.sorted() == [
        "libraries/Package.swift",
        "libraries/formats/partitiontable/PartitionTable.swift",
        "libraries/formats/partitiontable/README.md",
        "libraries/formats/partitiontable/Tests/PartitionTableTests.swift",
      ])
    #expect(
      scaffold.files["libraries/Package.swift"] == """
        let modules = [
          Module(name: "ABI", path: "abi"),
          Module(name: "PartitionTable", path: "formats/partitiontable"),
        ]

        """)
  }

  @Test func aCallGetsTheNextNumberAndAHandler() throws {
    let scaffold = try make(.call, "ReadMood")
    #expect(
      scaffold.files["libraries/abi/CallNumber.swift"]?.contains("case readMood = 8\n}") == true)
    let documents = scaffold.files["tools/documents/CallTable.swift"]
    #expect(documents?.contains("      B.self,\n      ReadMood.self,\n    ]") == true)
    let dispatch = scaffold.files["kernel/core/Calls/Dispatch.swift"]
    let row = "  case .readMood: return try handle(ReadMood(words(of: t)), t)\n  }\n}"
    #expect(dispatch?.contains(row) == true)
    #expect(scaffold.files["kernel/core/Calls/ReadMood.swift"] != nil)
  }

  @Test(arguments: [Scaffold.Kind.service, .driver])
  func aProgramGetsLogicATestAThinMainAndARow(_ kind: Scaffold.Kind) throws {
    let scaffold = try make(kind, "tape-drived")
    let root = "userland/\(kind)s/tape-drived"
    for file in ["README.md", "Tests/TapeDrivedTests.swift", "main/Main.swift"] {
      #expect(scaffold.files["\(root)/\(file)"] != nil)
    }
    let manifest = scaffold.files["userland/Package.swift"]
    #expect(manifest?.contains("name: \"tape-drived\", module: \"TapeDrived\"") == true)
  }

  @Test func aServiceIsStartedFromTheFirstMoment() throws {
    let scaffold = try make(.service, "clockd")
    let unit = scaffold.files["images/files/init.d/60_clockd.service"]
    #expect(unit?.contains("cmd = \"clockd\"\ntype = { scheme = \"clockd\" }\n") == true)
    #expect(scaffold.files["images/files/services/clockd"]?.contains("scheme clockd\n") == true)
    #expect(
      scaffold.files["images/minimal.toml"] == """
        [programs]
        "bin/init" = "init"
        "bin/clockd" = "clockd"

        [links]

        """)
  }

  @Test func nothingIsOverwritten() {
    var files = Self.tables
    files["libraries/thing/Thing.swift"] = ""
    #expect(throws: ScaffoldError.exists(path: "libraries/thing/Thing.swift")) {
      try make(.library, "Thing", in: files)
    }
  }

  @Test func aTableThatIsGoneIsReported() {
    #expect(
      throws: ScaffoldError.tableMissing(path: "libraries/Package.swift", line: "let modules = [")
    ) {
      try make(.library, "Thing", in: [:])
    }
  }

  @Test(arguments: ["", "thing", "Thing!", "../Thing/", "Ünits"])
  func aNameThatIsNoTypeIsRefused(_ name: String) {
    #expect(throws: ScaffoldError.self) { try make(.library, name) }
    #expect(throws: ScaffoldError.self) { try make(.call, name) }
    #expect(throws: ScaffoldError.self) { try make(.service, name == "thing" ? "Thing" : name) }
  }
}
