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
    (
      "let m:bmap[str] = [k1=v1 'k 2=v 2' \"a\"=1]; echo @keys(m) : @values(m)",
      "a k 2 k1 : 1 v 2 v1\n"
    ),
    (
      "let p = [x=1 y=2]; let q = z=3; let m:bmap[str] = [@p $q]; echo @keys(m) : @values(m)",
      "x y z : 1 2 3\n"
    ),
    ("let m:bmap[int] = [@(echo x=1 y=2)]; echo @m[y]", "2\n"),
  ])
  func mapsAreMadeOfTexts(script: String, output: String) { #expect(run(script).output == output) }

  @Test(arguments: [
    ("let a = 1; fn demo; let a = 2; fn bar; echo $a; end; bar; end; demo", "2\n"),
    (
      "fn outer; let l = 7; fn inner; echo in $l; let l += 1; end; inner; echo $l; end; outer",
      "in 7\n7\n"
    ),
    (
      "let v = 0; fn mk; let v = 1; fn made; echo $v; end; end; mk; fn o; let v = 5; made; end; o",
      "0\n"
    ),
    ("let v = 0; fn show; echo $v; end; fn call; let v = 5; show; end; call", "0\n"),
    ("if true; let b = 3; fn f; for i in 1; echo $b $i; end; end; f; end", "3 1\n"),
  ])
  func functionsSeeWhatIsAroundTheirDefinition(script: String, output: String) {
    #expect(run(script).output == output)
  }

  @Test(arguments: [
    ("false; let r = $?; echo $r $?", "1 0\n"), ("false; let a b = $? 5; echo $a $b", "1 5\n"),
    ("let n = 2; false; let n += $?; echo $n", "3\n"), ("false; export R = $?; echo $R", "1\n"),
    ("if test a = b; else; echo $?; end", "1\n"), ("if false; else; end; echo $?", "0\n"),
    ("if false; end; echo $?", "0\n"),
    (
      "echo $parent('/usr/lib/') $parent('a/b/') $parent('/a/') $parent('x//y') $parent('a') $parent('/') .",
      "/usr a / x   .\n"
    ),
    ("echo $regex_replace('aaa b' 'a*' 'x') $regex_replace('xay' 'a*' '-')", "x xbx -x-y-\n"),
    ("echo $regex_replace('ab' '(a)(b)' '${2}${1}') $regex_replace('foo' 'o' '$$')", "ba f$$\n"),
    ("echo $escape('$H *.t [a] {b} c_d;')", "\\$H \\*\\.t \\[a\\] \\{b\\} c_d;\n"),
    ("let t = [@split('a;;b;' ';')]; echo $len(@t) @t", "4 a  b \n"),
    ("false; wait; echo $?", "0\n"), ("false & wait; echo $?", "0\n"),
    ("exists -x y || echo no; exists -f; echo $?", "no\n0\n"), ("math 1 / || echo $?", "1\n"),
    ("math 5 % 0; echo on", "on\n"),
    ("random; random 2 9; random 10 5 100; random choice a b c", "4\n6\n30\nb\n"),
    ("random 1 || random 9 2 || random 1 0 5 || random choice || echo no", "no\n"),
  ])
  func aStatusIsThatOfTheCommandBefore(script: String, output: String) {
    #expect(run(script).output == output)
  }

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
