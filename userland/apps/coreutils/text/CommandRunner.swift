// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

/// Collects arguments to command lines, and runs these.
final class CommandRunner {
  private(set) var status: Int32 = 0
  private let invocation: Invocation
  private let command: [Text]
  private let placeholder: Text?
  private let argumentLimit: Int
  private let lineLimit: Int
  private let byteLimit: Int
  private let processLimit: Int
  private let runsEmpty: Bool
  private let isVerbose: Bool
  private let stopsIfTooLong: Bool
  private var arguments: [Text] = []
  private var bytes = 0
  private var lines = 0
  private var lineHasArgument = false
  private var hasRun = false
  private var running: [UInt32] = []
  /// What commands read instead of the list that is meant for this program.
  private var input: Handle?

  /// Bytes of a command line: far below what the system takes.
  private static var defaultByteLimit: Int { 128 << 10 }

  init(_ options: Options, _ invocation: Invocation) throws(UtilityStop) {
    self.invocation = invocation
    command = options.operands.isEmpty ? ["echo"] : options.operands
    placeholder = options.value("-I")
    if placeholder?.isEmpty == true { throw .usage("the text to replace must not be empty") }
    func limit(_ name: StaticString, _ what: Text) throws(UtilityStop) -> Int? {
      guard let number = try quantity(options.value(name), what) else { return nil }
      guard number > 0 || name.bytes.equals("-P") else { throw .usage(what + " must not be zero") }
      return number == 0 ? Int.max : Int(clamping: number)
    }
    argumentLimit = try limit("-n", "number of arguments") ?? Int.max
    lineLimit = try limit("-L", "number of lines") ?? Int.max
    byteLimit = min(try limit("-s", "number of bytes") ?? Self.defaultByteLimit, 1 << 20)
    processLimit = try limit("-P", "number of processes") ?? 1
    runsEmpty = !options.has("-r") && placeholder == nil
    isVerbose = options.has("-t")
    stopsIfTooLong = options.has("-x")
    reset()
    if !options.has("-a") {
      do throws(SystemError) { input = try invocation.system.openFile("/dev/null") } catch {
        // Without one the command shares standard input.
        input = nil
      }
    }
  }

  func close() {
    if let input { invocation.system.close(input) }
  }

  private func reset() {
    arguments = []
    lines = 0
    bytes = 0
    for word in command { bytes += word.count + 1 }
  }

  func take(_ event: ArgumentReader.Event) throws(UtilityStop) {
    switch event {
    case .lineEnd:
      if lineHasArgument { lines += 1 }
      lineHasArgument = false
      if lines >= lineLimit { try runCollected() }
    case .argument(let text):
      if let placeholder {
        try run(command.map { $0.replacing(placeholder, with: text) })
        return
      }
      let size = text.count + 1
      if bytes + size > byteLimit {
        if arguments.isEmpty || stopsIfTooLong {
          throw .failed("argument line too long")
        }
        try runCollected()
        guard bytes + size <= byteLimit else { throw .failed("argument line too long") }
      }
      arguments.append(text)
      bytes += size
      lineHasArgument = true
      if arguments.count >= argumentLimit { try runCollected() }
    }
  }

  func finish() throws(UtilityStop) {
    if !arguments.isEmpty || (runsEmpty && !hasRun) { try runCollected() }
    while !running.isEmpty { try waitForOne() }
  }

  private func runCollected() throws(UtilityStop) {
    let words = command + arguments
    reset()
    try run(words)
  }

  private func run(_ words: [Text]) throws(UtilityStop) {
    hasRun = true
    while running.count >= processLimit { try waitForOne() }
    if isVerbose {
      var shown: [Text] = []
      for word in words { shown.append(word.quotedForShell) }
      invocation.say(shown.joined(by: " "))
    }
    var options = StartOptions()
    options.input = input
    let system = invocation.system
    running.append(
      try invocation.startCommand(words[0]) { (file) throws(SystemError) in
        try system.start(file, words, environment: system.environment, options: options)
      })
    if processLimit == 1 { try waitForOne() }
  }

  /// Waits for the one that has run longest.
  private func waitForOne() throws(UtilityStop) {
    let end = try end(of: running.removeFirst())
    guard end.kind == .exited else {
      invocation.complain(command[0].shownSafely + ": ended by a signal")
      throw .status(125)
    }
    switch end.value & 0xFF {
    case 0: break
    case 255:
      invocation.complain(command[0].shownSafely + ": exited with status 255; aborting")
      throw .status(124)
    default: status = 123
    }
  }

  private func end(of process: UInt32) throws(UtilityStop) -> ChildEnd {
    while true {
      do throws(SystemError) { return try invocation.system.wait(for: process, until: nil) } catch {
        guard error == .interrupted else {
          throw .failed(command[0].shownSafely + ": " + Text(error.explanation))
        }
      }
    }
  }

  /// Waits for what still runs, whatever comes of it.
  func waitForAll() {
    for process in running { _ = try? end(of: process) }
    running = []
  }
}
