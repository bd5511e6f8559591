// SPDX-License-Identifier: MIT
import Base
import Manual
import UtilityFrame

enum True: UtilityProgram {
  static var manual: Manual {
    Manual(
      "true", "do nothing, successfully", synopsis: [""],
      description: "Ends with status 0, whatever the arguments are.", seeAlso: ["false"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    if invocation.arguments == ["--help"] { throw .help }
    return 0
  }
}

enum False: UtilityProgram {
  static var manual: Manual {
    Manual(
      "false", "do nothing, unsuccessfully", synopsis: [""],
      description: "Ends with status 1, whatever the arguments are.", seeAlso: ["true"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    if invocation.arguments == ["--help"] { throw .help }
    return 1
  }
}
