// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

enum Find: UtilityProgram {
  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var words = invocation.arguments[...]
    if words.contains("--help") { throw .help }
    var following = FileWalk.Following.nothing
    options: while let word = words.first {
      switch word {
      case "-P": following = .nothing
      case "-H": following = .root
      case "-L", "-follow": following = .all
      case "--":
        words.removeFirst()
        break options
      default: break options
      }
      words.removeFirst()
    }
    var paths: [Text] = []
    while let word = words.first, !isExpression(word) {
      paths.append(word)
      words.removeFirst()
    }
    var parser = FindParser(Array(words), invocation.system)
    let expression = try parser.parse()
    let run = FindRun(expression, parser, invocation)
    for path in paths.isEmpty ? ["."] : paths {
      try run.search(path, following)
      if run.isOver { break }
    }
    try run.finish()
    return 0
  }

  private static func isExpression(_ word: Text) -> Bool {
    word == "(" || word == "!" || word == ")" || (word.hasPrefix("-") && word.count > 1)
  }
}

/// Walks and does what the expression says.
final class FindRun {
  private let expression: FindExpression?
  private let parser: FindParser
  private let invocation: Invocation
  private let system: UtilitySystem
  private let now: UInt64
  private(set) var isOver = false
  private var isPruned = false
  /// Paths for each `-exec … +`.
  private var collected: [[Text]]
  private var collectedBytes: [Int]

  /// Bytes of one command line.
  private static var byteLimit: Int { 128 << 10 }

  init(_ expression: FindExpression?, _ parser: FindParser, _ invocation: Invocation) {
    self.expression = expression
    self.parser = parser
    self.invocation = invocation
    system = invocation.system
    now = invocation.system.wallClock
    collected = Array(repeating: [], count: parser.collected.count)
    collectedBytes = Array(repeating: 0, count: parser.collected.count)
  }

  func search(_ root: Text, _ following: FileWalk.Following) throws(UtilityStop) {
    var walk = FileWalk(root, system, following: following)
    var device: UInt64?
    while !isOver, let item = walk.next() {
      switch item.visit {
      case .failed(let error):
        invocation.complain(item.path, error)
      case .leave where parser.isDepthFirst: try visit(item)
      case .leave: break
      case .enter:
        isPruned = false
        if !parser.isDepthFirst { try visit(item) }
        if item.depth == 0 { device = item.status.device }
        let isElsewhere = parser.staysOnDevice && item.status.device != device
        if isPruned || isElsewhere || item.depth >= parser.mostDepth { walk.skip() }
      case .file: try visit(item)
      }
      try invocation.checkOutput()
    }
  }

  private func visit(_ item: FileWalk.Item) throws(UtilityStop) {
    guard item.depth >= parser.leastDepth, item.depth <= parser.mostDepth else { return }
    let holds = if let expression { try holds(expression, item) } else { true }
    if holds, !parser.hasAction { print(item.path, 0x0A) }
  }

  private func print(_ path: Text, _ end: UInt8) {
    invocation.output.put(path.span)
    invocation.output.put(end)
  }

  private func holds(
    _ expression: FindExpression, _ item: FileWalk.Item
  ) throws(UtilityStop) -> Bool {
    if isOver { return false }
    switch expression {
    case .both(let first, let second):
      guard try holds(first, item) else { return false }
      return try holds(second, item)
    case .either(let first, let second):
      if try holds(first, item) { return true }
      return try holds(second, item)
    case .negation(let inner): return try !holds(inner, item)
    case .test(let test): return FindTester(system, now: now).holds(test, item)
    case .action(let action): return try act(action, item)
    }
  }

  // MARK: Actions

  private func act(_ action: FindAction, _ item: FileWalk.Item) throws(UtilityStop) -> Bool {
    switch action {
    case .print(let end): print(item.path, end)
    case .prune: isPruned = true
    case .quit: isOver = true
    case .delete: return delete(item)
    case .execute(let command):
      return run(command.map { $0.replacing("{}", with: item.path) })
    case .collect(let index):
      let size = item.path.count + 1
      if collectedBytes[index] + size > Self.byteLimit { runCollected(index) }
      collected[index].append(item.path)
      collectedBytes[index] += size
    }
    return true
  }

  private func delete(_ item: FileWalk.Item) -> Bool {
    // What is left of the root of a search is not for it to remove.
    if item.path == "." { return true }
    do throws(SystemError) {
      if item.status.isDirectory {
        try system.removeDirectory(item.path)
      } else {
        try system.remove(item.path)
      }
      return true
    } catch {
      invocation.complain(
        "cannot delete " + item.path.quotedForMessage + ": " + Text(error.explanation))
      return false
    }
  }

  /// - Returns: whether the command could be run and ended with 0.
  private func run(_ words: [Text]) -> Bool {
    invocation.output.send()
    do throws(UtilityStop) {
      let system = system
      let process = try invocation.startCommand(words[0]) { (file) throws(SystemError) in
        try system.start(file, words, environment: system.environment, options: StartOptions())
      }
      while true {
        do throws(SystemError) {
          return try system.wait(for: process, until: nil).shellStatus == 0
        } catch {
          guard error == .interrupted else { throw UtilityStop.status(1) }
        }
      }
    } catch { return false }
  }

  private func runCollected(_ index: Int) {
    let paths = collected[index]
    collected[index] = []
    collectedBytes[index] = 0
    if !paths.isEmpty, !run(parser.collected[index] + paths) { hasFailed = true }
  }

  private var hasFailed = false

  func finish() throws(UtilityStop) {
    for index in collected.indices { runCollected(index) }
    if hasFailed { throw .status(1) }
  }
}
