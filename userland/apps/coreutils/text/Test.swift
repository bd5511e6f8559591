// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import UtilityFrame

enum TestCommand: UtilityProgram {
  static var manual: Manual { testManual("test", synopsis: ["[EXPRESSION]"]) }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    if invocation.arguments == ["--help"] { throw .help }
    return try evaluate(invocation.arguments, invocation.system)
  }

  static func evaluate(
    _ words: [Text], _ system: UtilitySystem
  ) throws(UtilityStop) -> Int32 {
    var expression = TestExpression(words, system)
    return try expression.value() ? 0 : 1
  }
}

/// `test` by its other name, which wants its bracket closed.
enum Bracket: UtilityProgram {
  static var manual: Manual { testManual("[", synopsis: ["[EXPRESSION] ]"]) }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    if invocation.arguments == ["--help"] { throw .help }
    guard invocation.arguments.last == "]" as Text else { throw .usage("missing ]") }
    return try TestCommand.evaluate(Array(invocation.arguments.dropLast()), invocation.system)
  }
}

private func testManual(_ name: StaticString, synopsis: [StaticString]) -> Manual {
  Manual(
    name, "check files and compare values", synopsis: synopsis,
    description: """
      Ends with 0 if the expression holds and with 1 if it does not. Without one it does not hold. \
      What is compared are words of their own: test 1 = 2, not test 1=2.
      """,
    operands: [
      .init("TEXT, -n TEXT", "it is not empty"), .init("-z TEXT", "it is empty"),
      .init("A = B, A == B, A != B", "the texts are equal, or not"),
      .init("A < B, A > B", "the text comes before the other, or behind it"),
      .init("A -eq B", "the numbers are equal; also -ne, -lt, -le, -gt, -ge"),
      .init("-e FILE, -a FILE", "it exists"),
      .init("-f, -d, -h, -L FILE", "it is a regular file, directory, link, link"),
      .init("-b, -c, -p, -S FILE", "it is a block device, character device, pipe, socket"),
      .init("-s FILE", "it is not empty"),
      .init("-r, -w, -x FILE", "its permissions let this user read, write, run it"),
      .init("-u, -g, -k FILE", "its set-user, set-group, sticky bit is set"),
      .init("-O, -G FILE", "it is this user's, this group's"),
      .init("A -nt B, A -ot B", "the file was changed later, or earlier"),
      .init("A -ef B", "both are the same file"),
      .init("-t NUMBER", "the open file is a terminal"),
      .init("! X, X -a Y, X -o Y, ( X )", "not, and, or, grouping"),
    ],
    exitStatus: [
      .init("0", "it holds"), .init("1", "it does not hold"), .init("2", "it is no expression"),
    ],
    seeAlso: ["true", "false"], failureStatus: 2)
}
