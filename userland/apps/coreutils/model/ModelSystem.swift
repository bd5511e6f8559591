// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core
public import UtilityFrame

/// A system made of arrays, for tests: files of several schemes, standard input and output, a
/// clock, and faults at any call.
///
/// `/scheme/NAME/…` is another device for each NAME, everything else is one.
public final class ModelSystem: UtilitySystem {
  public var files = ModelFiles()
  public var input: [UInt8] = []
  public private(set) var output: [UInt8] = []
  public private(set) var errors: [UInt8] = []
  /// What writing to standard output fails with.
  public var outputFailure: SystemError?
  public var variables: [Text] = []
  public var directory: Text = "/"
  public var mask: UInt32 = 0o022
  public var furtherGroups: [UInt32] = []
  /// What locking and allocating come to, given what was asked.
  public var lockFile: (LockOperation, UInt64?) throws(SystemError) -> Void = { _, _ in }
  public var allocateFile: (Range<UInt64>, AllocationFlags) throws(SystemError) -> Void = { _, _ in
  }
  public var time: UInt64 = 1_000_000_000_000_000_000
  public var monotonic: UInt64 = 100_000_000_000
  public var terminalColumns: Int?
  public var settings = TerminalSettings()
  public private(set) var signals: [Signalled] = []
  /// What each program that is started does: its end, given its arguments.
  public var program: (ModelStart) throws(SystemError) -> ChildEnd = { _ in ChildEnd(.exited, 0) }
  public private(set) var started: [ModelStart] = []
  /// The largest block of memory that can be had, in bytes.
  public var memoryLimit = Int.max
  /// What others do while the process sleeps.
  public var meanwhile: (ModelSystem) throws(SystemError) -> Void = { _ in }
  /// How many changes are still made before the process is gone: later calls change nothing, and
  /// fail. `nil` is never.
  public var changesLeft: Int?
  public var isGone: Bool { changesLeft.map { $0 < 0 } ?? false }

  private var opened: [UInt32: OpenFile] = [:]
  private var nextHandle: UInt32 = 3

  public struct Signalled: Equatable { public var selector: Int, number: UInt32 }

  private struct OpenFile {
    var node: Int
    var offset = 0
    var flags: OpenFlags
  }

  public override init() {}

  public override var groups: [UInt32] { furtherGroups }

  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  func takeErrors() -> [UInt8] {
    defer { errors = [] }
    return errors
  }

  private func change() throws(SystemError) {
    guard let left = changesLeft else { return }
    changesLeft = left - 1
    if left <= 0 {
      changesLeft = -1
      throw .gone
    }
  }

  private func live() throws(SystemError) {
    if isGone { throw .gone }
  }

  private func absolute(_ path: Text) throws(SystemError) -> Text {
    guard !path.isEmpty else { throw .notFound }
    try live()
    return Path.resolved(path, from: directory)
  }

  /// What `path` names. A path that says that it leads to a directory has to, and its link is followed.
  private func find(_ path: Text, following: Bool) throws(SystemError) -> Int {
    let namesDirectory = Path.namesDirectory(path)
    let node = try files.find(try absolute(path), following: following || namesDirectory)
    guard !namesDirectory || files.nodes[node].isDirectory else { throw .notDirectory }
    return node
  }

  private func isNameOfDirectory(_ path: Text) throws(SystemError) -> Bool {
    files.nodes[try files.find(try absolute(path), following: false)].isDirectory
  }

  // MARK: Open files

  public override func openFile(
    _ path: Text, _ flags: OpenFlags, mode: UInt32
  ) throws(SystemError) -> Handle {
    let following = !flags.contains(.noFollow)
    if flags.contains(.create), Path.namesDirectory(path) { throw .isDirectory }
    var node: Int
    do throws(SystemError) {
      node = try find(path, following: following)
      if flags.contains(.create | .exclusive) { throw SystemError.alreadyExists }
    } catch {
      guard error == .notFound, flags.contains(.create) else { throw error }
      try change()
      node = try files.add(
        try absolute(path), ModelNode(mode: FileMode.regular | mode & ~mask), now: time)
    }
    if files.nodes[node].isDirectory, flags.contains(.write) { throw .isDirectory }
    if flags.contains(.truncate), !files.nodes[node].content.isEmpty {
      try change()
      try files.resize(node, to: 0, now: time)
    }
    let handle = nextHandle
    nextHandle += 1
    opened[handle] = OpenFile(node: node, flags: flags)
    return Handle(rawValue: handle)
  }

  public override func lock(
    _ handle: Handle, _ operation: LockOperation, until deadline: UInt64?
  ) throws(SystemError) { try lockFile(operation, deadline) }

  public override func allocate(
    _ handle: Handle, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags
  ) throws(SystemError) { try allocateFile(offset..<offset + byteCount, flags) }

  public override func close(_ handle: Handle) { opened[handle.rawValue] = nil }

  /// How many files are open: none, when a utility has ended.
  public var openCount: Int { opened.count }

