// SPDX-License-Identifier: MIT
import System
import UtilityFrame

/// What utilities ask for, asked of Apus.
final class ApusSystem: UtilitySystem {
  /// How the terminal was before its input was made raw.
  private var settingsBefore: TerminalSettings?

  // MARK: Open files

  override func openFile(
    _ path: Text, _ flags: OpenFlags, mode: UInt32
  ) throws(SystemError) -> Handle {
    try File(path, flags, mode: mode).release()
  }

  override func close(_ handle: Handle) { performIgnoringErrors(Close { $0.handle = handle }) }

  override func read(_ handle: Handle, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    try handle.read(into: buffer.mutableSpan)
  }

  override func write(_ handle: Handle, _ bytes: Span<UInt8>) throws(SystemError) -> Int {
    try handle.write(bytes)
  }

  override func seek(_ handle: Handle, to offset: UInt64) throws(SystemError) {
    guard let distance = Int(exactly: offset) else { throw .invalidArgument }
    _ = try perform(
      Seek {
        $0.handle = handle
        $0.offset = distance
        $0.whence = 0
      })
  }

  override func truncate(_ handle: Handle, to length: UInt64) throws(SystemError) {
    _ = try perform(
      Truncate {
        $0.handle = handle
        $0.length = length
      })
  }

  override func allocate(
    _ handle: Handle, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags
  ) throws(SystemError) { try handle.allocate(from: offset, byteCount: byteCount, flags) }

  override func lock(
    _ handle: Handle, _ operation: LockOperation, until deadline: UInt64?
  ) throws(SystemError) {
    if operation == .unlock { return try handle.unlock() }
    try TimedLock.lock(handle, operation == .shared ? .shared : .exclusive, until: deadline)
  }

  override func synchronise(_ handle: Handle) throws(SystemError) {
    _ = try perform(Synchronise { $0.handle = handle })
  }

  override func status(of handle: Handle) throws(SystemError) -> FileStatus {
    try handle.status()
  }

  override func setAttributes(
    of handle: Handle, _ attributes: FileAttributes
  ) throws(SystemError) {
    let file = File(OwnedHandle(handle))
    var failure: SystemError?
    do throws(SystemError) { try file.setAttributes(attributes) } catch { failure = error }
    // It stays its opener's to close.
    _ = file.release()
    if let failure { throw failure }
  }

  override func call(
    _ handle: Handle, _ code: UInt32, _ input: Span<UInt8>, into output: inout [UInt8]
  ) throws(SystemError) -> UInt { try handle.call(code, input, into: output.mutableSpan) }

  // MARK: Names

  override func status(_ path: Text, following: Bool) throws(SystemError) -> FileStatus {
    try FileSystem.status(path, ofLink: !following)
  }

  override func volumeStatus(_ path: Text) throws(SystemError) -> FileSystemStatusRecord {
    try File(path, .statOnly | .runtimeHandle).volumeStatus()
  }

  override func entries(_ path: Text) throws(SystemError) -> [DirectoryItem] {
    var items: [DirectoryItem] = []
    try Directory(path).forEach {
      items.append(DirectoryItem($0.name, type: $0.type, inode: $0.inode))
    }
    return items
  }

  override func setAttributes(
    _ path: Text, _ attributes: FileAttributes, following: Bool
  ) throws(SystemError) {
    let flags: OpenFlags = .statOnly | .runtimeHandle
    let file = try File(path, following ? flags : flags | .symbolicLink | .noFollow)
    try file.setAttributes(attributes)
  }

  override func remove(_ path: Text) throws(SystemError) { try FileSystem.remove(path) }

  override func removeDirectory(_ path: Text) throws(SystemError) {
    try FileSystem.removeDirectory(path)
  }

  override func makeDirectory(_ path: Text, mode: UInt32) throws(SystemError) {
    try FileSystem.makeDirectory(path, mode: mode)
  }

  override func makeLink(_ path: Text, to target: Text) throws(SystemError) {
    try FileSystem.makeLink(path, to: target)
  }

  override func target(ofLink path: Text) throws(SystemError) -> Text {
    try FileSystem.target(ofLink: path)
  }

  override func link(_ path: Text, as newPath: Text) throws(SystemError) {
    try FileSystem.link(path, as: newPath)
  }

  override func rename(_ path: Text, to newPath: Text) throws(SystemError) {
    try FileSystem.rename(path, to: newPath)
  }

  // MARK: This process

  override var workingDirectory: Text { WorkingDirectory.path }
  override var creationMask: UInt32 { CreationMask.current }
  override var user: UInt32 { UInt32(truncatingIfNeeded: Process.property(.effectiveUser)) }
  override var group: UInt32 { UInt32(truncatingIfNeeded: Process.property(.effectiveGroup)) }
  override var groups: [UInt32] { Process.groups }
  override var processNumber: UInt32 { Process.currentNumber }
  override var environment: [Text] { Environment.all }

