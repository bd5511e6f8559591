// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import Regular
import UtilityFrame

enum Grep: UtilityProgram {
  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var operands = options.operands
    let patterns = try patterns(options, &operands, invocation)
    let style = try GrepStyle(options, invocation, fileCount: operands.count)
    let matcher: LineMatcher
    do throws(RegularExpressionError) {
      matcher = try LineMatcher(
        patterns, try syntax(options), regularOptions(options), terminator: style.terminator)
    } catch {
      invocation.complain(error.message)
      return 2
    }
    let search = GrepSearch(matcher, style, invocation)
    let isRecursive = options.has("-r") || options.has("-R")
    let isNamed = !operands.isEmpty
    if !isNamed { operands = [isRecursive ? "." : "-"] }
    for operand in operands {
      if isRecursive, operand != "-" {
        try walk(operand, options, search, invocation, isNamed: isNamed)
      } else {
        try search.run(operand, shownAs: operand == "-" ? "(standard input)" : operand)
      }
      if search.isOver { return 0 }
    }
    if search.hasFailed { return 2 }
    return search.hasSelected ? 0 : 1
  }

  /// `-e` and `-f` may be given several times; without them the first operand is the pattern. Each
  /// line of a pattern is one.
  private static func patterns(
    _ options: Options, _ operands: inout [Text], _ invocation: Invocation
  ) throws(UtilityStop) -> [Text] {
    var patterns: [Text] = []
    if !options.has("-e"), !options.has("-f") {
      guard !operands.isEmpty else { throw .usage("a pattern is needed") }
      return operands.removeFirst().split(at: 0x0A)
    }
    for text in options.values("-e") { patterns += text.split(at: 0x0A) }
    for name in options.values("-f") {
      var file: [Text] = []
      var isRead = true
      var blocks = TextBlocks(terminator: 0x0A)
      func add(_ block: Span<UInt8>) throws(UtilityStop) {
        try block.forEachLine(0x0A) { line, _ in file.append(Text(line)) }
      }
      isRead = try invocation.readPieces(name) { (piece) throws(UtilityStop) in
        try blocks.add(piece) { (block) throws(UtilityStop) in try add(block) }
        return true
      }
      guard isRead else { throw .status(2) }
      try blocks.finish { (block) throws(UtilityStop) in try add(block) }
      patterns += file
    }
    return patterns
  }

  private static func syntax(_ options: Options) throws(RegularExpressionError) -> RegularSyntax {
    switch options.last(of: ["-E", "-F", "-G"]) {
    case 0: .extended
    case 1: .literal
    default: .basic
    }
  }

  private static func regularOptions(_ options: Options) -> RegularOptions {
    var result = RegularOptions()
    result.ignoresCase = options.has("-i") || options.has("-y")
    result.matchesAll = options.has("-x")
    result.matchesWords = options.has("-w")
    return result
  }

  /// Searches all files below a directory.
  private static func walk(
    _ root: Text, _ options: Options, _ search: GrepSearch, _ invocation: Invocation,
    isNamed: Bool
  ) throws(UtilityStop) {
    var walk = FileWalk(
      root, invocation.system, following: options.has("-R") ? .all : .root, isSorted: true)
    let included = options.values("--include")
    let excluded = options.values("--exclude")
    let excludedFolders = options.values("--exclude-dir")
    func fits(_ name: Text, _ patterns: [Text]) -> Bool {
      patterns.contains { NamePattern.matches(name, $0) }
    }
    while let item = walk.next() {
      let name = Path.name(of: item.path)
      switch item.visit {
      case .leave: continue
      case .failed(let error): search.fail(item.path, error)
      case .enter:
        if item.depth > 0, fits(name, excludedFolders) { walk.skip() }
      case .file:
        // What is named is searched whatever it is; below, only regular files.
        guard item.depth == 0 || item.status.isRegular else { continue }
        if item.depth > 0 {
          if !included.isEmpty, !fits(name, included) { continue }
          if fits(name, excluded) { continue }
        }
        var shown = item.path
        if !isNamed, shown.hasPrefix("./") { shown = shown[2...] }
        try search.run(item.path, shownAs: shown)
        if search.isOver { return }
      }
    }
  }
}
