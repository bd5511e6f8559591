// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import CommandExecution

@Test func theShellGetsLinesAndScriptsWhole() {
  #expect(ShellTask.line("echo  'a' | cat").words == ["ion", "-c", "echo  'a' | cat"])
  #expect(ShellTask.script("/a b").words == ["ion", "/a b"])
}

@Test func whatIsMissingInTheEnvironmentIsRoots() {
  #expect(
    LoginEnvironment.completed(["HOME=/x", "PATHS=1"])
      == ["HOME=/x", "PATHS=1", "USER=root", "SHELL=/bin/ion", "PATH=/bin:/usr/bin"])
}

@Test func programsAreLookedForInOrder() {
  #expect(
    ProgramSearch.candidates(for: "ls", path: "/bin:/usr/bin")
      == ["/bin/ls", "/usr/bin/ls", "/scheme/initfs/bin/ls"])
  #expect(
    ProgramSearch.candidates(for: "ls", path: "/scheme/initfs/bin") == ["/scheme/initfs/bin/ls"])
  #expect(ProgramSearch.candidates(for: "./ls", path: "/bin") == ["./ls"])
  #expect(ProgramSearch.candidates(for: "initfs:bin/ls", path: "/bin") == ["initfs:bin/ls"])
}

@Test func endsBecomeStatuses() {
  #expect(StatusCode.of(state: 0, value: 3) == 3)
  #expect(StatusCode.of(state: 0, value: 256) == 0)
  #expect(StatusCode.of(state: 1, value: 11) == 139)
}

@Test func filesHavePlaces() {
  #expect(Transfer.wanted("a/b\n\n/c/../d\n") == ["/a/b", "/d"])
  #expect(Transfer.parents(of: "/a/b/c") == ["/a", "/a/b"])
  #expect(Transfer.parents(of: "/scheme/tmp/a/b") == ["/scheme/tmp/a"])
  #expect(Transfer.parents(of: "/scheme/tmp/a") == [])
  #expect(Transfer.parents(of: "/a") == [])
}
