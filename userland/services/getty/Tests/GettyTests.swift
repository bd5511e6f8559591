// SPDX-License-Identifier: MIT
import Base
import Getty
import Testing

@Suite struct GettyTests {
  @Test func requestsAreRead() throws {
    let request = try GettyRequest(["-J", "--autologin", "root", "console"])
    #expect(request.terminal == "/scheme/pty/console" && request.user == "root")
    #expect(request.keepsScreen && !request.becomesShell)
    #expect(try GettyRequest(["/scheme/pty/3"]).terminal == "/scheme/pty/3")
    #expect(try GettyRequest(["/scheme/pty/3"]).user == nil)
    let again = try GettyRequest(Array(request.shellArguments.dropFirst()))
    #expect(again.becomesShell && again.user == "root" && again.terminal == request.terminal)
    let asking = try GettyRequest(["-J", "console"]).shellArguments
    #expect(asking == ["getty", "--become-shell", "/scheme/pty/console"])
    #expect(try GettyRequest(Array(asking.dropFirst())).user == nil)
  }

  @Test(arguments: [
    ([], GettyRequest.Mistake.missingTerminal), (["a", "b"], .tooManyOperands),
    (["-x", "a"], .unknownOption("-x")), (["-C", "a"], .contained), (["--help"], .help),
    (["a", "--autologin"], .missingValue("--autologin")),
  ])
  func mistakesAreNamed(_ arguments: [Text], _ mistake: GettyRequest.Mistake) {
    #expect(throws: mistake) { try GettyRequest(arguments) }
  }

  @Test func sessionsThatEndAtOnceAreSlowedDown() {
    var pause = Pause()
    #expect(pause.next(lasted: 10) == 100 && pause.next(lasted: 10) == 200)
    for _ in 0..<10 { _ = pause.next(lasted: 0) }
    #expect(pause.next(lasted: 0) == 5_000 && pause.next(lasted: 60_000) == 0)
  }
}
