// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System
import Utilities

extension Coreutils {
  static func echo(_ arguments: [Text]) -> Int32 {
    var words = arguments[...]
    let endsLine = words.first != "-n" as Text
    if !endsLine { words = words.dropFirst() }
    var output = Output()
    output.put(Array(words).joined(by: " ").span)
    if endsLine { output.put(UInt8(ascii: "\n")) }
    return finish(.echo, &output, 0)
  }

  static func cat(_ arguments: [Text]) throws(UsageError) -> Int32 {
    let options = try Options(arguments, allowed: "u")
    if options.wantsHelp { return help(.cat) }
    var status: Int32 = 0
    for name in options.operands.isEmpty ? ["-"] : options.operands {
      do throws(SystemError) {
        if name == "-" {
          try copy(.standardInput)
        } else {
          let file = try File(name)
          try copy(file.handle)
        }
      } catch {
        complain(.cat, name, error)
        status = 1
      }
    }
    return status
  }

  /// Everything that `handle` has goes to standard output.
  private static func copy(_ handle: Handle) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = try handle.read(into: buffer.mutableSpan)
      if count == 0 { return }
      try Handle.standardOutput.writeAll(buffer.span.extracting(first: count))
    }
  }

  static func sleep(_ arguments: [Text]) throws(UsageError) -> Int32 {
    if arguments.first == "--help" as Text { return help(.sleep) }
    let duration = try SleepTime.nanoseconds(of: arguments)
    let (end, overflow) = Clock.now().nanoseconds.addingReportingOverflow(duration)
    do throws(SystemError) {
      try Clock.sleep(until: Deadline(nanoseconds: overflow ? UInt64.max : end))
      return 0
    } catch {
      complain(.sleep, Text(error.explanation))
      return 1
    }
  }
}
