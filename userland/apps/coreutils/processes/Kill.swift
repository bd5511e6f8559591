// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Kill: UtilityProgram {
  static var manual: Manual {
    Manual(
      "kill", "send signals to processes",
      synopsis: ["[-s SIGNAL | -SIGNAL] PROCESS…", "-l [SIGNAL…]"],
      description: """
        Sends a signal, TERM if none is named, to the processes with these numbers. A negative \
        number is a process group, 0 the group of kill itself, -1 everyone it may signal. A signal \
        has a name, with SIG in front or not, or a number; 0 only checks.
        """,
      options: [
        .init("-s, --signal=SIGNAL", "which signal"),
        .init("-l, --list", "the names of all signals, or the name of a number and the reverse"),
      ],
      exitStatus: [
        .init("0", "Every signal was sent."), .init("1", "One was not."),
        .init("2", "The call was wrong."),
      ],
      examples: [
        .init("kill -9 42", "end process 42, whatever it does about it"),
        .init("kill -STOP -- -7", "stop the group 7"),
      ], seeAlso: ["pkill", "ps", "timeout"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var arguments = invocation.arguments
    var signal: UInt32 = 15
    // `-9` and `-HUP` look like options; behind the signal negative numbers are groups.
    if let first = arguments.first, first.hasPrefix("-"), !first.hasPrefix("--"), first.count > 1,
      let number = SignalNames.number(first[1...])
    {
      signal = number
      arguments.removeFirst()
      if arguments.first == "--" as Text { arguments.removeFirst() }
      return try send(signal, arguments, invocation)
    }
    // No option is a number or a capital letter.
    if let first = arguments.first, first.count > 1, first.hasPrefix("-"), first[1] & 0x60 != 0x60,
      first[1] != UInt8(ascii: "-")
    {
      throw .usage("unknown signal " + first[1...].quotedForMessage)
    }
    let options = try invocation.options(of: arguments, operandsEndOptions: true)
    if options.has("-l") { return try list(options.operands, invocation) }
    if let name = options.value("-s") {
      guard let number = SignalNames.number(name) else {
        throw .usage("unknown signal " + name.quotedForMessage)
      }
      signal = number
    }
    return try send(signal, options.operands, invocation)
  }

  private static func send(
    _ signal: UInt32, _ operands: [Text], _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    guard !operands.isEmpty else { throw .usage("which process?") }
    var selectors: [Int] = []
    for operand in operands {
      do throws(NumberError) {
        let selector = try Int(decimal: operand)
        guard selector.magnitude <= UInt32.max >> 1 else { throw NumberError.overflow }
        selectors.append(selector)
      } catch {
        throw .usage(operand.quotedForMessage + " is no process number")
      }
    }
    for selector in selectors {
      do throws(SystemError) { try invocation.system.signal(selector, signal) } catch {
        invocation.complain(Text { $0.put(decimal: Int64(selector)) }, error)
      }
    }
    return 0
  }

  private static func list(
    _ operands: [Text], _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    if operands.isEmpty {
      invocation.output.put(SignalNames.all.joined(by: " "))
      invocation.output.put("\n")
    }
    for operand in operands {
      if let number = wholeNumber(operand) {
        // A status above 128 is that of a shell: 128 and the signal.
        let signal = number > 128 && number <= 192 ? number - 128 : number
        guard signal >= 1, signal <= 64 else {
          throw .usage("unknown signal " + operand.quotedForMessage)
        }
        invocation.output.put(SignalNames.name(UInt32(signal)))
      } else if let number = SignalNames.number(operand) {
        invocation.output.put(decimal: UInt64(number))
      } else {
        throw .usage("unknown signal " + operand.quotedForMessage)
      }
      invocation.output.put("\n")
    }
    return 0
  }
}
