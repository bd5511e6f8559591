// SPDX-License-Identifier: MIT
import Base
import Getty
import Testing
import Users

@Suite struct GettyTests {
  @Test func requestsAreRead() throws {
    let request = try GettyRequest(["-J", "--autologin", "root", "console"])
    #expect(request.terminal == "/scheme/pty/console" && request.user == "root")
    #expect(request.keepsScreen && !request.becomesShell)
    #expect(try GettyRequest(["/scheme/pty/3"]).terminal == "/scheme/pty/3")
    #expect(try GettyRequest(["/scheme/pty/3"]).user == nil)
    let again = try GettyRequest(Array(request.shellArguments("root").dropFirst()))
    #expect(again.becomesShell && again.user == "root" && again.terminal == request.terminal)
  }

  @Test(arguments: [
    ([], GettyRequest.Mistake.missingTerminal), (["a", "b"], .tooManyOperands),
    (["-x", "a"], .unknownOption("-x")), (["-C", "a"], .contained), (["--help"], .help),
    (["a", "--autologin"], .missingValue("--autologin")),
  ])
  func mistakesAreNamed(_ arguments: [Text], _ mistake: GettyRequest.Mistake) {
    #expect(throws: mistake) { try GettyRequest(arguments) }
  }

  @Test func theShellKnowsWhoAndWhere() throws {
    let entry = try #require(UserEntry(line: "ada;1000;1000;Ada;/home/ada;/bin/ion"))
    let shell = LoginShell(entry, terminal: "/scheme/pty/console", type: "xterm-256color")
    #expect(shell.path == "/bin/ion" && shell.arguments == ["-ion"] && shell.home == "/home/ada")
    #expect(shell.environment.contains("USER=ada") && shell.environment.contains("HOME=/home/ada"))
    #expect(shell.environment.contains("TERM=xterm-256color"))
  }

  @Test func sessionsThatEndAtOnceAreSlowedDown() {
    var pause = Pause()
    #expect(pause.next(lasted: 10) == 100 && pause.next(lasted: 10) == 200)
    for _ in 0..<10 { _ = pause.next(lasted: 0) }
    #expect(pause.next(lasted: 0) == 5_000 && pause.next(lasted: 60_000) == 0)
  }
}
