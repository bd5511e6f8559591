// SPDX-License-Identifier: MIT
import Hierarchy
import RedoxFS
import System
import VolumeService

/// A scheme over a volume: takes requests apart and hands them on.
///
/// Who has a file open is the kernel's knowledge: before a file without a name is removed, the list
/// of open descriptions is asked.
struct VolumeServer: SchemeServer, ~Copyable {
  typealias File = UInt64
  typealias Volume = MountedVolume<DiskStore, CapsuleStore>

  private let volume: Volume
  private var mapped: MappedFiles
  private var session: SchemeSession?
  private var links = LinkPlaces(now: Clock.now().nanoseconds)
  /// A commit will come by itself.
  private var isCommitPlanned = false

  init(_ volume: Volume, _ capsule: CapsuleStore?) {
    self.volume = volume
    mapped = MappedFiles(volume, capsule)
  }

  mutating func start(_ session: SchemeSession) {
    self.session = session
    mapped.start(session)
    let open = openNodes(except: nil)
    do throws(SystemError) {
      try volume.releaseAll { node in open?.contains(node) ?? true || mapped.isInUse(node) }
    } catch { Log.error("files without a name cannot be removed: " + Text(error.explanation)) }
    planCommit()
  }

  // MARK: Words

  /// The root has the word zero; other files have the number of their node.
  private func word(_ node: UInt32) -> UInt64 { node == Volume.root ? 0 : UInt64(node) }

  private func node(_ word: UInt64) throws(SystemError) -> UInt32 {
    if word == 0 { return Volume.root }
    guard word <= UInt64(UInt32.max) else { throw .gone }
    return UInt32(word)
  }

  /// The nodes that somebody has open; `nil` if they cannot be had, and then nothing is removed.
  private func openNodes(except description: UInt64?) -> [UInt32]? {
    guard let session else { return nil }
    do throws(SystemError) {
      var nodes: [UInt32] = []
      for record in try session.descriptions()
      where record.description != description && record.word <= UInt64(UInt32.max) {
        nodes.append(UInt32(record.word))
      }
      return nodes
    } catch { return nil }
  }

  private func mark(_ request: borrowing Request) -> RequestMark {
    RequestMark(description: request.description, sequence: request.sequence)
  }

