// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

/// Why a volume cannot be served.
public enum MountError: Error {
  case volume(FileSystemError)
  case log(OperationLogError)
  /// What the log has cannot be carried out again.
  case replay(FileSystemError)

  @export(interface)
  public var explanation: Text {
    switch self {
    case .volume(let error): error.explanation
    case .log(.tooSmall): "its capsule is too small"
    case .log(.damaged): "what its capsule holds is damaged"
    case .log(.otherState): "its capsule holds operations that do not follow what the disk has"
    case .replay(let error): "what its capsule holds cannot be done again: " + error.explanation
    }
  }
}

/// A volume as a service has it: its files, and a log of what was done since the last commit, so that
/// a successor goes on where this server was killed.
///
/// Every change is one operation of the library, and then one entry of the log. Before it there is
/// room for the entry, so nothing is done that could not be written down.
public final class MountedVolume<Disk: WritableBlockStore, Capsule: WordStore> {
  public internal(set) var files: FileSystem<Disk>
  var log: OperationLog<Capsule>?
  let disk: Disk
  let capsule: Capsule?
  /// That the medium refuses was said.
  var saidFailure = false
  var places = KnownPlaces()
  /// Hears of what people should know: damage, and where it is.
  public var complain: (Text) -> Void = { _ in }
  /// Something was done that the medium does not have yet.
  public var isDirty: Bool { files.isDirty }
  /// How many operations of a predecessor were carried out again.
  public internal(set) var replayed = 0

  /// Mounts the volume on `disk`. What a predecessor did after its last commit is done again, if there
  /// is a capsule, and files without a name stay until `releaseAll(but:)`.
  /// - Parameter readOnly: nothing is written, and what a predecessor's log has stays there.
  public init(
    mounting disk: Disk, _ capsule: Capsule?, readOnly: Bool = false
  ) throws(MountError) {
    self.disk = disk
    self.capsule = readOnly ? nil : capsule
    (files, log) = try Self.open(
      disk, self.capsule, readOnly: readOnly, keepsReleased: self.capsule != nil)
    try replay()
    do throws(FileSystemError) { try files.settle() } catch { throw .volume(error) }
  }

  /// The volume as its last commit has it, and the log of what was done since.
  static func open(
    _ disk: Disk, _ capsule: Capsule?, readOnly: Bool, keepsReleased: Bool
  ) throws(MountError) -> (FileSystem<Disk>, OperationLog<Capsule>?) {
    // A predecessor's writes may still be on their way.
    guard readOnly || disk.flush() else { throw .volume(.medium) }
    let files: FileSystem<Disk>
    do throws(FileSystemError) {
      files = try FileSystem(mounting: disk, keepsReleased: keepsReleased, readOnly: readOnly)
    } catch { throw .volume(error) }
    files.limits.cachedBlocks = Limits.cachedBlocks
    files.limits.dirtyBlocks = Limits.dirtyBlocks
    guard let capsule else { return (files, nil) }
    let log: OperationLog<Capsule>
    do throws(OperationLogError) {
      log = try OperationLog(
        capsule, volume: files.identifier, generation: files.generation)
    } catch { throw .log(error) }
    files.willCommit = { log.willCommit() }
    files.didCommit = { generation in log.didCommit(generation) }
    files.fetch = { slot, place, record in log.copy(slot, to: place, of: &record) }
    return (files, log)
  }

  /// Does again what the last commit does not have.
  func replay() throws(MountError) {
    guard let log else { return }
    // What was done without a commit is done again without one: with what is kept back there is room.
    let limits = files.limits
    files.limits.dirtyBlocks = UInt64.max
    files.limits.reservedBlocks = 0
    defer { files.limits = limits }
    var place = log.start
    while place < log.end {
      log.position = place
      let entry: (OperationRecord, first: [UInt8], second: [UInt8], next: Int)
      do throws(OperationLogError) { entry = try log.entry(at: place) } catch { throw .log(error) }
      do throws(FileSystemError) {
        try carryOut(entry.0, entry.first, entry.second)
      } catch { throw .replay(error) }
      place = entry.next
      replayed += 1
    }
    log.position = log.end
  }

  private func carryOut(
    _ record: OperationRecord, _ first: [UInt8], _ second: [UInt8]
  ) throws(FileSystemError) {
    let numbers = record.numbers
    let node = UInt32(truncatingIfNeeded: numbers[0])
    let other = UInt32(truncatingIfNeeded: numbers[1])
    switch record.kind {
    case .make:
      let made = try files.make(
        newNode(numbers[1], numbers[2]), first.span, in: node, now: time(numbers[3]))
      // Clients know the node by its number.
      guard UInt64(made) == numbers[4] else { throw .volume(.noNode(made)) }
    case .link: try files.link(node, as: first.span, in: other, now: time(numbers[2]))
    case .unlink:
      try files.unlink(
        first.span, from: node, isOpen: { _ in record.wasOpen }, now: time(numbers[1]))
    case .removeDirectory:
      try files.removeDirectory(
        first.span, from: node, isOpen: { _ in record.wasOpen }, now: time(numbers[1]))
    case .rename:
      _ = try files.rename(
        first.span, from: node, to: second.span, in: other, isOpen: { _ in record.wasOpen },
        now: time(numbers[2]))
    case .write:
      let mode = UInt16(truncatingIfNeeded: numbers[3])
      let bytes = record.isReplaced ? try page(of: node, at: numbers[1]) : first
      try files.write(
        bytes.span, to: node, at: numbers[1], permissions: mode == 0 ? nil : mode,
        now: time(numbers[2]))
    case .truncate: try files.truncate(node, to: numbers[1], now: time(numbers[2]))
    case .setAttributes: try setAttributes(numbers)
    case .punch, .allocate:
      guard let (range, change) = record.rangeChange else { throw .invalidArgument }
      try files.allocate(node, range, change, now: time(numbers[2]))
    case .release: try files.release(node)
    }
  }

