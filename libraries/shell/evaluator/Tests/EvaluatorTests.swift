// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import ShellEvaluator

extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// What a script prints, errors after a bar, and its status.
private struct Result: Equatable {
  var output: String
  var error = ""
  var status = 0
}

private func run(_ script: String, _ system: MemorySystem = MemorySystem()) -> Result {
  let shell = Shell(system, arguments: ["test", "first"])
  _ = shell.run(Text(script))
  // Nothing that the shell opened may be left over.
  #expect(system.open.count == 3)
  return Result(
    output: String(decoding: system.output.bytes, as: UTF8.self),
    error: String(decoding: system.error.bytes, as: UTF8.self), status: shell.status)
}

@Suite("ShellEvaluator")
struct EvaluatorTests {
  @Test(arguments: [
    ("let x = 5; let x += 2; echo $x", "7\n"),
    ("let a b = 1 2; let a b = $b $a; echo $a $b", "2 1\n"),
    ("let x = 25; let x /= 4; echo $x", "6.25\n"), ("let x = 7; let x //= 2; echo $x", "3\n"),
    ("let x = 2; let x **= 3; echo $x", "8.0\n"),
    ("let a = [1 2]; let a ++= [3]; echo @a", "1 2 3\n"),
    ("let a = [1 2 1]; let a \\\\= 1; echo @a", "2\n"),
    ("let a = [1 2]; let a[1] = x; echo @a", "1 x\n"),
    (
      "let a = [1]; let b = @a; let c = [@a]; let c ++= [2 3]; let c ++= x; echo @a - @c",
      "1 - 1 2 3 x\n"
    ),
    ("let a = [1]; fn f; let a = [2]; let a ++= 3; echo @a; end; f; echo @a", "2 3\n1\n"),
    ("let a = [1]; if true; let a ++= [2]; end; echo @a $len(@a)", "1 2 2\n"),
    ("let m:bmap[int] = [b=2 a=1]; let m[c] = 3; echo @m @m[b]", "a 1 b 2 c 3 2\n"),
    ("let m:hmap[[int]] = [k=[1 2]]; echo @m[k]", "1 2\n"),
    ("let x ?= 1; let x ?= 2; echo $x", "1\n"),
    ("if true; let x = 1; end; echo $or($x none)", "none\n"),
    ("export X = 1; echo $X ${env::X}", "1 1\n"),
    ("X=1 echo $X", "1\n"), ("let b:bool = yes; echo $b", "true\n"), ("echo @args[1]", "first\n"),
  ])
  func variablesChange(script: String, output: String) {
    #expect(run(script) == Result(output: output))
  }

