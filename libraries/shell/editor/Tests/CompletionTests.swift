// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import ShellEditor

@Suite("Completion")
struct CompletionTests {
  private static let names =
    [
      "alpha", "alphabet", "beta", ".hidden", "with space", "we\"ird", "it's", "$x", "日本", "日中",
    ].map { Completion.Candidate(Text($0)) } + [Completion.Candidate("sub", isDirectory: true)]

  /// What is typed, with a tab, and the line.
  @Test(arguments: [
    ("x b\t", "x beta |"), ("x al\t", "x alpha|"), ("x alphab\t", "x alphabet |"),
    ("x su\t", "x sub/|"), ("x z\t", "x z|"), ("x wi\t", "x with\\ space |"),
    ("x \"wi\t", "x \"with space\" |"), ("x 'wi\t", "x 'with space' |"),
    ("x with\\ \t", "x with\\ space |"), ("x we\t", "x we\\\"ird |"),
    ("x \"we\t", "x \"we\\\"ird\" |"), ("x it\t", "x it\\'s |"), ("x 'it\t", "x 'it'\\''s' |"),
    ("x \\$\t", "x \\$x |"), ("x 日\t", "x 日|"), ("x .\t", "x .hidden |"),
    ("x dir/b\t", "x dir/beta |"), ("x 'dir/b\t", "x 'dir/beta' |"),
    ("x \"b\"\u{02}\t", "x \"beta|\""), ("x by\u{02}\t", "x beta|y"),
    ("x --file=b\t", "x --file=beta |"),
    ("x; b\t", "x; beta |"), ("echo $alphab\t", "echo $alphabet|"),
    ("echo ${alphab\t", "echo ${alphabet}|"), ("echo \"$alphab\t", "echo \"$alphabet|"),
    ("x we\"\t", "x we\\\"ird |"), ("x \"w\"i\t", "x \"with space\" |"),
  ])
  func tabCompletes(typed: String, line: String) {
    var typist = Typist(columns: 60)
    typist.names = Self.names
    typist.begin()
    typist.type(typed)
    #expect(typist.marked == line)
  }

  /// A line, and what of it is to be completed: kind, directory and prefix.
  @Test(arguments: [
    ("l", "command", "", "l"), ("", "command", "", ""), ("ls ", "file", "", ""),
    ("ls a", "file", "", "a"), ("ls a/b", "file", "a/", "b"), ("./a", "file", "./", "a"),
    ("ls | gr", "command", "", "gr"), ("a && b", "command", "", "b"), ("a > b", "file", "", "b"),
    ("a ^> b", "file", "", "b"), ("a &> b", "file", "", "b"), ("if tes", "command", "", "tes"),
    ("echo $(da", "command", "", "da"), ("echo \"$(da", "command", "", "da"),
    ("echo $(date) a", "file", "", "a"), ("echo @(ls a", "file", "", "a"),
    ("echo $HO", "string", "", "HO"), ("echo @ar", "array", "", "ar"),
    ("echo ${HO", "string", "", "HO"), ("echo ${env::HO", "string", "", "env::HO"),
    ("echo $HOME/a", "file", "$HOME/", "a"), ("ls ~/a", "file", "~/", "a"),
    ("ls '$HO", "file", "", "$HO"), ("ls a\\ b", "file", "", "a b"),
    ("let x = [a b", "file", "", "b"),
    ("a\nb", "command", "", "b"), ("ls # a", "file", "", ""), ("ls \\$HO", "file", "", "$HO"),
  ])
  func targetsAreFound(line: String, kind: String, directory: String, prefix: String) {
    let bytes = Array(line.utf8)
    let target = CompletionTarget(bytes, cursor: bytes.count)
    let found =
      switch target.kind {
      case .command: "command"
      case .file: "file"
      case .variable(let isArray, _): isArray ? "array" : "string"
      }
    #expect(found == kind)
    #expect(target.directory.string == directory)
    #expect(target.prefix.string == prefix)
  }

  @Test func commandOfArgumentsIsKnown() {
    let line = Array("if true; cd a/b".utf8)
    let target = CompletionTarget(line, cursor: line.count)
    #expect(target.command == "cd" as Text?)
    #expect(target.start == 14)
  }

  @Test func secondTabLists() {
    var typist = Typist(columns: 24, rows: 10)
    typist.names = Self.names
    typist.begin()
    typist.type("x \t")
    #expect(typist.terminal.text == ["$ x"])
    typist.type("\t")
    #expect(
      typist.terminal.text == [
        "$ x", "$x          sub/", "alpha       we\"ird", "alphabet    with space",
        "beta        日中", "it's        日本", "$ x",
      ])
    typist.type("b\t")
    #expect(typist.marked == "x beta |")
  }

  @Test func manyAreListedOnlyIfWanted() {
    var typist = Typist(columns: 80, rows: 40)
    typist.names = (0..<200).map { Completion.Candidate(Text("name\($0)")) }
    typist.begin()
    typist.type("x n\t\t")
    #expect(typist.terminal.text.last == "Display all 200 possibilities? (y or n)")
    typist.type("n")
    #expect(typist.terminal.text.last == "$ x name")
    typist.type("\t\ty")
    #expect(typist.terminal.text.contains { $0.hasPrefix("name0 ") })
    #expect(typist.terminal.text.last == "$ x name")
  }

  @Test func anyLineHasATarget() {
    var random = SeededGenerator(seed: 9)
    let pieces = Array("a/ '\"\\$@{}()[]|&;<>~=#\n".utf8) + [0xFF]
    for _ in 0..<3000 {
      let line = (0..<(random.next() % 20)).map { _ in
        pieces[Int(random.next() % UInt64(pieces.count))]
      }
      let target = CompletionTarget(line, cursor: line.count)
      #expect(target.start <= line.count)
    }
  }
}
