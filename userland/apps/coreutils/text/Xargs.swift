// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Xargs: UtilityProgram {
  static var manual: Manual {
    Manual(
      "xargs", "run a command with arguments from standard input",
      synopsis: ["[OPTION]… [COMMAND [ARGUMENT…]]"],
      description: """
        Reads arguments, apart at blanks and line feeds, and runs COMMAND (echo) with as many of \
        them behind its own as fit, again and again. Quotes and backslashes keep blanks in an \
        argument.
        """,
      options: [
        .init("-0, --null", "arguments end in a zero byte, and nothing else is special"),
        .init("-a, --arg-file=FILE", "read FILE instead of standard input"),
        .init("-d, --delimiter=BYTE", "arguments end in this byte, and nothing else is special"),
        .init("-I TEXT", "run the command for each line, which takes the place of TEXT in it"),
        .init("-L, --max-lines=NUMBER", "take so many lines for each command"),
        .init("-n, --max-args=NUMBER", "take so many arguments for each command"),
        .init("-P, --max-procs=NUMBER", "run so many commands at once; 0 for as many as there are"),
        .init("-r, --no-run-if-empty", "run nothing if there are no arguments"),
        .init("-s, --max-chars=NUMBER", "take so many bytes at most for each command line"),
        .init("-t, --verbose", "print each command on standard error first"),
        .init("-x, --exit", "stop if a command line would be too long"),
      ],
      exitStatus: [
        .init("0", "all commands ended with 0"), .init("123", "one ended with 1 to 125"),
        .init("124", "one ended with 255, which stops at once"),
        .init("125", "one was ended by a signal"), .init("126", "the command cannot be run"),
        .init("127", "there is no such command"), .init("1", "something else went wrong"),
      ],
      examples: [.init("find . -name '*.o' -print0 | xargs -0 rm", "removes what find finds")],
      seeAlso: ["find"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    var reader = ArgumentReader(try separation(options))
    let runner = try CommandRunner(options, invocation)
    defer { runner.close() }
    do throws(UtilityStop) {
      let list = options.value("-a") ?? "-"
      let isRead = try invocation.readPieces(list) { (piece) throws(UtilityStop) in
        try reader.add(piece) { (event) throws(UtilityStop) in try runner.take(event) }
        return true
      }
      guard isRead else { throw .status(1) }
      try reader.finish { (event) throws(UtilityStop) in try runner.take(event) }
      try runner.finish()
    } catch {
      runner.waitForAll()
      throw error
    }
    return runner.status
  }

  private static func separation(
    _ options: Options
  ) throws(UtilityStop) -> ArgumentReader.Separation {
    switch options.last(of: ["-0", "-d"]) {
    case 0: return .byte(0)
    case 1:
      let text = options.value("-d") ?? Text()
      var bytes = Text()
      guard EscapeReader.expand(text, into: &bytes), bytes.count == 1 else {
        throw .usage("the delimiter must be a single byte")
      }
      return .byte(bytes[0])
    default: return options.has("-I") ? .lines : .words
    }
  }
}