  @Test(arguments: [
    ("if false; echo a; else if true; echo b; else; echo c; end", "b\n"),
    ("for i in 1..4; echo $i; end", "1\n2\n3\n"),
    ("for a b in [1 2 3]; echo $a-$b; end", "1-2\n3-\n"),
    ("for i in 1..3; echo $or($x none) $i; let x = $i; drop i; end", "none 1\nnone 2\n"),
    ("for _ i in [1 2 3 4]; let y ?= $i; echo $y; end", "2\n4\n"),
    (
      "let x = 1; fn f; let x = 2; fn g; let x = 3; echo $x ${super::x} ${super::super::x}; end; g; "
        + "end; for i in 1..2; let x = 9; f; end; echo $x",
      "3 2 9\n9\n"
    ),
    ("let i = 0; while true; let i += 1; if test $i -gt 2; break; end; echo $i; end", "1\n2\n"),
    (
      "let a = 999999999999999999; let a += 1; echo $a; let a *= 10; echo $a; let a *= 10; echo $a",
      "1000000000000000000\n10000000000000000000\n100000000000000000000\n"
    ),
    (
      "let a = 3; let a -= 5; echo $a; let a -= 1; echo $a; let a = 07; let a += 1; echo $a",
      "-2\n-3\n8\n"
    ),
    (
      "let a = ' 4 '; let a += 1.5; echo $a; test ' 5 ' -ge 5.0 && test -1 -lt 0 && echo y",
      "5.5\ny\n"
    ),
    ("fn test a b; echo mine $b; end; test 1 2; alias echo = 'printf %s'; 'echo' x", "mine 2\nx\n"),
    ("if [ 3 -gt 2 ]; echo y; end; [ -n '' ] || echo n; [ a = b ]; echo $?", "y\nn\n1\n"),
    ("let x = 'a b'; [ $x = 'a b' -a ! -z $x ] && echo y", "y\n"),
    ("test a = b -o 1 -lt 2 && echo y; test 1 -lt 2 -a a = b || echo n", "y\nn\n"),
    ("test ! a = b && echo y; test -n -o; echo $?; test '' -o '' -o x && echo x", "y\n0\nx\n"),
    ("echo {08..11} {-1...01} {1..3}", "08 09 10 -01 00 01 1 2\n"),
    ("which -a cat echo", "/bin/cat\necho: built-in shell command\n"),
    ("for i in 1...4; if test $((i % 2)) -eq 0; continue; end; echo $i; end", "1\n3\n"),
    ("match b; case a; echo 1; case [b c]; echo 2; case _; echo 3; end", "2\n"),
    ("match x1; case 'x[0-9]' if false; echo 1; case 'x[0-9]'; echo 2; end", "2\n"),
    ("fn f a:int b; echo $b $a; return 3; echo no; end; f 1 x || echo $?", "x 1\n3\n"),
    ("fn f a:[str]; for x in @a; echo $x; end; end; f [p q]; f []", "p\nq\n"),
    ("fn f; echo ${super::x}; end; let x = 1; f", "1\n"), ("not false && echo yes", "yes\n"),
    ("false\nor echo b", "b\n"), ("true; and echo a; false; and echo b; echo c", "a\nc\n"),
    ("eval echo a '&&' echo b", "a\nb\n"),
    (
      "fn fac n; if test $n -lt 2; echo 1; else; "
        + "let m = $((n - 1)); echo $((n * $(fac $m))); end; end; fac 20", "2432902008176640000\n"
    ),
  ])
  func scriptsFlow(script: String, output: String) {
    #expect(run(script).output == output)
  }

