// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import ShellProgram

private func options(_ words: [Text]) throws -> ShellOptions { try ShellOptions(words) }

@Test func aScriptTakesTheRestAsItsArguments() throws {
  let options = try options(["-x", "script", "-n", "a"])
  #expect(options.arguments == ["script", "-n", "a"])
  #expect(options.printsCommands)
  #expect(!options.onlyParses)
}

@Test func optionsAreRead() throws {
  let options = try options(["-c", "echo", "-l", "-f", "-i", "-n", "-o", "vi"])
  #expect(options.command == "echo" as Text)
  #expect(options.isLogin && options.staysAfterErrors && options.isInteractive)
  #expect(options.onlyParses)
  #expect(options.keyBindings == .vi)
  #expect(try ShellOptions(["--help"]).showsHelp)
  #expect(try ShellOptions(["-v"]).showsVersion)
}

@Test func wrongOptionsAreRefused() {
  #expect(throws: ShellOptions.Failure.twice) { try options(["-x", "-x"]) }
  #expect(throws: ShellOptions.Failure.missingValue) { try options(["-c"]) }
  #expect(throws: ShellOptions.Failure.keyBindings) { try options(["-o", "ed"]) }
  #expect(throws: ShellOptions.Failure.commandAndFile) { try options(["-c", "a", "b"]) }
  #expect(throws: ShellOptions.Failure.unknown("-z")) { try options(["-z"]) }
}
