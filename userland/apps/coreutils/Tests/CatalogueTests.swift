// SPDX-License-Identifier: MIT
import Base
import Testing
import UtilityFrame
import UtilityModel
import Utilities

private func string(_ text: Text) -> String { String(decoding: text.bytes, as: UTF8.self) }

@Test func eachRowNamesItsManualOnce() {
  var names: Set<String> = []
  for utility in Catalogue.table.utilities {
    #expect("\(utility.name)" == "\(utility.manual().name)")
    #expect(names.insert("\(utility.name)").inserted)
  }
}

@Test func everyManualFitsATerminal() {
  for utility in Catalogue.table.utilities {
    for line in utility.manual().help.lines() {
      #expect(line.columnCount <= 80, "\(utility.name): \(string(line))")
    }
  }
}

@Test func everyUtilityPrintsItsHelp() {
  let table = Catalogue.table
  for utility in table.utilities {
    let run = ModelSystem().run(table, ["\(utility.name)", "--help"])
    #expect(run.status == 0 && run.errors.isEmpty, "\(utility.name): \(run.errors)")
    #expect(run.output == string(utility.manual().help), "\(utility.name)")
  }
}

@Test func aProgramIsCalledByItsNameOrThroughTheMultiCallProgram() {
  let table = Catalogue.table
  #expect(ModelSystem().run(table, "/bin/echo a b").output == "a b\n")
  #expect(ModelSystem().run(table, "coreutils echo a b").output == "a b\n")
  #expect(ModelSystem().run(table, "coreutils --list").output.contains("\necho\n"))
  let unknown = ModelSystem().run(table, "coreutils frobnicate")
  #expect(unknown.status == 2)
  #expect(unknown.errors == "coreutils: there is no utility 'frobnicate'\n")
}

@Test func aWrongOptionIsNamedWithAHint() {
  let run = ModelSystem().run(Catalogue.table, "ls -z")
  #expect(run.status == 2)
  #expect(run.errors == "ls: unknown option -- 'z'\nTry 'ls --help'.\n")
}

@Test func outputThatCannotBeWrittenFailsTheUtility() {
  let system = ModelSystem()
  system.outputFailure = .noSpace
  let full = system.run(Catalogue.table, "echo a")
  #expect(full.status == 1)
  #expect(full.errors == "echo: standard output: no space left on device\n")
  system.outputFailure = .brokenPipe
  let unread = system.run(Catalogue.table, "echo a")
  #expect(unread.status == 141 && unread.errors.isEmpty)
}

@Test(
  arguments: [
    ("grep a f", 2), ("grep -c a f", 2), ("sort f", 2), ("cmp f g", 2), ("cmp -l f g", 2),
    ("ls f", 2), ("env", 125), ("cat f", 1), ("seq 3", 1), ("uniq f", 1),
  ] as [(String, Int32)])
func lostOutputIsNoAnswer(_ command: String, _ status: Int32) {
  let system = ModelSystem()
  system.put("/f", "a\n")
  system.put("/g", "b\n")
  system.variables = ["A=b"]
  system.outputFailure = .noSpace
  let run = system.run(Catalogue.table, command)
  #expect(
    run.status == status && run.errors.hasSuffix("standard output: no space left on device\n"))
}

/// Whatever the arguments are, a utility ends and leaves no file open.
@Test func noArgumentsTrapAUtility() {
  let table = Catalogue.table
  var random = SystemRandomNumberGenerator()
  let words = [
    "-", "--", "-a", "-n", "-1", "x", "/", "..", "\u{1B}", "", "--help=", "-l", "+5", "a=b", "%",
    "99999999999999999999", "--color", "*", "\n", "-x", "0", "1:2", "-rf", "s", "d",
  ]
  for utility in table.utilities {
    // It would run for ever, and is to.
    if "\(utility.name)" == "yes" { continue }
    for _ in 0..<60 {
      let system = ModelSystem()
      system.put("/x", "one\ntwo\n")
      system.changesLeft = 200
      let count = Int.random(in: 0..<5, using: &random)
      let arguments = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
      _ = system.run(table, ["\(utility.name)"] + arguments)
      #expect(system.openCount == 0, "\(utility.name) \(arguments)")
    }
  }
}
