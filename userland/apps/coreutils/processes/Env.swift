// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Env: UtilityProgram {
  static var manual: Manual {
    Manual(
      "env", "print the environment, or run a command in another one",
      synopsis: ["[-i0] [-u NAME]… [NAME=VALUE]… [COMMAND [ARGUMENT…]]"],
      description: """
        Prints the variables that programs are given, or starts a command with some of them changed. \
        The command is looked for in the PATH that it is given.
        """,
      options: [
        .init("-i, --ignore-environment", "begin with no variables"),
        .init("-0, --null", "end each variable with a zero byte in place of a line feed"),
        .init("-u, --unset=NAME", "without this variable"),
      ],
      exitStatus: [
        .init("125", "env was called wrongly."), .init("126", "The command cannot be started."),
        .init("127", "There is no such command."), .init("else", "The command's own status."),
      ],
      examples: [.init("env TZ=CET-1CEST,M3.5.0,M10.5.0/3 date", "the time in Berlin")],
      seeAlso: ["which"], usageStatus: 125, failureStatus: 125)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    var words = options.operands
    var variables = options.has("-i") ? [] : invocation.system.environment
    // A lone dash is -i.
    if words.first == "-" as Text {
      variables = []
      words.removeFirst()
    }
    for name in options.values("-u") {
      guard !name.isEmpty, !name.contains(UInt8(ascii: "=")) else {
        throw .usage("there is no variable " + name.quotedForMessage)
      }
      remove(name, &variables)
    }
    while let word = words.first, let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > 0 {
      remove(word[0..<equals], &variables)
      variables.append(word)
      words.removeFirst()
    }
    guard let command = words.first else {
      for variable in variables {
        invocation.output.put(variable)
        invocation.output.put(options.has("-0") ? 0 : 0x0A)
      }
      return 0
    }
    if options.has("-0") { throw .usage("-0 goes with no command") }
    let path = variables.first { $0.hasPrefix("PATH=") }.map { $0[5...] }
    // Only a failure comes back.
    try invocation.startCommand(command, path: path ?? "/bin") { (file) throws(SystemError) in
      try invocation.system.replace(file, words, environment: variables)
    }
    return 126
  }

  private static func remove(_ name: Text, _ variables: inout [Text]) {
    let prefix = name + "="
    variables.removeAll { $0.hasPrefix(prefix) }
  }
}