  public override func read(
    _ handle: Handle, into buffer: inout [UInt8]
  ) throws(SystemError) -> Int {
    try live()
    if handle == .standardInput {
      let count = min(buffer.count, input.count)
      buffer.replaceSubrange(0..<count, with: input[0..<count])
      input.removeFirst(count)
      return count
    }
    guard var file = opened[handle.rawValue] else { throw .badHandle }
    let content = files.nodes[file.node].content
    if files.nodes[file.node].isDirectory { throw .isDirectory }
    let count = max(0, min(buffer.count, content.count - file.offset))
    if count > 0 {
      buffer.replaceSubrange(0..<count, with: content[file.offset..<(file.offset + count)])
    }
    file.offset += count
    opened[handle.rawValue] = file
    return count
  }

  public override func write(
    _ handle: Handle, _ bytes: Span<UInt8>
  ) throws(SystemError) -> Int {
    if handle == .standardOutput {
      if let outputFailure { throw outputFailure }
      for index in bytes.indices { output.append(bytes[index]) }
      return bytes.count
    }
    if handle == .standardError {
      for index in bytes.indices { errors.append(bytes[index]) }
      return bytes.count
    }
    guard var file = opened[handle.rawValue] else { throw .badHandle }
    guard file.flags.contains(.write) else { throw .badHandle }
    try change()
    if file.flags.contains(.append) { file.offset = files.nodes[file.node].content.count }
    let count = try files.write(file.node, at: file.offset, bytes, now: time)
    file.offset += count
    opened[handle.rawValue] = file
    return count
  }

  public override func seek(_ handle: Handle, to offset: UInt64) throws(SystemError) {
    try live()
    guard opened[handle.rawValue] != nil else { throw .notSeekable }
    opened[handle.rawValue]?.offset = Int(offset)
  }

  public override func truncate(_ handle: Handle, to length: UInt64) throws(SystemError) {
    guard let file = opened[handle.rawValue] else { throw .invalidArgument }
    try change()
    try files.resize(file.node, to: Int(length), now: time)
  }

  public override func synchronise(_ handle: Handle) throws(SystemError) { try live() }

  public override func status(of handle: Handle) throws(SystemError) -> FileStatus {
    try live()
    guard let file = opened[handle.rawValue] else {
      var status = FileStatus()
      status.mode = FileMode.characterDevice
      return status
    }
    return files.status(file.node)
  }

  public override func setAttributes(
    of handle: Handle, _ attributes: FileAttributes
  ) throws(SystemError) {
    guard let file = opened[handle.rawValue] else { throw .badHandle }
    try change()
    files.set(file.node, attributes, now: time)
  }

  // MARK: Names

  public override func status(
    _ path: Text, following: Bool
  ) throws(SystemError) -> FileStatus {
    files.status(try find(path, following: following))
  }

  public override func volumeStatus(_ path: Text) throws(SystemError) -> FileSystemStatusRecord {
    _ = try find(path, following: true)
    var record = FileSystemStatusRecord()
    record.blocks = UInt64(files.capacity / 4096)
    record.freeBlocks = UInt64(max(0, files.capacity - files.used) / 4096)
    record.availableBlocks = record.freeBlocks
    return record
  }

  public override func hasMemory(for byteCount: Int) -> Bool { byteCount <= memoryLimit }

  public override func entries(_ path: Text) throws(SystemError) -> [DirectoryItem] {
    let node = try files.find(try absolute(path), following: true)
    guard files.nodes[node].isDirectory else { throw .notDirectory }
    guard files.nodes[node].mode & 0o444 != 0 else { throw .accessDenied }
    // In the order in which they were made, so that a test sees the same one each time.
    return files.nodes[node].names.sorted { $0.value < $1.value }.map { name, child in
      DirectoryItem(name, type: files.nodes[child].mode & FileMode.typeMask, inode: UInt64(child))
    }
  }

  public override func setAttributes(
    _ path: Text, _ attributes: FileAttributes, following: Bool
  ) throws(SystemError) {
    let node = try find(path, following: following)
    try change()
    files.set(node, attributes, now: time)
  }

  public override func remove(_ path: Text) throws(SystemError) {
    if Path.namesDirectory(path) {
      throw try isNameOfDirectory(path) ? .isDirectory : .notDirectory
    }
    let path = try absolute(path)
    let node = try files.find(path, following: false)
    if files.nodes[node].isDirectory { throw .isDirectory }
    try change()
    try files.detach(path)
  }

  public override func removeDirectory(_ path: Text) throws(SystemError) {
    let path = try absolute(path)
    let node = try files.find(path, following: false)
    guard files.nodes[node].isDirectory else { throw .notDirectory }
    guard files.nodes[node].names.isEmpty else { throw .directoryNotEmpty }
    try change()
    try files.detach(path)
  }

  public override func makeDirectory(_ path: Text, mode: UInt32) throws(SystemError) {
    let path = try absolute(path)
    guard files.exists(path) == false else { throw .alreadyExists }
    try change()
    _ = try files.add(path, ModelNode(mode: FileMode.directory | mode & ~mask), now: time)
  }

