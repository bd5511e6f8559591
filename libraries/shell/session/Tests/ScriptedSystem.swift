// SPDX-License-Identifier: MIT
import Base
import ShellEditor
import ShellEvaluator

@testable import ShellSession

extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// A system with files in memory and somebody at the terminal who has typed all in advance.
final class ScriptedSystem: SessionSystem {
  var typed: [UInt8]
  var written: [UInt8] = []
  var output: [UInt8] = []
  var files: [Text: [UInt8]] = [:]
  var directories: [Text] = ["/", "/home"]
  var environment: [(name: Text, value: Text)] = [("HOME", "/home"), ("PATH", "/bin")]
  var hasTerminal = true
  var isRaw = false
  /// Whether the terminal was raw at each command's output.
  var rawOutputs = 0
  private var open: [Int: (path: Text, place: Int)] = [:]
  private var nextHandle = 10
  var workingDirectory: Text = "/home"

  init(_ typed: String) { self.typed = Array(typed.utf8) }

  private static var refusal: SystemFailure {
    SystemFailure(kind: .notFound, reason: "No such file or directory")
  }

  func setRawMode(_ isRaw: Bool) { self.isRaw = isRaw }
  func terminalSize() -> TerminalSize? { TerminalSize(columns: 40, rows: 10) }
  var now: Int { 17 }

  func makeDirectory(_ path: Text) throws(SystemFailure) { directories.append(path) }
  func replace(_ path: Text, with bytes: [UInt8]) throws(SystemFailure) { files[path] = bytes }

  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int {
    if use == .reading, files[path] == nil { throw Self.refusal }
    if use != .reading {
      guard let slash = path.lastIndex(of: 0x2F), directories.contains(path[0..<slash]) else {
        throw Self.refusal
      }
      if use == .writing || files[path] == nil { files[path] = [] }
    }
    nextHandle += 1
    open[nextHandle] = (path, 0)
    return nextHandle
  }

  func close(_ handle: Int) { open[handle] = nil }

  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8] {
    if handle == 0 {
      let bytes = Array(typed.prefix(limit))
      typed.removeFirst(bytes.count)
      return bytes
    }
    guard let (path, place) = open[handle], let file = files[path] else { throw Self.refusal }
    let bytes = Array(file[place...].prefix(limit))
    open[handle]?.place += bytes.count
    return bytes
  }

  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int {
    switch handle {
    case 1:
      output += bytes
      if isRaw { rawOutputs += 1 }
    case 2: written += bytes
    default:
      guard let path = open[handle]?.path else { throw Self.refusal }
      files[path]? += bytes
    }
    return bytes.count
  }

  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int]) {
    (limit == 0 || limit == EditorLimits.escapeMilliseconds) && typed.isEmpty
      ? ([], []) : (reading, writing)
  }

  func names(in directory: Text) -> [Text]? {
    files.keys.compactMap { path in
      guard let slash = path.lastIndex(of: 0x2F) else { return nil }
      let parent: Text = slash == 0 ? "/" : path[0..<slash]
      let wanted = directory == "." ? workingDirectory : directory
      return parent == wanted ? path[(slash + 1)...] : nil
    }
  }

  func facts(_ path: Text) -> PathFacts? {
    let path = path.hasPrefix("./") ? workingDirectory + path[1...] : path
    let identity = PathFacts.Identity(device: 0, number: 0)
    if directories.contains(path) {
      return PathFacts(kind: .directory, size: 0, mode: 0o755, modified: 0, identity: identity)
    }
    return files[path].map {
      PathFacts(kind: .file, size: $0.count, mode: 0o755, modified: 0, identity: identity)
    }
  }

  func start(_ program: ProgramStart) throws(SystemFailure) -> Int { throw Self.refusal }
  func become(_ program: ProgramStart) throws(SystemFailure) { throw Self.refusal }
  func state(of process: Int, waits: Bool) -> ProcessState { .exited(0) }
  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure) {}
  func setForeground(_ group: Int?) {}
  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int) { throw Self.refusal }
  func isLink(_ path: Text) -> Bool { false }
  func access(_ path: Text, _ access: FileAccess) -> Bool { true }
  func changeDirectory(_ path: Text) throws(SystemFailure) { workingDirectory = path }
  func home(of user: Text) -> Text? { user.isEmpty ? "/home" : nil }
  func isTerminal(_ handle: Int) -> Bool { handle == 0 && hasTerminal }
  var shellProgram: Text? { nil }
  var processIdentifier: Int { 1 }
  var userIdentifier: Int { 0 }
  func randomNumber() -> UInt64 { 1 }
  func beginSession() {}
  func takeInterrupt() -> Bool { false }
}
