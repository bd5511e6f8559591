// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Du: UtilityProgram {
  static var manual: Manual {
    Manual(
      "du", "show how much space files take", synopsis: ["[-abchkms] [-d DEPTH] [FILE…]"],
      description: """
        Adds up the space that files and what is in directories take, in units of 1024 bytes: of \
        each directory, the working directory if nothing is named. A file with several names counts \
        once.
        """,
      options: [
        .init("-a, --all", "also of each file"),
        .init("-b, --bytes", "the lengths of files, in bytes"),
        .init("-c, --total", "at the end the sum"),
        .init("-d, --max-depth=DEPTH", "only of directories that are not deeper"),
        .init("-h, --human-readable", "sizes such as 4.0K and 17M"),
        .init("-k", "in units of 1024 bytes; the default"), .init("-m", "in MiB"),
        .init("--apparent-size", "the lengths of files, not what they take"),
        .init("-s, --summarize", "only of what is named; the same as -d 0"),
      ], seeAlso: ["df", "ls"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var depth = Int.max
    if options.has("-s") { depth = 0 }
    if let text = options.value("-d") {
      guard let number = wholeNumber(text), number < 1 << 30 else {
        throw .usage("invalid depth " + text.quotedForMessage)
      }
      depth = Int(number)
    }
    var counter = SpaceCounter(invocation: invocation, options: options, depth: depth)
    var total: UInt64 = 0
    for operand in options.operands.isEmpty ? ["."] : options.operands {
      total &+= counter.count(operand)
      try invocation.checkOutput()
    }
    if options.has("-c") { counter.put(total, "total") }
    return 0
  }
}

private struct SpaceCounter {
  let invocation: Invocation
  let options: Options
  let depth: Int
  /// Files of several names that have been counted.
  private var seen = SortedMap<FileIdentity, Bool>()

  init(invocation: Invocation, options: Options, depth: Int) {
    self.invocation = invocation
    self.options = options
    self.depth = depth
  }

  /// Prints the sizes of a tree and answers its own.
  mutating func count(_ operand: Text) -> UInt64 {
    var walk = FileWalk(operand, invocation.system)
    // What has been added up in each directory on the way down.
    var sums: [UInt64] = []
    var whole: UInt64 = 0
    while let item = walk.next(), invocation.output.failure == nil {
      switch item.visit {
      case .file:
        let size = size(item.status)
        if item.depth == 0 || options.has("-a") && item.depth <= depth { put(size, item.path) }
        if sums.isEmpty { whole = size } else { sums[sums.count - 1] &+= size }
      case .enter: sums.append(size(item.status))
      case .leave:
        let sum = sums.popLast() ?? 0
        if item.depth <= depth { put(sum, item.path) }
        if sums.isEmpty { whole = sum } else { sums[sums.count - 1] &+= sum }
      case .failed(let error):
        invocation.complain(
          "cannot read " + item.path.quotedForMessage + ": " + Text(error.explanation))
      }
    }
    return whole
  }

  private mutating func size(_ status: FileStatus) -> UInt64 {
    if let file = FileIdentity(ofSeveralNames: status) {
      if seen[file] != nil { return 0 }
      seen[file] = true
    }
    if options.has("-b") || options.has("--apparent-size") {
      return status.isDirectory ? 0 : status.size
    }
    return status.blocks &* 512
  }

  func put(_ size: UInt64, _ path: Text) {
    if options.has("-h") {
      invocation.output.put(byteSize: size, isRoundedUp: true)
    } else {
      let shift: UInt64 = options.has("-b") ? 0 : options.has("-m") ? 20 : 10
      let unit: UInt64 = 1 << shift
      invocation.output.put(decimal: (size &+ unit &- 1) >> shift)
    }
    invocation.output.put("\t")
    invocation.output.put(path)
    invocation.output.put("\n")
  }
}
