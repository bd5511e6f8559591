// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import ShellEvaluator

/// Scripts that are long, deep or meant to harm. What bounds them is in `ParserLimits`,
/// `ExpansionLimits`, `ShellLimits` and `EditorLimits`.
@Suite("Robustness")
struct RobustnessTests {
  private func run(_ script: Text) -> (output: [UInt8], error: String, status: Int) {
    let system = MemorySystem()
    let shell = Shell(system, arguments: ["test"])
    _ = shell.run(script)
    #expect(system.open.count == 3)
    return (
      system.output.bytes, String(decoding: system.error.bytes, as: UTF8.self), shell.status
    )
  }

  private func run(_ script: String) -> (output: [UInt8], error: String, status: Int) {
    run(Text(script))
  }

  @Test func scriptsOfTenMegabytesRun() {
    let line = "let x += 1 # " + String(repeating: "comment ", count: 100) + "\n"
    let script = "let x = 0\n" + String(repeating: line, count: 13_000) + "echo $x\n"
    #expect(script.utf8.count > 10 << 20)
    #expect(run(script).output == Array("13000\n".utf8))
    // A mistake at its end is found before anything runs.
    let wrong = run(script + "end\n")
    #expect(wrong.output == [])
    #expect(wrong.error == "ion: syntax error: 13003:1: 'end' without a block to close\n")
    // Errors still name their line.
    #expect(run(script + "nosuch\n").error.hasPrefix("ion: line 13003: "))
  }

  @Test func linesOfAMegabyteRun() {
    let long = [UInt8](repeating: 0x78, count: 1 << 20)
    #expect(run(Text(Array("echo ".utf8) + long)).output.count == 1 << 20 + 1)
    #expect(run(Text(Array("echo '".utf8) + long + [0x27])).output.count == 1 << 20 + 1)
    var words = Array("echo".utf8)
    for _ in 0..<(1 << 18) { words += [0x20, 0x61, 0x61, 0x61] }
    #expect(run(Text(words)).output.count == 1 << 20)
  }

  @Test(arguments: [
    "fn f; f; end; f", "fn f; echo $(f); end; f", "fn f; f | cat; end; f",
    "fn f; eval f; end; f", "fn f; if f; true; end; end; f", "fn f a; f @[$(f 1)]; end; f 1",
    "fn f; echo $((1 + $(f))); end; f", "fn f; for i in $(f); true; end; end; f",
    "fn f; match $(f); case _; f; end; end; f", "fn f; g; end; fn g; f; end; f",
    "alias a = b; alias b = a; a", "fn f\n echo $len($len($len($len($len($(f))))))\nend\nf",
  ])
  func recursionEnds(script: String) {
    let result = run(script)
    #expect(result.status != 0)
    #expect(result.error.contains("too deeply") || result.error.contains("lead to one another"))
  }

  @Test(arguments: [
    ("if true\n", "end\n"), ("echo $(", ")"), ("echo $len(", ")"), ("echo {a,", "}"),
    ("let x = [", "]"), ("echo \"$(", ")\""), ("fn f; ", "end; "), ("for i in 1; ", "end; "),
    ("match 1; case _; ", "end; "), ("echo @(", ")"), ("while false; ", "end; "),
  ])
  func nestingEnds(opening: String, closing: String) {
    for count in [50, 5000] {
      let script =
        String(repeating: opening, count: count) + " true "
        + String(repeating: closing, count: count)
      let result = run(script)
      if count > 100 { #expect(result.error.contains("nested too deeply"), "\(opening)") }
    }
    // Arithmetic counts its own parentheses.
    let parentheses =
      String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
    #expect(run("echo $(( \(parentheses) ))").status != 0)
  }

  @Test func hostilePatternsTakeLittleTime() {
    let system = MemorySystem()
    system.files["/" + Text([UInt8](repeating: 0x61, count: 250))] = []
    let stars = String(repeating: "*a", count: 120) + "b"
    let shell = Shell(system, arguments: ["test"])
    _ = shell.run(Text("echo \(stars)"))
    #expect(shell.status == 0)
    for pattern in [
      "(a*)*b", "(a|a)*b", "(a|aa)+$x", "((a+)+)+b", "a{1000}{1000}", "(((((a*)*)*)*)*)*",
    ] {
      let text = String(repeating: "a", count: 2000)
      #expect(run("matches \(text) '\(pattern)'").status < 3)
    }
  }

  @Test func expansionsThatExplodeAreRefused() {
    for script in [
      "echo {1..999999999}", "echo {1..1000}{1..1000}{1..1000}",
      "let x = aaaaaaaaaa; for i in 1..30; let x = $x$x; end; echo $len($x)",
      "echo $repeat('aaaaaaaa' 999999999)", "echo @(echo {a,b}{a,b}{a,b})[99999999999999999999]",
    ] {
      let result = run(script)
      #expect(result.status != 0, "\(script)")
      #expect(!result.error.isEmpty, "\(script)")
    }
  }

  @Test func anyBytesAreAScript() {
    #expect(run(Text([0x65, 0x63, 0x68, 0x6F, 0x20, 0xFF, 0xC3, 0x28])).status <= 127)
    #expect(run(Text([UInt8](repeating: 0, count: 1000))).status == 127)
  }
}
