// SPDX-License-Identifier: MIT
import Base
import Testing
import Users

@Test func usersAreRead() {
  let table = UserTable(
    parsing: "root;0;0;root;/root;/bin/ion\nuser;1000;1000;A User;/home/user;/bin/ion")
  #expect(table.entries.count == 2)
  #expect(table.entry(named: "root")?.home == "/root" as Text)
  #expect(table.entry(identifier: 1000)?.name == "A User" as Text)
  #expect(table.entry(named: "nobody") == nil)
}

@Test func linesThatMakeNoSenseAreLeftOut() {
  let lines: [Text] = [
    "", ";0;0;;/;", "a;b;0;;/;", "a;-1;0;;/;", "a;0;4294967296;;/;", "a;0;0;;/", "a;0;0;;/;;",
    "a:0:0::/:",
  ]
  for line in lines { #expect(UserEntry(line: line) == nil) }
  #expect(UserTable(parsing: "x\na;0;0;;/;\n\u{0};;").entries.count == 1)
}

@Test func theShellKnowsWhoAndWhere() throws {
  let entry = try #require(UserEntry(line: "ada;1000;1000;Ada;/home/ada;/bin/ion"))
  let shell = LoginShell(entry, terminal: "/scheme/pty/console", type: "xterm-256color")
  #expect(shell.path == "/bin/ion" && shell.arguments == ["-ion"] && shell.home == "/home/ada")
  #expect(shell.environment.contains("USER=ada") && shell.environment.contains("HOME=/home/ada"))
  #expect(shell.environment.contains("TERM=xterm-256color"))
}
