// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Sleep: UtilityProgram {
  static var manual: Manual {
    Manual(
      "sleep", "wait for some time", synopsis: ["NUMBER[smhd]…"],
      description: """
        Waits as long as the numbers together say: seconds, minutes (m), hours (h) or days (d). A \
        number may have a fraction: 0.5.
        """, seeAlso: ["timeout"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let duration = try SleepTime.nanoseconds(of: try invocation.options().operands)
    let (end, overflow) = invocation.system.now.addingReportingOverflow(duration)
    do throws(SystemError) {
      try invocation.system.sleep(until: overflow ? UInt64.max : end)
    } catch {
      throw .failed(Text(error.explanation))
    }
    return 0
  }
}
