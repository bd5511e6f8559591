// SPDX-License-Identifier: MIT
import Base
import Host
import ShellEditor
import ShellEvaluator
import ShellSession

/// Linux, as the shell sees a system.
final class LinuxSystem: SessionSystem {
  private var terminal = Terminal()

  func start(_ program: ProgramStart) throws(SystemFailure) -> Int {
    try system { () throws(UnixFailure) in Int(try Unix.start(Self.unixProgram(program))) }
  }

  func become(_ program: ProgramStart) throws(SystemFailure) {
    try system { () throws(UnixFailure) in try Unix.become(Self.unixProgram(program)) }
  }

  private static func unixProgram(_ program: ProgramStart) -> UnixProgram {
    let group: Int32?
    switch program.group {
    case .shared: group = nil
    case .new: group = 0
    case .joined(let leader): group = Int32(leader)
    }
    return UnixProgram(
      path: program.path.bytes, words: program.words.map(\.bytes),
      environment: program.environment.map { ($0.name + "=" + $0.value).bytes },
      handles: [Int32(program.input), Int32(program.output), Int32(program.error)], group: group)
  }

  func state(of process: Int, waits: Bool) -> ProcessState {
    switch Unix.state(of: Int32(process), waits: waits) {
    case .running: .running
    case .stopped: .stopped
    case .continued: .continued
    case .exited(let status): .exited(Int(status))
    case .killed(let signal): .killed(signal: Int(signal))
    }
  }

  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure) {
    try system { () throws(UnixFailure) in
      try Unix.signal(Int32(number), process: Int32(process), isGroup: isGroup)
    }
  }

  func setForeground(_ group: Int?) { Unix.setForeground(group.map { Int32($0) }) }

  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int) {
    let (reading, writing) = try system { () throws(UnixFailure) in try Unix.pipe() }
    return (Int(reading), Int(writing))
  }

  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int {
    let unixUse: Unix.Use =
      switch use {
      case .reading: .reading
      case .writing: .writing
      case .appending: .appending
      }
    return Int(try system { () throws(UnixFailure) in try Unix.open(path.bytes, unixUse) })
  }

  func close(_ handle: Int) { Unix.close(Int32(handle)) }

  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8] {
    try system { () throws(UnixFailure) in try Unix.read(Int32(handle), limit: limit) }
  }

  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int {
    try system { () throws(UnixFailure) in try Unix.write(Int32(handle), bytes) }
  }

  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int]) {
    let found = try? Poll.ready(
      reading: reading.map { Int32($0) }, writing: writing.map { Int32($0) },
      until: limit.map { .now + .milliseconds($0) })
    // If the host cannot say, trying is better than never going on.
    guard let found else { return (reading, writing) }
    return (
      reading.filter { found.contains(Int32($0)) }, writing.filter { found.contains(Int32($0)) }
    )
  }

  func names(in directory: Text) -> [Text]? {
    Unix.names(in: directory.bytes).map { $0.map { Text($0) } }
  }

  func facts(_ path: Text) -> PathFacts? {
    guard let facts = Unix.facts(path.bytes) else { return nil }
    let kind: PathFacts.Kind =
      switch facts.kind {
      case .file: .file
      case .directory: .directory
      case .pipe: .pipe
      case .socket: .socket
      case .block: .blockDevice
      case .character: .characterDevice
      }
    return PathFacts(
      kind: kind, size: facts.size, mode: Int(facts.mode & 0o7777), modified: facts.modified,
      identity: PathFacts.Identity(device: facts.device, number: facts.number))
  }

  func isLink(_ path: Text) -> Bool { Unix.isLink(path.bytes) }

  func access(_ path: Text, _ access: FileAccess) -> Bool {
    let unixAccess: Unix.Access =
      switch access {
      case .read: .read
      case .write: .write
      case .execute: .execute
      }
    return Unix.access(path.bytes, unixAccess)
  }

  var workingDirectory: Text { Text(Unix.workingDirectory) }

  func changeDirectory(_ path: Text) throws(SystemFailure) {
    try system { () throws(UnixFailure) in try Unix.changeDirectory(path.bytes) }
  }

  var environment: [(name: Text, value: Text)] {
    Unix.environment.compactMap { entry in
      let parts = Text(entry).split(at: 0x3D, limit: 2)
      return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
  }

  func home(of user: Text) -> Text? { Unix.home(of: user.bytes).map { Text($0) } }
  func isTerminal(_ handle: Int) -> Bool { Unix.isTerminal(Int32(truncatingIfNeeded: handle)) }
  var shellProgram: Text? { "/proc/self/exe" }
  var processIdentifier: Int { Int(Environment.processIdentifier) }
  var userIdentifier: Int { Int(Unix.userIdentifier) }
  func randomNumber() -> UInt64 { .random(in: 0...UInt64.max) }
  func beginSession() { Interrupt.watch() }
  func takeInterrupt() -> Bool { Interrupt.take() }

  func setRawMode(_ isRaw: Bool) { terminal.setRawMode(isRaw) }
  func terminalSize() -> TerminalSize? {
    Terminal.size.map { TerminalSize(columns: $0.columns, rows: $0.rows) }
  }
  var now: Int { Unix.now }

  func makeDirectory(_ path: Text) throws(SystemFailure) {
    try system { () throws(UnixFailure) in try Unix.makeDirectory(path.bytes) }
  }

  func replace(_ path: Text, with bytes: [UInt8]) throws(SystemFailure) {
    let new = path + ".new"
    let handle = try open(new, for: .writing)
    do {
      defer { close(handle) }
      var rest = bytes[...]
      while !rest.isEmpty { rest = rest.dropFirst(try write(handle, rest)) }
    }
    try system { () throws(UnixFailure) in try Unix.rename(new.bytes, to: path.bytes) }
  }

  private func system<Result>(
    _ body: () throws(UnixFailure) -> Result
  ) throws(SystemFailure) -> Result {
    do throws(UnixFailure) { return try body() } catch {
      let kind: SystemFailure.Kind =
        error.isNotFound
        ? .notFound
        : error.isNotPermitted ? .notPermitted : error.isBrokenPipe ? .brokenPipe : .other
      throw SystemFailure(kind: kind, reason: Text(error.reason))
    }
  }
}