  private func user(_ request: borrowing Request) -> FileUser {
    FileUser(user: request.caller.user, group: request.caller.group)
  }

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    volume.result(of: mark(request), opens: false).map { UInt(truncatingIfNeeded: $0) }
  }

  // MARK: Commits

  /// What was done is on the medium within a while, whether anybody asks for it or not.
  private mutating func planCommit() { if volume.isDirty { planWake() } }

  private mutating func planWake() {
    guard !isCommitPlanned else { return }
    isCommitPlanned = true
    session?.wake(at: Deadline(nanoseconds: Clock.now().nanoseconds &+ Limits.commitDelay))
  }

  mutating func signalled() {
    if Stopping.isWanted { end() }
  }

  /// Ends with everything on the medium; with status 1 if that cannot be had.
  private func end() -> Never {
    do throws(SystemError) {
      try mapped.takeOverAll()
      try volume.commit()
    } catch { exit(1) }
    exit(0)
  }

  mutating func wake() {
    if Stopping.isWanted { end() }
    isCommitPlanned = false
    // What is wrong was said; whoever asks for it to be on the medium hears of it.
    do throws(SystemError) {
      try mapped.takeOverAll()
      try mapped.sweep()
      try releaseUnused()
      try volume.commit()
    } catch { return }
    if !mapped.isEmpty { planWake() }
  }

  /// Files without a name go once nobody has them open or mapped.
  private mutating func releaseUnused() throws(SystemError) {
    guard !volume.files.releasedNodes.isEmpty, let open = openNodes(except: nil) else { return }
    try volume.releaseAll { node in open.contains(node) || mapped.isInUse(node) }
  }

  mutating func synchronise(_ file: UInt64, for request: inout Request) throws(SystemError) {
    try mapped.takeOverAll()
    try volume.commit()
  }

  // MARK: Names

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    if request.isRepeated, let node = volume.result(of: mark(request), opens: true) {
      return word(UInt32(truncatingIfNeeded: node))
    }
    let opened = try volume.open(
      Text(path.bytes), below: try node(directory), request.openFlags, mode: request.mode,
      user(request), now: Clock.wallClock(), mark(request))
    planCommit()
    switch opened {
    case .file(let node):
      if request.openFlags.contains(.truncate), mapped.isInUse(node) {
        try mapped.wasTruncated(node, to: 0, oldSize: UInt64.max)
      }
      return word(node)
    case .place(let place): return links.keep(place)
    }
  }

  mutating func close(_ file: UInt64, for request: inout Request) {
    guard file <= UInt64(UInt32.max), volume.files.isReleased(UInt32(file)),
      !mapped.isInUse(UInt32(file)),
      let open = openNodes(except: request.description), !open.contains(UInt32(file))
    else { return }
    // It stays until the next mount if it cannot be removed; what is wrong was said.
    do throws(SystemError) { try volume.release(UInt32(file)) } catch { return }
    planCommit()
  }

  mutating func unlink(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) {
    try volume.unlink(
      Text(path.bytes), below: try node(directory), ofDirectory: flags.contains(.directory),
      user(request), isOpen: { isOpen($0) }, now: Clock.wallClock(), mark(request))
    planCommit()
  }

  private func isOpen(_ node: UInt32) -> Bool {
    mapped.isInUse(node) || openNodes(except: nil)?.contains(node) ?? true
  }

  mutating func link(
    _ file: UInt64, as path: consuming RequestPath, below directory: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    try volume.link(
      try node(file), as: Text(path.bytes), below: try node(directory), user(request),
      now: Clock.wallClock(), mark(request))
    planCommit()
  }

  mutating func rename(
    _ path: consuming RequestPath, below directory: UInt64, to newPath: consuming RequestPath,
    below newDirectory: UInt64, for request: inout Request
  ) throws(SystemError) {
    try volume.rename(
      Text(path.bytes), below: try node(directory), to: Text(newPath.bytes),
      below: try node(newDirectory), user(request), isOpen: { isOpen($0) },
      now: Clock.wallClock(), mark(request))
    planCommit()
  }

  // MARK: Contents

  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    if let text = try links.text(file) {
      guard offset < UInt64(text.count) else { return }
      output.put(text.span.extracting(Int(offset)..<text.count))
      return
    }
    let node = try node(file)
    if !mapped.isEmpty { try mapped.takeOver(node) }
    try volume.read(node, into: &output, at: offset, now: Clock.wallClock())
  }

  mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    let node = try node(file)
    let appends = request.writeFlags.contains(.append)
    let count: Int
    if request.inputCount <= bytes.count {
      count = try write(node, bytes, at: offset, appends: appends, request)
    } else {
      let all = try whole(bytes, request)
      count = try write(node, all.span, at: offset, appends: appends, request)
    }
    if request.writeFlags.contains(.synchronous) { try volume.commit() } else { planCommit() }
    return count
  }

  private func write(
    _ node: UInt32, _ bytes: Span<UInt8>, at offset: UInt64, appends: Bool,
    _ request: borrowing Request
  ) throws(SystemError) -> Int {
    let isMapped = mapped.isInUse(node)
    let oldSize = isMapped ? try volume.status(node).size : 0
    let count = try volume.write(
      node, bytes, at: offset, appends: appends, user: request.caller.user,
      now: Clock.wallClock(), mark(request))
    if isMapped {
      try mapped.wasWritten(node, bytes, at: appends ? oldSize : offset, oldSize: oldSize)
    }
    return count
  }

  /// All that the client sends, of which `bytes` is the beginning.
  private func whole(
    _ bytes: Span<UInt8>, _ request: borrowing Request
  ) throws(SystemError) -> [UInt8] {
    var rest = [UInt8](repeating: 0, count: request.inputCount &- bytes.count)
    guard let session,
      try session.read(request.tag, at: bytes.count, into: rest.mutableSpan) == rest.count
    else { throw .inputOutput }
    return Text(bytes).bytes + rest
  }

  mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    let node = try node(file)
    let oldSize = try volume.status(node).size
    try volume.truncate(node, to: length, now: Clock.wallClock(), mark(request))
    try mapped.wasTruncated(node, to: length, oldSize: oldSize)
    planCommit()
  }

  mutating func setAttributes(
    _ file: UInt64, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) {
    try volume.setAttributes(
      try node(file), attributes, user(request), now: Clock.wallClock(), mark(request))
    planCommit()
  }

  // MARK: Mapping

  mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    let node = try node(file)
    guard try volume.access(of: node).isRegular else { throw .noDevice }
    let object = try mapped.map(node)
    request.mapsPart(from: 0, byteCount: object.byteCount)
    planWake()
    // What the client may do is what its own handle says; execution is for programs.
    return try object.object.handleToPass(.read | .write | .execute | .map)
  }

  mutating func supply(
    _ word: UInt64, offset: UInt64, length: UInt64, for request: inout Request
  ) {
    guard word <= UInt64(UInt32.max) else { return }
    mapped.supply(UInt32(word), at: offset, byteCount: length)
  }

  // MARK: The volume

  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    let name = Text(input)
    switch code {
    case VolumeOperation.openFiles:
      // The root that the scheme's name leads to is open always.
      guard let open = openNodes(except: request.description) else { throw .busy }
      return UInt(max(open.count - 1, 0) + mapped.count)
    case VolumeOperation.listSnapshots:
      let list = volume.snapshotList
      output.put(list.span)
      return UInt(list.count)
    case VolumeOperation.makeSnapshot, VolumeOperation.removeSnapshot, VolumeOperation.rollBack:
      guard request.caller.user == 0 else { throw .notPermitted }
      try mapped.takeOverAll()
    default: throw .noSystemCall
    }
    switch code {
    case VolumeOperation.makeSnapshot:
      try volume.makeSnapshot(name, now: Clock.wallClock(), isRepeated: request.isRepeated)
    case VolumeOperation.removeSnapshot:
      try volume.removeSnapshot(name, isRepeated: request.isRepeated)
    default:
      try mapped.sweep(idleFor: 0)
      // Only the root may be open, which is the same in all states.
      guard mapped.isEmpty, let open = openNodes(except: nil), open.allSatisfy({ $0 == 0 }) else {
        throw .busy
      }
      try volume.rollBack(to: name)
    }
    return 0
  }

  // MARK: Telling

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    if let text = try links.text(file) { return LinkPlaces.status(of: text) }
    return try volume.status(try node(file))
  }

  mutating func fileSystemStatus(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord { volume.fileSystemStatus() }

  mutating func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    let path = try volume.path(of: try node(file))
    output.put(path.span)
  }

  mutating func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    try volume.list(try node(file), after: cookie) { name, type, node, cookie in
      list.add(name, EntryKind(rawValue: type) ?? .unknown, inode: UInt64(node), cookie: cookie)
    }
  }
}