  /// What the file has there, in place of bytes that are gone.
  private func page(of node: UInt32, at offset: UInt64) throws(FileSystemError) -> [UInt8] {
    var bytes = try files.read(node, from: offset, count: 4096)
    bytes += [UInt8](repeating: 0, count: 4096 &- bytes.count)
    return bytes
  }

  /// Makes the volume as large as its disk.
  /// - Returns: how many blocks it has more.
  public func grow() throws(SystemError) -> UInt64 {
    do throws(FileSystemError) { return try files.grow() } catch { throw report(error, 0) }
  }

  // MARK: What is common to all operations

  /// Sees to room for an entry with so many bytes.
  func makeRoom(_ first: Int = 0, _ second: Int = 0, isRequest: Bool = true) throws(SystemError) {
    guard let log, !log.hasRoom(isRequest: isRequest, first, second) else { return }
    try commit()
    guard log.hasRoom(isRequest: isRequest, first, second) else { throw .outOfMemory }
  }

  /// The same for an entry of a write of so many bytes at `offset`.
  func makeRoom(
    forWrite count: Int, at offset: UInt64, isRequest: Bool = true
  ) throws(SystemError) {
    guard let log else { return }
    let usesSlot = OperationLog<Capsule>.usesSlot(count, at: offset)
    if usesSlot, log.isReadyForPage { return }
    guard !log.hasRoom(isRequest: isRequest, count, usesSlot: usesSlot) else { return }
    try commit()
    guard log.hasRoom(isRequest: isRequest, count, usesSlot: usesSlot) else { throw .outOfMemory }
  }

  func note(
    _ record: OperationRecord, _ first: Span<UInt8> = Span(), _ second: Span<UInt8> = Span(),
    isRequest: Bool = true
  ) {
    log?.append(record, isRequest: isRequest, first, second)
  }

  /// What a request came to that was carried out before its server died.
  public func result(of mark: RequestMark, opens: Bool) -> UInt64? {
    log?.result(of: mark, opens: opens)
  }

  /// Makes all that was done part of what the medium has.
  /// - Throws: `inputOutput`.
  public func commit() throws(SystemError) {
    do throws(FileSystemError) { try files.commit() } catch { throw report(error, 0) }
  }

  /// What a client hears of an error; damage and what the medium refuses is said with its place.
  func report(_ error: FileSystemError, _ node: UInt32) -> SystemError {
    switch error {
    case .volume(.noNode): return .gone
    case .medium:
      sayFailure()
      return .inputOutput
    case .volume:
      var line = Text()
      if node != 0 {
        line.put(pathForMessage(of: node))
        line.put(": ")
      }
      line.put(error.explanation)
      complain(line)
      return .inputOutput
    case .readOnly: return .readOnlyFileSystem
    case .noSpace: return .noSpace
    case .notFound: return .notFound
    case .exists: return .alreadyExists
    case .notDirectory: return .notDirectory
    case .isDirectory: return .isDirectory
    case .notEmpty: return .directoryNotEmpty
    case .invalidName, .invalidArgument, .loop: return .invalidArgument
    case .tooLarge: return .fileTooLarge
    case .tooManyLinks: return .tooManyLinks
    }
  }

  /// Nanoseconds since 1970.
  func time(_ nanoseconds: UInt64) -> Timestamp {
    var time = Timestamp()
    time.seconds = nanoseconds / 1_000_000_000
    time.nanoseconds = UInt32(nanoseconds % 1_000_000_000)
    return time
  }

  func newNode(_ mode: UInt64, _ owner: UInt64) -> NewNode {
    let mode = UInt16(truncatingIfNeeded: mode)
    return NewNode(
      NodeKind(rawValue: mode & 0xF000) ?? .file, permissions: mode & 0xFFF,
      user: UInt32(truncatingIfNeeded: owner), group: UInt32(truncatingIfNeeded: owner >> 32))
  }

  /// By the numbers of an entry.
  func setAttributes(_ numbers: InlineArray<6, UInt64>) throws(FileSystemError) {
    try files.setAttributes(of: UInt32(truncatingIfNeeded: numbers[0])) { record in
      record.mode = UInt16(truncatingIfNeeded: numbers[1])
      record.user = UInt32(truncatingIfNeeded: numbers[2])
      record.group = UInt32(truncatingIfNeeded: numbers[2] >> 32)
      record.accessed = time(numbers[3])
      record.modified = time(numbers[4])
      record.changed = time(numbers[5])
    }
  }
}