  public override func makeLink(_ path: Text, to target: Text) throws(SystemError) {
    if Path.namesDirectory(path) { throw .notFound }
    let path = try absolute(path)
    guard files.exists(path) == false else { throw .alreadyExists }
    try change()
    var node = ModelNode(mode: FileMode.symbolicLink | 0o777)
    node.content = target.bytes
    _ = try files.add(path, node, now: time)
  }

  public override func target(ofLink path: Text) throws(SystemError) -> Text {
    let node = try files.find(try absolute(path), following: false)
    guard files.nodes[node].mode & FileMode.typeMask == FileMode.symbolicLink else {
      throw .invalidArgument
    }
    return Text(files.nodes[node].content)
  }

  public override func link(_ path: Text, as newPath: Text) throws(SystemError) {
    if Path.namesDirectory(newPath) { throw .notFound }
    let path = try absolute(path)
    let newPath = try absolute(newPath)
    let node = try files.find(path, following: false)
    guard ModelFiles.device(path) == ModelFiles.device(newPath) else { throw .crossDevice }
    if files.nodes[node].isDirectory { throw .notPermitted }
    guard files.exists(newPath) == false else { throw .alreadyExists }
    try change()
    try files.attach(newPath, node)
  }

  public override func rename(_ path: Text, to newPath: Text) throws(SystemError) {
    if Path.namesDirectory(path) || Path.namesDirectory(newPath) {
      guard try isNameOfDirectory(path) else { throw .notDirectory }
    }
    let path = try absolute(path)
    let newPath = try absolute(newPath)
    _ = try files.find(path, following: false)
    guard ModelFiles.device(path) == ModelFiles.device(newPath) else { throw .crossDevice }
    try change()
    try files.rename(path, newPath)
  }

  // MARK: The rest

  public override var workingDirectory: Text { directory }
  public override var creationMask: UInt32 { mask }
  public override var environment: [Text] { variables }
  public override var processNumber: UInt32 { 77 }
  public override var wallClock: UInt64 { time }
  public override var now: UInt64 { monotonic }

  public override func sleep(until moment: UInt64) throws(SystemError) {
    try live()
    monotonic = max(monotonic, moment)
    try meanwhile(self)
  }

  public override func start(
    _ path: Text, _ arguments: [Text], environment: [Text], options: StartOptions
  ) throws(SystemError) -> UInt32 {
    let path = try absolute(path)
    let node = try files.find(path, following: true)
    guard files.nodes[node].mode & 0o111 != 0 else { throw .accessDenied }
    started.append(
      ModelStart(
        path: path, arguments: arguments, environment: environment, shared: options.shared))
    return UInt32(999 + started.count)
  }

  public override func wait(
    for process: UInt32, until deadline: UInt64?
  ) throws(SystemError) -> ChildEnd {
    guard process >= 1000, process < 1000 + UInt32(started.count) else { throw .noChild }
    return try program(started[Int(process) - 1000])
  }

  public override func replace(
    _ path: Text, _ arguments: [Text], environment: [Text]
  ) throws(SystemError) {
    _ = try start(path, arguments, environment: environment, options: StartOptions())
    throw .gone
  }

  public override func signal(_ selector: Int, _ number: UInt32) throws(SystemError) {
    signals.append(Signalled(selector: selector, number: number))
  }

  public override func makeSHA256() -> UtilityDigest? { ModelDigest() }

  public override func isTerminal(_ handle: Handle) -> Bool { terminalColumns != nil }

  public override func terminalSettings(
    _ handle: Handle
  ) throws(SystemError) -> TerminalSettings {
    guard terminalColumns != nil else { throw .notTerminal }
    return settings
  }

  public override func setTerminalSettings(
    _ handle: Handle, _ settings: TerminalSettings
  ) throws(SystemError) { self.settings = settings }

  public override func setTerminalSize(
    _ handle: Handle, columns: Int, rows: Int
  ) throws(SystemError) { terminalColumns = columns }

  public override func terminalPath(_ handle: Handle) throws(SystemError) -> Text {
    guard terminalColumns != nil else { throw .notTerminal }
    return "/scheme/pty/7"
  }

  public override func terminalSize(_ handle: Handle) -> (columns: Int, rows: Int)? {
    terminalColumns.map { ($0, 24) }
  }
}

/// No SHA-256, but as long, and another for other bytes as long as those are few: their sum with
/// their places, and their count.
private final class ModelDigest: UtilityDigest {
  private var sum: UInt64 = 0
  private var count: UInt64 = 0

  override func update(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      count += 1
      sum = sum &* 31 &+ UInt64(bytes[index])
    }
  }

  override func finish() -> [UInt8] {
    var digest: [UInt8] = []
    for word in [sum, count, sum, count] {
      for shift in 0..<8 { digest.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
    }
    return digest
  }
}

/// A program that was started.
public struct ModelStart: Sendable {
  public var path: Text
  public var arguments: [Text]
  public var environment: [Text]
  public var shared: [Handle] = []
}