  @Test(arguments: [
    ("echo a | upper", "A\n"), ("echo a | cat | upper | cat", "A\n"), ("upper <<< abc", "ABC\n"),
    ("cat << E\na $((1 + 1))\nE\n", "a 2\n"), ("fails ^| upper", "OH NO\n"),
    ("echo a > /f; echo b >> /f; cat < /f", "a\nb\n"), ("fails &> /f; upper < /f", "OH NO\n"),
    ("fails ^> /e; echo $?", "3\n"), ("echo $(echo a | upper)b", "Ab\n"),
    ("echo @(echo a b)[1]", "b\n"),
    ("fn f; read x; echo got $x; end; echo hi | upper | f | cat", "got HI\n"),
    ("fn g; echo out; end; g | upper", "OUT\n"),
    ("echo a | read x; echo $or($x nothing)", "nothing\n"),
    ("read x <<< hello; echo $x", "hello\n"),
    ("read -s x <<< hello; echo $?; exists -s x; echo $?", "1\n1\n"),
    ("fn a; echo 1; echo 2; end; a | mapfile l; echo ok", "ok\n"),
    ("alias up = 'upper | cat'; echo a | up | cat", "A\n"), ("yes &; wait", "y\n"),
    ("echo a | cat <<< b", "a\nb\n"),
    ("fn c; read x; read y; echo $x$y; end; echo a | c <<< b", "ab\n"),
    ("fn f; yes; cat; end; f <<< x; echo z | f", "y\nx\ny\nz\n"),
    ("fn f; yes; cat; end; f <<< x | f | upper", "Y\nY\nX\n"),
    ("echo f > /f; echo a | upper < /f <<< c", "A\nF\nC\n"), ("cat <<< x &; wait", "x\n"),
    ("fn f; yes; end; echo $(f | cat)", "y\n"), ("set -p; fails ^> /e | cat; echo $?", "3\n"),
    ("set -- a b; set - c; echo @args[1..]", "c\n"),
    ("set -- a b; set -; echo @args[1..]", "a b\n"),
    ("let a = [1 2 3]; let a[0] += 5; let a[1] ++= x; echo @a", "6 2x 3\n"),
    ("let a = [1 2]; let a[0] ?= 7; echo @a", "1 2\n"),
    ("let m:hmap[int] = [k=5]; let m[k] += 2; let m[n] ?= 3; echo @m[k] @m[n]", "7 3\n"),
    ("cd /bin; ..; pwd; cd /bin; .; pwd", "/\n/bin\n"), ("pwd -P ^> /e; echo $?", "1\n"),
    ("fn d a -- says a; echo $a; end; d x", "x\n"),
    ("echo -e 'a\\qb\\x41\\\\n'", "a\\qb\\x41\\n\n"),
    ("test -t 0; echo $?; isatty 2; echo $?", "0\n0\n"), ("echo x | test -t 0; echo $?", "1\n"),
    ("test -t 0 <<< x; echo $?; isatty 2 ^> /e; echo $?", "1\n1\n"),
    ("mapfile -x y ^> /e; echo $?", "1\n"),
    ("cd --help", "cd            change the working directory\n"), ("echo --help", "--help\n"),
    ("echo -e 'ab\\cd'; echo e", "abe\n"), ("status", "This is not a login shell\n"),
    ("set -- a b; set --; echo $len(@args)", "1\n"), ("set -o pipefail ^> /e; echo $?", "1\n"),
    ("echo $(cd /bin; pwd); pwd", "/bin\n/\n"),
    ("echo /bin/*", "/bin/cat /bin/fails /bin/upper /bin/waits /bin/yes\n"),
    ("cd /bin && echo c*; cd -; pwd", "cat\n/\n"),
  ])
  func pipelinesRun(script: String, output: String) {
    #expect(run(script).output == output)
  }

  @Test(arguments: [
    ("echo $x; echo no", "ion: expansion error: Variable \"x\" does not exist\n", 1),
    ("break; echo no", "ion: syntax error: break outside of a loop\n", 1),
    (
      "fn f; continue; end; for i in 1 2; f; end",
      "ion: syntax error: continue outside of a loop\n", 1
    ),
    ("nothing", "ion: pipeline execution error: command not found: nothing\n", 127),
    (
      "echo $(nothing); echo no",
      "ion: expansion error: Could not expand subprocess: pipeline execution error: "
        + "command not found: nothing\n", 1
    ),
    ("echo )", "ion: syntax error: 1:6: unexpected closing ')'\n", 1),
    (
      "fn f n:int; end; f a",
      "ion: function error: argument has invalid type: expected int, found value 'a'\n", 1
    ),
    ("let x:int = a", "ion: assignment error: x: expected int\n", 1),
    (
      "let a = [1]; let a[5] += 1",
      "ion: assignment error: cannot change 'a[5]', which does not exist\n", 1
    ),
    (
      "set -e; false; echo no",
      "ion: pipeline execution error: early exit: pipeline failed with error code 1\n", 1
    ),
    (
      "fn f; f; end; f",
      "ion: pipeline execution error: functions and blocks are nested too deeply\n", 1
    ),
    ("exit 5; echo no", "", 5),
    ("test a -eq 1", "ion: test: integer expression expected: 'a'\n", 2),
    (
      "alias a = b; alias b = a; a", "ion: pipeline execution error: aliases lead to one another\n",
      1
    ),
    ("let a b = 1", "ion: assignment error: missing values\n", 1),
    ("drop x", "ion: undefined variable: x\n", 1),
  ])
  func errorsEndAScript(script: String, error: String, status: Int) {
    #expect(run(script) == Result(output: "", error: error, status: status))
  }

