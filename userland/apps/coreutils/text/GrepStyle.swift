// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

/// What is printed of lines that are found.
struct GrepStyle {
  enum Output { case lines, parts, count, names, namesWithout, nothing }

  var output = Output.lines
  let isInverted: Bool
  let showsNames: Bool
  let showsNumbers: Bool
  let showsOffsets: Bool
  let limit: UInt64
  let before: Int
  let after: Int
  let hasContext: Bool
  let terminator: UInt8
  let nameEnd: UInt8?
  let isColoured: Bool
  let isSilent: Bool
  let sendsLines: Bool
  let takesAllForText: Bool
  let skipsBinary: Bool

  init(
    _ options: Options, _ invocation: Invocation, fileCount: Int
  ) throws(UtilityStop) {
    if options.has("-o") { output = .parts }
    if options.has("-c") { output = .count }
    if let last = options.last(of: ["-l", "-L"]) { output = last == 0 ? .names : .namesWithout }
    if options.has("-q") { output = .nothing }
    isInverted = options.has("-v")
    switch options.last(of: ["-H", "-h"]) {
    case 0: showsNames = true
    case 1: showsNames = false
    default: showsNames = fileCount > 1 || options.has("-r") || options.has("-R")
    }
    showsNumbers = options.has("-n")
    showsOffsets = options.has("-b")
    limit = try quantity(options.value("-m"), "number of lines") ?? UInt64.max
    let around = try quantity(options.value("-C") ?? options.value("-NUM"), "number of lines")
    let printsLines = output == .lines
    func context(_ name: StaticString) throws(UtilityStop) -> Int {
      let number = try quantity(options.value(name), "number of lines") ?? around ?? 0
      return printsLines ? Int(clamping: number) : 0
    }
    before = try context("-B")
    after = try context("-A")
    hasContext = before > 0 || after > 0
    terminator = options.terminator
    nameEnd = options.has("-Z") ? 0 : nil
    isColoured = try Self.isColoured(options, invocation)
    isSilent = options.has("-s")
    sendsLines = options.has("--line-buffered")
    takesAllForText = options.has("-a") || options.has("-z")
    skipsBinary = options.has("-I")
  }

  private static func isColoured(
    _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> Bool {
    guard let last = options.last(of: ["--color", "--colour"]) else { return false }
    switch options.value(last == 0 ? "--color" : "--colour") ?? "auto" {
    case "always": return true
    case "never": return false
    case "auto":
      return invocation.system.isTerminal(.standardOutput)
        && invocation.system.environmentValue("TERM") != "dumb" as Text
    case let when: throw .usage("invalid colour argument " + when.quotedForMessage)
    }
  }

  /// Whether lines are only counted, and one may be enough.
  var endsAtFirst: Bool { output == .names || output == .namesWithout || output == .nothing }
}
