// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Dmesg: UtilityProgram {
  static var manual: Manual {
    Manual(
      "dmesg", "print the log of kernel and services", synopsis: ["[-kw]"],
      description: """
        Prints the system's log, which the service logd keeps; without it, or with -k, what the \
        kernel keeps itself: its last 64 KiB, with what services wrote to the console.
        """,
      options: [
        .init("-k, --kernel", "what the kernel keeps"),
        .init("-w, --follow", "wait for more and print it, until interrupted"),
      ])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("dmesg takes no operands") }
    let follows = options.has("-w")
    if !options.has("-k") {
      let path: Text = follows ? "/scheme/log/follow" : "/scheme/log"
      if try print(path, follows: false, isOptional: true, invocation) { return 0 }
    }
    _ = try print("/scheme/sys/log", follows: follows, isOptional: false, invocation)
    return 0
  }

  /// - Parameter isOptional: whether a log that cannot be opened is no mistake.
  /// - Returns: whether it could.
  private static func print(
    _ path: Text, follows: Bool, isOptional: Bool, _ invocation: Invocation
  ) throws(UtilityStop) -> Bool {
    let system = invocation.system
    var hasBegun = false
    do throws(SystemError) {
      var log = try system.openFile(path)
      defer { system.close(log) }
      hasBegun = true
      var buffer = [UInt8](repeating: 0, count: 8192)
      while invocation.output.failure == nil {
        let count: Int
        do throws(SystemError) {
          count = try system.readSome(log, into: &buffer)
        } catch {
          // Lines were overwritten before they were read: it goes on with the oldest there is.
          guard error == .gone else { throw error }
          system.close(log)
          log = try system.openFile(path)
          invocation.output.put("… lines are missing here …\n")
          continue
        }
        invocation.output.put(buffer.span.extracting(first: count))
        if count == 0 {
          guard follows else { return true }
          try system.sleep(until: system.now &+ 200_000_000)
        }
        invocation.output.send()
      }
    } catch {
      if isOptional, !hasBegun { return false }
      throw .failed(path + ": " + Text(error.explanation))
    }
    return true
  }
}