  @Test(arguments: [
    ("cat < /none", "", 1), ("cat < /none || echo $?", "1\n", 0),
    ("echo a | cat < /none; echo b", "b\n", 0), ("fn f; cat < /none; echo $?; end; f", "1\n", 0),
    ("let x = $(cat < /none); echo \"<$x>\"", "<>\n", 0),
  ])
  func aRedirectionThatFailsEndsItsCommandAlone(script: String, output: String, status: Int) {
    let error =
      "ion: pipeline execution error: failed to redirect stdin to file '/none': "
      + "No such file or directory\n"
    #expect(run(script) == Result(output: output, error: error, status: status))
  }

  @Test(
    arguments: [
      "for i in 1..=9; killed; echo no; end", "killed; echo no", "killed || echo no",
      "while true; killed; end; echo no", "fn f; killed; echo no; end; f; echo no",
      "if killed; echo no; else; echo no; end; echo no", "upper < /dev/null | killed; echo no",
    ])
  func whatFollowsAnInterruptedProgramIsGivenUp(script: String) {
    let system = MemorySystem()
    system.files["/bin/killed"] = []
    system.files["/dev/null"] = []
    let shell = Shell(system)
    shell.isInteractive = true
    _ = shell.run(Text(script))
    #expect(!String(decoding: system.output.bytes, as: UTF8.self).contains("no"))
    #expect(system.started.count < 3 && shell.status == 130)
    // The next line is another matter.
    _ = shell.run("echo yes")
    #expect(String(decoding: system.output.bytes, as: UTF8.self).hasSuffix("yes\n"))
  }

  @Test func disownedJobsAreAskedHowTheyEnded() {
    let system = MemorySystem()
    let shell = Shell(system)
    _ = shell.run("waits & waits & disown %1; disown")
    #expect(shell.disowned == [1, 2] && shell.jobs.isEmpty)
    system.holdsBack = false
    shell.collectJobs()
    #expect(shell.disowned.isEmpty)
  }

  /// What has ended in the background is waited for before the next program starts, and told later.
  @Test func whatHasEndedIsWaitedForBeforeTheNextProgram() {
    let system = MemorySystem()
    for name in ["killed", "kill"] as [Text] { system.files["/bin/" + name] = [] }
    system.files["/dev/null"] = []
    let shell = Shell(system)
    shell.isInteractive = true
    _ = shell.run("killed &")
    #expect(shell.jobs.count == 1 && !shell.jobs[0].isOver)
    _ = shell.run("upper < /dev/null")
    #expect(shell.jobs.count == 1 && shell.jobs[0].isOver)
    func errors() -> String { String(decoding: system.error.bytes, as: UTF8.self) }
    #expect(!errors().contains("Signal"))
    let started = system.started.count
    _ = shell.run("kill %1")
    #expect(errors().hasSuffix("kill: %1: no such job\n") && system.started.count == started)
    _ = shell.run("fg")
    #expect(errors().hasSuffix("fg: the job has ended\n"))
    shell.collectJobs()
    #expect(errors().hasSuffix("ion: [1] Signal 2\tkilled\n") && shell.jobs.isEmpty)
    _ = shell.run("killed & upper < /dev/null")
    _ = shell.run("wait %1; echo $?")
    #expect(String(decoding: system.output.bytes, as: UTF8.self).hasSuffix("130\n"))
    #expect(shell.jobs.isEmpty)
  }

  /// A script that looks whether what it started still runs is not told of what has ended.
  @Test func scriptsDoNotSeeWhatHasEnded() {
    let system = MemorySystem()
    system.files["/bin/killed"] = []
    system.files["/dev/null"] = []
    let shell = Shell(system)
    _ = shell.run("killed & upper < /dev/null")
    #expect(shell.jobs.count == 1 && shell.jobs[0].isOver)
    _ = shell.run("wait %1; echo $?")
    #expect(String(decoding: system.output.bytes, as: UTF8.self).hasSuffix("130\n"))
    _ = shell.run("for i in 1..=1100; killed &; end; upper < /dev/null")
    #expect(shell.jobs.count < 1_010)
  }

