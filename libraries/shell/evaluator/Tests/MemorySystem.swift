// SPDX-License-Identifier: MIT
import Base

@testable import ShellEvaluator

/// A system whose files and programs are in memory. A program runs once its input has ended.
final class MemorySystem: ShellSystem {
  final class Channel {
    var bytes: [UInt8] = []
    var writers = 0
    var readers = 0
  }

  enum Open {
    case reading(Channel)
    case writing(Channel)
    /// What is written to it becomes part of the file.
    case file(Text)
  }

  private struct Process {
    var program: ProgramStart
    var handles: [Open]
    var state = ProcessState.running
    var isReady: Bool {
      guard program.words[0] != "yes", case .reading(let channel) = handles[0] else { return true }
      return channel.writers == 0
    }
  }

  var files: [Text: [UInt8]] = [:]
  var open: [Int: Open] = [:]
  private var processes: [Process] = []
  private var nextHandle = 10
  var workingDirectory: Text = "/"
  let output = Channel()
  let error = Channel()

  init() {
    let input = Channel()
    open = [0: .reading(input), 1: .writing(output), 2: .writing(error)]
    for name in ["cat", "upper", "fails", "waits", "yes"] as [Text] { files["/bin/" + name] = [] }
  }

  func start(_ program: ProgramStart) throws(SystemFailure) -> Int {
    var handles: [Open] = []
    for number in [program.input, program.output, program.error] {
      guard let handle = open[number] else {
        throw SystemFailure(kind: .other, reason: "Bad file descriptor")
      }
      adopt(handle)
      handles.append(handle)
    }
    processes.append(Process(program: program, handles: handles))
    return processes.count
  }

  private func adopt(_ handle: Open) {
    switch handle {
    case .reading(let channel): channel.readers += 1
    case .writing(let channel): channel.writers += 1
    case .file: break
    }
  }

  private func release(_ handle: Open) {
    switch handle {
    case .reading(let channel): channel.readers -= 1
    case .writing(let channel): channel.writers -= 1
    case .file: break
    }
  }

  /// Runs what can run; false if nothing could.
  /// Programs called `waits` do not end.
  var holdsBack = true

  private func runPrograms() -> Bool {
    let next = processes.firstIndex {
      let isHeld = holdsBack && Path.name(of: $0.program.path) == "waits"
      return $0.state == .running && $0.isReady && !isHeld
    }
    guard let index = next else { return false }
    let process = processes[index]
    var input: [UInt8] = []
    switch process.handles[0] {
    case .reading where process.program.words[0] == "yes": break
    case .reading(let channel):
      input = channel.bytes
      channel.bytes = []
    case .file(let path): input = files[path] ?? []
    case .writing: break
    }
    var status = 0
    switch Path.name(of: process.program.path) {
    case "cat": put(input, into: process.handles[1])
    case "upper":
      put(input.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 32 : $0 }, into: process.handles[1])
    case "fails":
      put(Array("oh no\n".utf8), into: process.handles[2])
      status = 3
    default: put(Array("y\n".utf8), into: process.handles[1])
    }
    for handle in process.handles { release(handle) }
    let isKilled = Path.name(of: process.program.path) == "killed"
    processes[index].state = isKilled ? .killed(signal: 2) : .exited(status)
    return true
  }

  private func put(_ bytes: [UInt8], into handle: Open) {
    switch handle {
    case .writing(let channel): channel.bytes += bytes
    case .file(let path): files[path, default: []] += bytes
    case .reading: break
    }
  }

  func state(of process: Int, waits: Bool) -> ProcessState {
    while processes[process - 1].state == .running, runPrograms() {}
    return processes[process - 1].state
  }

  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int) {
    let channel = Channel()
    channel.readers = 1
    channel.writers = 1
    open[nextHandle] = .reading(channel)
    open[nextHandle + 1] = .writing(channel)
    nextHandle += 2
    return (nextHandle - 2, nextHandle - 1)
  }

  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int {
    let path = Path.resolved(path, from: workingDirectory)
    if use == .reading {
      guard let bytes = files[path] else {
        throw SystemFailure(kind: .notFound, reason: "No such file or directory")
      }
      let channel = Channel()
      channel.bytes = bytes
      open[nextHandle] = .reading(channel)
    } else {
      if use == .writing || files[path] == nil { files[path] = [] }
      open[nextHandle] = .file(path)
    }
    nextHandle += 1
    return nextHandle - 1
  }

  func close(_ handle: Int) {
    guard let found = open.removeValue(forKey: handle) else {
      fatalError("handle \(handle) is closed twice")
    }
    release(found)
  }

  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8] {
    guard case .reading(let channel)? = open[handle] else { return [] }
    while channel.bytes.isEmpty, channel.writers > 0, runPrograms() {}
    let bytes = Array(channel.bytes.prefix(limit))
    channel.bytes.removeFirst(bytes.count)
    return bytes
  }

  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int {
    guard let found = open[handle] else {
      throw SystemFailure(kind: .other, reason: "Bad file descriptor")
    }
    put(Array(bytes), into: found)
    return bytes.count
  }

  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int]) {
    while true {
      let readable = reading.filter { handle in
        guard case .reading(let channel)? = open[handle] else { return true }
        return !channel.bytes.isEmpty || channel.writers == 0
      }
      if !readable.isEmpty || !writing.isEmpty { return (readable, writing) }
      if limit != nil, !runPrograms() { return ([], []) }
      guard limit != nil || runPrograms() else {
        fatalError("the shell waits for what never comes")
      }
    }
  }

  func names(in directory: Text) -> [Text]? {
    let folder = Path.resolved(directory, from: workingDirectory)
    let names = files.keys.filter { Path.parent(of: $0) == folder }.map { Path.name(of: $0) }
    return names.isEmpty ? nil : names
  }

  func facts(_ path: Text) -> PathFacts? {
    let path = Path.resolved(path, from: workingDirectory)
    let identity = PathFacts.Identity(device: 0, number: UInt64(path.count))
    if let bytes = files[path] {
      return PathFacts(kind: .file, size: bytes.count, mode: 0o755, modified: 0, identity: identity)
    }
    guard files.keys.contains(where: { $0.hasPrefix(path + "/") }) || path == "/" else {
      return nil
    }
    return PathFacts(kind: .directory, size: 0, mode: 0o755, modified: 0, identity: identity)
  }

  func isLink(_ path: Text) -> Bool { false }
  func access(_ path: Text, _ access: FileAccess) -> Bool { facts(path) != nil }
  func changeDirectory(_ path: Text) throws(SystemFailure) {
    let path = Path.resolved(path, from: workingDirectory)
    guard facts(path)?.kind == .directory else {
      throw SystemFailure(kind: .notFound, reason: "No such file or directory")
    }
    workingDirectory = path
  }

  var environment: [(name: Text, value: Text)] { [("PATH", "/bin"), ("HOME", "/home")] }
  func home(of user: Text) -> Text? { user.isEmpty ? "/home" : nil }
  func isTerminal(_ handle: Int) -> Bool { handle < 3 }
  var shellProgram: Text?
  var started: [ProgramStart] { processes.map(\.program) }
  var processIdentifier: Int { 1 }
  var userIdentifier: Int { 0 }
  func randomNumber() -> UInt64 { 4 }
  func beginSession() {}
  func takeInterrupt() -> Bool { false }
  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure) {}
  func setForeground(_ group: Int?) {}
  func become(_ program: ProgramStart) throws(SystemFailure) {
    throw SystemFailure(kind: .other, reason: "not here")
  }
}
