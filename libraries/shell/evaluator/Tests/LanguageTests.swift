// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import ShellEvaluator

/// What a script prints, its errors and its status.
private func run(
  _ script: String, _ system: MemorySystem = MemorySystem(), file: String = ""
) -> (output: String, error: String, status: Int) {
  let shell = Shell(system, arguments: ["test"])
  shell.fileName = Text(file)
  _ = shell.run(Text(script))
  // Nothing that the shell opened may be left over.
  #expect(system.open.count == 3)
  return (
    String(decoding: system.output.bytes, as: UTF8.self),
    String(decoding: system.error.bytes, as: UTF8.self), shell.status
  )
}

@Suite("Language")
struct LanguageTests {
  @Test(arguments: [
    ("match b; case a @ x; echo no; case _ @ x; echo $x; end", "b\n"),
    ("match [p q]; case q @ x; echo @x[1]; end", "q\n"),
    ("match 5; case _ @ n if test $n -gt 7; echo big; case _ @ n; echo small $n; end", "small 5\n"),
    ("let x = 1; match 2; case _ @ x; echo $x; end; echo $x", "2\n1\n"),
  ])
  func casesBind(script: String, output: String) { #expect(run(script).output == output) }

  @Test(arguments: [
    ("echo a > one > two", "a\n", "a\n"), ("echo a | cat > one > two", "a\n", "a\n"),
    ("fn f; echo x; echo y | cat; end; f > one > two", "x\ny\n", "x\ny\n"),
    ("echo a | cat &> one > two", "a\n", "a\n"),
    ("echo a > one; echo b >> one > two", "a\nb\n", "b\n"),
    ("fails &> one ^> two", "oh no\n", "oh no\n"),
  ])
  func outputIsCopied(script: String, one: String, two: String) {
    let system = MemorySystem()
    let result = run(script, system)
    #expect(String(decoding: system.files["/one"] ?? [], as: UTF8.self) == one)
    #expect(String(decoding: system.files["/two"] ?? [], as: UTF8.self) == two)
    #expect(result.output == "")
  }

  @Test(arguments: ["echo a > one | upper", "echo a | cat > one | upper"])
  func nextStageIsAnOutputToo(script: String) {
    let system = MemorySystem()
    #expect(run(script, system).output == "A\n")
    #expect(system.files["/one"] == Array("a\n".utf8))
  }

  @Test(arguments: [
    ("true\n\necho $missing", "line 3: "), ("echo $missing", ""),
    ("fn f\n echo $missing\nend\n\nf", "line 2: "),
    ("fn f\n true\nend\nf\necho $missing", "line 5: "),
    ("if true\n\n nosuch\nend", "line 3: "), ("true\n# c\ncd /nowhere", "line 3: "),
    ("true\neval 'true\ntrue\necho $missing'", "line 2: "),
    ("true\nwhile test $missing = 1\ntrue\nend", "line 2: "),
  ])
  func errorsNameTheirLine(script: String, place: String) {
    #expect(run(script).error.hasPrefix("ion: " + place))
    let line = place.split(separator: " ").last.map { $0.dropLast() } ?? "1"
    let inFile = run(script, file: "a.ion").error
    #expect(inFile.hasPrefix("ion: a.ion:\(line.isEmpty ? "1" : line): "), "\(inFile)")
  }

  @Test func syntaxErrorsHaveTheirOwnPlace() {
    #expect(
      run("true\nend", file: "a.ion").error == "ion: a.ion: syntax error: 2:1: "
        + "'end' without a block to close\n")
  }

  @Test func sessionBuiltinsAnswer() {
    #expect(run("history; keybindings vi; debug on; echo x; debug off; echo y").output == "x\ny\n")
    #expect(run("history +share").status == 1)
    #expect(run("keybindings").status == 1)
    #expect(run("debug maybe").status == 1)
    #expect(run("source-sh 'X=1'").status == 127)
  }

  /// Without a second shell what is the shell's own runs at once.
  @Test func backgroundRunsWhatItCan() {
    #expect(run("fn f; echo x; end; f &").output == "x\n")
  }

  @Test func secondShellNeedsNoVariableThatNothingNames() {
    let system = MemorySystem()
    system.shellProgram = "/bin/ion"
    system.files["/bin/ion"] = []
    system.files["/big"] = [UInt8](repeating: 0x78, count: 200_000)
    let script =
      "let big = $(cat < /big); let code = 'echo $tail'; let tail = t; eval $code > out &"
    #expect(run(script, system).status == 0)
    let words = system.started.last?.words.map(\.string) ?? []
    #expect(
      words.last == "let code = 'echo $tail'\nlet tail = 't'\neval $code > out \n",
      "\(words.last ?? "")")
    #expect(run("let big = $(cat < /big); echo $big > out &", system).status == 1)
  }

  @Test func secondShellKnowsTheFirst() {
    let system = MemorySystem()
    system.shellProgram = "/bin/ion"
    system.files["/bin/ion"] = []
    let script =
      "alias l = 'echo a'; let s = \"it's\"; let a = [1 'b c']; let m:hmap[int] = [k=1]\n"
      + "fn f x # note\n  echo $x @a\nend\nf $s > out &"
    #expect(run(script, system).status == 0)
    let words = system.started.map { $0.words.map(\.string) }
    #expect(words.count == 1)
    #expect(words.first?.first == "ion")
    #expect(
      words.first?.last == "alias l = 'echo a'\nlet a = ['1' 'b c']\nlet args = ['test']\n"
        + "let m:hmap[str] = [k='1' ]\nlet s = 'it'\\''s'\n"
        + "fn f x # note\n  echo $x @a\nend\nf $s > out \n")
    // And runs what it is told.
    let second = MemorySystem()
    _ = run(words.first?.last ?? "", second)
    #expect(second.files["/out"] == Array("it's 1 b c\n".utf8))
  }
}
