// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// getty without `--autologin` on a terminal of ours, and who tries to log in there. The users are
/// those of `images/tests.toml`.
enum Login {
  static func asksForPasswords() throws(TestFailure) {
    var screen = try Screen()
    let path: Text
    do throws(SystemError) { path = try screen.terminal.path() } catch {
      throw TestFailure(reason("the terminal's path", error))
    }
    let getty = try start(["-J", path])
    defer { end(getty) }
    try refuse(&screen)
    try letIn(&screen)
    try endBySignals(&screen)
    screen.close()
  }

  /// The terminal of the session stays root's, as what was started from that runs on there.
  static func inSessionOfRoot() throws(TestFailure) {
    var screen = try Screen()
    let path = try succeed("the terminal's path") { () throws(SystemError) in
      try screen.terminal.path()
    }
    let getty = try start(["-J", "--autologin", "root", path])
    defer { end(getty) }
    try type(&screen, "id", ["uid=0(root)"])
    try screen.type("login ada\r")
    try screen.await("Password: ")
    try screen.type("correct horse\r")
    try type(&screen, "id; echo wri$(echo tten) > /dev/tty", ["uid=1001(ada)", "written"])
    try expect(try isOwned(screen.handle, by: 0), "the terminal is root's meanwhile")
    try type(&screen, "exit", [])
    try type(&screen, "id", ["uid=0(root)"])
    try expect(try isOwned(screen.handle, by: 0), "the terminal is root's afterwards")
    screen.close()
  }

  private static func isOwned(_ terminal: Handle, by user: UInt32) throws(TestFailure) -> Bool {
    let facts = try succeed("the terminal's status") { () throws(SystemError) in
      try terminal.status()
    }
    return facts.user == user && facts.group == user && facts.mode & 0o777 == 0o620
  }

  private static func start(_ arguments: [Text]) throws(TestFailure) -> UInt32 {
    var program = Program("/bin/getty", ["getty"] + arguments)
    program.environment = ["TERM=dumb"]
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw TestFailure(reason("getty", error.reason))
    }
  }

  private static func end(_ getty: UInt32) {
    do throws(SystemError) {
      try Process.signal(Int(getty), .kill)
      _ = try Process.wait(.process(getty))
    } catch { return }
  }

  /// A name, and a password that is not seen.
  private static func answer(
    _ screen: inout Screen, _ name: Text, _ password: Text
  ) throws(TestFailure) {
    try screen.await("login: ")
    try screen.type(name + "\r")
    try screen.await(name + "\r\n")
    try screen.await("Password: ")
    try screen.type(password + "\r")
  }

  private static func refuse(_ screen: inout Screen) throws(TestFailure) {
    for (name, password) in [
      ("ada", "wrong horse"), ("locked", "correct horse"), ("nobody", ""),
    ] as [(Text, Text)] {
      try answer(&screen, name, password)
      let shown = try screen.await("Login incorrect\r\n")
      try expect(shown == "\r\nLogin incorrect\r\n", "nothing of a password is seen")
    }
  }

  private static func letIn(_ screen: inout Screen) throws(TestFailure) {
    try answer(&screen, "ada", "correct horse")
    let greeting = try screen.await("everything is a scheme")
    try expect(greeting.firstIndex(of: "horse") == nil, "the right password is not seen")
    try type(&screen, "id; pwd; tty", ["uid=1001(ada)", "/home/ada", "/scheme/pty/"])
    try type(&screen, "cat /etc/shadow", ["ermission denied"])
    try type(&screen, "stat -c %a/%u /etc/shadow", ["600/0"])
    try expect(try isOwned(screen.handle, by: 1001), "the terminal is ada's")
    try type(&screen, "chmod 666 $(tty); echo op$(echo ened)", ["opened"])
    try type(&screen, "exit", [])
    // Whoever has no password is not asked for one.
    try screen.await("login: ")
    try expect(try isOwned(screen.handle, by: 0), "the terminal is root's again")
    try screen.type("user\r")
    let seen = try screen.await("everything is a scheme")
    try expect(seen.firstIndex(of: "Password") == nil, "no password asked for")
    try type(&screen, "id", ["uid=1000(user)"])
    try type(&screen, "exit", [])
  }

  private static func type(
    _ screen: inout Screen, _ line: Text, _ answers: [Text]
  ) throws(TestFailure) {
    try screen.type(line + "\r")
    for answer in answers { try screen.await(answer) }
  }

  /// Each ends login, and getty's next one shows again what is typed.
  private static func endBySignals(_ screen: inout Screen) throws(TestFailure) {
    for character in ["\u{3}", "\u{4}", "\u{1C}"] as [Text] {
      try screen.await("login: ")
      try screen.type("ada\r")
      try screen.await("ada\r\n")
      try screen.await("Password: ")
      try screen.type("half" + character)
      if character == "\u{4}" { try screen.type(character) }
    }
    try screen.await("login: ")
    try screen.type("\u{4}")
    try screen.await("login: ")
  }
}