  /// A page is charged when it is first touched, so that the heap has room says too little: the
  /// machine needs as many free bytes, and some for the others.
  override func hasMemory(for byteCount: Int) -> Bool {
    guard heapHasRoom(for: byteCount) else { return false }
    do throws(SystemError) {
      let memory = try volumeStatus("/scheme/memory")
      return memory.availableBlocks &* memory.blockSize > UInt64(byteCount) &+ Self.memoryForOthers
    } catch {
      return true
    }
  }
  private static var memoryForOthers: UInt64 { 1 << 20 }

  // MARK: Time

  override var wallClock: UInt64 { Clock.wallClock() }
  override var now: UInt64 { Clock.now().nanoseconds }

  override func sleep(until moment: UInt64) throws(SystemError) {
    try Clock.sleep(until: Deadline(nanoseconds: moment))
  }

  // MARK: Digests

  override func makeSHA256() -> UtilityDigest? { MbedDigest() }

  // MARK: Other processes

  override func start(
    _ path: Text, _ arguments: [Text], environment: [Text], options: StartOptions
  ) throws(SystemError) -> UInt32 {
    var program = Program(path, arguments)
    program.environment = environment
    program.workingDirectory = options.workingDirectory
    if options.ownGroup { program.group = 0 }
    program.handles =
      [
        (.standardInput, options.input ?? .standardInput),
        (.standardOutput, options.output ?? .standardOutput),
        (.standardError, .standardError),
      ].filter { Self.isOpen($0.1) } + options.shared.map { ($0, $0) }
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw error.reason
    }
  }

  /// Whoever started this program need not have given it all three.
  private static func isOpen(_ handle: Handle) -> Bool {
    do throws(SystemError) { _ = try handle.status() } catch { return error != .badHandle }
    return true
  }

  override func wait(
    for process: UInt32, until deadline: UInt64?
  ) throws(SystemError) -> ChildEnd {
    let moment = deadline.map { Deadline(nanoseconds: $0) } ?? .never
    let report = try Process.wait(.process(process), until: moment)
    switch report.status {
    case .exited(let status):
      return ChildEnd(.exited, status, processorTime: report.processorTime)
    case .signalled(let number):
      return ChildEnd(.signalled, number.rawValue, processorTime: report.processorTime)
    case .stopped, .continued:
      // Only asked for with an option, which was not given.
      throw .protocolError
    }
  }

  override func replace(
    _ path: Text, _ arguments: [Text], environment: [Text]
  ) throws(SystemError) {
    var program = Program(path, arguments)
    program.environment = environment
    do throws(ExecutableError) { try Process.replace(program) } catch { throw error.reason }
  }

  override var niceness: Int { Int(Process.property(.nice)) - 20 }

  override func setNiceness(_ niceness: Int) throws(SystemError) {
    let value = UInt(bitPattern: niceness + 20)
    // Who may not open this may still be nicer than before.
    guard let authority = try? File("/scheme/sys/authority", .read) else {
      return try Process.setProperty(.nice, value)
    }
    try Process.setProperty(.nice, value, authority: authority.handle)
  }

  override func signal(_ selector: Int, _ number: UInt32) throws(SystemError) {
    try Process.signal(selector, SignalNumber(rawValue: number))
  }

  // MARK: Terminals

  override func isTerminal(_ handle: Handle) -> Bool { Terminal.isTerminal(handle) }

  override func terminalSize(_ handle: Handle) -> (columns: Int, rows: Int)? {
    do throws(SystemError) {
      let size = try Terminal(handle).windowSize()
      return (Int(size.columns), Int(size.rows))
    } catch { return nil }
  }

  override func terminalSettings(_ handle: Handle) throws(SystemError) -> TerminalSettings {
    try Terminal(handle).settings()
  }

  override func setTerminalSettings(
    _ handle: Handle, _ settings: TerminalSettings
  ) throws(SystemError) { try Terminal(handle).set(settings, .drained) }

  override func setTerminalSize(
    _ handle: Handle, columns: Int, rows: Int
  ) throws(SystemError) {
    let size = WindowSize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
    try Terminal(handle).setWindowSize(size)
  }

  override func terminalPath(_ handle: Handle) throws(SystemError) -> Text {
    try Terminal(handle).path()
  }

  override func setRawInput(_ handle: Handle, _ isRaw: Bool) throws(SystemError) {
    let terminal = Terminal(handle)
    guard isRaw else {
      if let before = settingsBefore { try terminal.set(before, .drained) }
      settingsBefore = nil
      return
    }
    var settings = try terminal.settings()
    settingsBefore = settings
    settings.local.remove(.echo | .canonical | .signals)
    settings.input.remove(.returnToNewLine)
    settings[.minimum] = 1
    settings[.time] = 0
    try terminal.set(settings)
  }

  override func readKeys(
    _ handle: Handle, into buffer: inout [UInt8], until deadline: UInt64
  ) throws(SystemError) -> Int? {
    let queue = try EventQueue()
    try queue.watch(handle, .readable, data: 0)
    var batch = EventBatch()
    do throws(SystemError) {
      try queue.wait(for: &batch, until: Deadline(nanoseconds: deadline))
    } catch {
      if error == .timedOut { return nil }
      throw error
    }
    return try handle.read(into: buffer.mutableSpan)
  }
}
