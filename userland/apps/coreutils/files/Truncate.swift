// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Truncate: UtilityProgram {
  static var manual: Manual {
    Manual(
      "truncate", "set the length of files",
      synopsis: ["[-c] -s LENGTH FILE…", "[-c] -r FILE FILE…"],
      description: """
        Cuts files off, or lengthens them by zeros that take no space. What is not there is made. A length \
        may have a unit: K, M, G, T, P are powers of 1024, KB, MB … of 1000. With + or - in front it is \
        added or taken away, with < it is the most, with > the least.
        """,
      options: [
        .init("-c, --no-create", "make no files"),
        .init("-r, --reference=FILE", "as long as this file"),
        .init("-s, --size=LENGTH", "so long"),
      ], seeAlso: ["fallocate", "dd", "stat"])
  }

  private enum Change { case exact, more, less, atMost, atLeast }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let system = invocation.system
    guard !options.operands.isEmpty else { throw .usage("which file?") }
    var change = Change.exact
    var amount: UInt64 = 0
    if let text = options.value("-s") {
      guard !options.has("-r") else { throw .usage("-s and -r contradict each other") }
      (change, amount) = try read(text)
    } else if let reference = options.value("-r") {
      do throws(SystemError) {
        amount = try system.status(reference, following: true).size
      } catch { throw .failed(reference.shownSafely + ": " + Text(error.explanation)) }
    } else {
      throw .usage("how long?")
    }
    for operand in options.operands {
      do throws(SystemError) {
        let flags: OpenFlags = options.has("-c") ? .write : .write | .create
        let handle = try system.openFile(operand, flags, mode: 0o666)
        defer { system.close(handle) }
        let size = try system.status(of: handle).size
        try system.truncate(handle, to: try length(size, change, amount))
      } catch {
        if error == .notFound, options.has("-c") { continue }
        invocation.complain(operand, error)
      }
    }
    return 0
  }

  private static func read(_ text: Text) throws(UtilityStop) -> (Change, UInt64) {
    let changes: [(Text, Change)] = [
      ("+", .more), ("-", .less), ("<", .atMost), (">", .atLeast),
    ]
    for (sign, change) in changes where text.hasPrefix(sign) {
      return (change, try ByteCount.read(text[1...]))
    }
    return (.exact, try ByteCount.read(text))
  }

  private static func length(
    _ size: UInt64, _ change: Change, _ amount: UInt64
  ) throws(SystemError) -> UInt64 {
    switch change {
    case .exact: return amount
    case .more:
      let (sum, overflow) = size.addingReportingOverflow(amount)
      guard !overflow else { throw .fileTooLarge }
      return sum
    case .less: return size > amount ? size - amount : 0
    case .atMost: return min(size, amount)
    case .atLeast: return max(size, amount)
    }
  }
}
