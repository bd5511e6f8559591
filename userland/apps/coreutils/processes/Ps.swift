// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Ps: UtilityProgram {
  static var manual: Manual {
    Manual(
      "ps", "list processes", synopsis: ["[aux]"],
      description: "Lists all processes: number, user, threads, state, time, name.")
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    if invocation.arguments.first == "--help" as Text { throw .help }
    do throws(SystemError) {
      let table = ProcessTable(Text(try invocation.system.contents("/scheme/sys/context")))
      invocation.output.put(table.text())
    } catch {
      throw .failed("/scheme/sys/context: " + Text(error.explanation))
    }
    return 0
  }
}