  @Test func killTakesJobs() {
    let system = MemorySystem()
    system.files["/bin/kill"] = []
    _ = run(
      "waits & waits & kill %1; kill -9 %%; kill -s HUP -- %wai 7; kill -9 5; kill -l %3", system)
    let words = system.started.dropFirst(2).map { $0.words.map(\.string).joined(separator: " ") }
    #expect(
      words == ["kill -- 1", "kill -9 -- 2", "kill -s HUP -- 2 7", "kill -9 5"])
    let empty = MemorySystem()
    empty.files["/bin/kill"] = []
    let other = run("kill %1; echo $?", empty)
    #expect(other.output == "1\n" && other.error.hasSuffix(" kill: %1: no such job\n"))
  }

  @Test func aFunctionAndAProgramPassMoreThanAPipeHolds() {
    let script = """
      fn many; for i in 1..20001; echo $i; end; end
      fn count; let n = 0; read x; while test $x -gt 0; let n += 1; read x || break; end; echo $n; end
      many | cat | count
      """
    #expect(run(script).output == "20000\n")
  }

  /// The manual's own example.
  @Test func theFirstExamplesWork() {
    let script = """
      # Variables with types
      let name = "Redox"
      let count: int = 42
      # Array operations
      let files = [file1.txt file2.txt file3.txt]
      echo @files
      fn greet name
      echo "Hello, $name !"
      end
      greet "World"
      # Try-catch style error handling
      if test -f file.txt
      cat file.txt
      else
      echo "File not found"
      end
      """
    let output = "file1.txt file2.txt file3.txt\nHello, World !\nFile not found\n"
    #expect(run(script) == Result(output: output))
  }

  @Test(arguments: [
    ("true &&", true), ("a ||\n", true), ("a |", true), ("a && # more", true),
    ("a | b &&\nc |", true),
    ("if true", true), ("echo 'a", true), ("a &&\nb", false), ("true", false), ("> f", false),
    ("&& a", false), (")", false), ("a &", false),
  ])
  func moreLinesAreAskedFor(_ text: String, _ isIncomplete: Bool) {
    #expect(Shell<MemorySystem>.isIncomplete(Text(text)) == isIncomplete)
  }

  /// Doubling a text again and again ends in an error, not in a trap.
  @Test(arguments: ["let s = $s$s", "let s ++= $s", "let s = $join(l $s)"])
  func whatGrowsHasALimit(step: String) {
    let result = run("let l = [{1...1000}]; let s = aaaaaaaa; while \(step); end; echo $?")
    #expect(result.error.hasPrefix("ion: ") && result.status <= 1)
  }

  @Test func aLongScriptRunsAsAShortOneDoes() {
    let lines = String(repeating: "true abcdefgh\n", count: 20_000)
    #expect(run(lines + "fn f; exit 3; end\necho a; f\necho b") == Result(output: "a\n", status: 3))
    let wrong = run("echo a\n" + lines + "end\n")
    #expect(wrong.output.isEmpty && wrong.error.hasPrefix("ion: syntax error: 20002:"))
    let failing = run(lines + "echo a\nnosuch\necho b $?\n")
    #expect(failing.output == "a\nb 127\n" && failing.status == 0)
  }

  @Test func whatFailsDeepInsideIsSaidOnce() {
    #expect(run("fn f; f | f; end; f | f | cat").error.hasSuffix("nested too deeply\n"))
    let result = run("fn f\n echo $(f)\nend\nf")
    #expect(
      result.error.hasSuffix(
        "expansion error: Could not expand subprocess: pipeline execution "
          + "error: functions and blocks are nested too deeply\n"))
    #expect(result.error.utf8.count < 200)
  }

  @Test func builtinsAreSorted() {
    let names = Builtin.all.map { Text($0.name) }
    #expect(names == names.sorted())
    for name in names { #expect(Builtin(name: name) != nil) }
  }
}
