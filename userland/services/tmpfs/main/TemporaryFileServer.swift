// SPDX-License-Identifier: MIT
import FileLocking
import Hierarchy
import System
import TemporaryFiles

/// The scheme `tmp` over a volume.
///
/// Who has a file open is the kernel's knowledge: before a file without a name is deleted, the list
/// of open descriptions is asked.
struct TemporaryFileServer: SchemeServer, ~Copyable {
  typealias File = UInt64

  var volume: Volume<CapsuleStore>
  var locks = LockService(LockMemory<CapsuleStore>.kept(at: 0))
  private let capsule: ServiceCapsule
  private var session: SchemeSession?
  private var links = LinkPlaces(now: Clock.now().nanoseconds)

  init(_ volume: consuming Volume<CapsuleStore>, in capsule: consuming ServiceCapsule) {
    self.volume = volume
    self.capsule = capsule
  }

  mutating func start(_ session: SchemeSession) {
    self.session = session
    locks.start(session)
    if locks.wasDamaged { Log.error("what was kept of locks is damaged: they are lost") }
    guard let open = openWords(except: nil) else { return }
    volume.deleteOrphans { word in open.contains(word) }
    _ = freeHeldPages()
    if volume.isRecovered { giveBackPages(all: true) }
  }

  /// Gives the system memory of pages that no file needs, once that is much.
  mutating func giveBackPages(all: Bool = false) {
    volume.giveBackPages(all: all) { range in
      // What cannot be given back now is used again.
      do throws(SystemError) { try capsule.memory.giveBack(range) } catch {}
    }
  }

  /// The words of all open files; `nil` if they cannot be had, and then nothing is deleted.
  private func openWords(except description: UInt64?) -> [UInt64]? {
    guard let session else { return nil }
    do throws(SystemError) {
      var words: [UInt64] = []
      for record in try session.descriptions() where record.description != description {
        words.append(record.word)
      }
      return words
    } catch { return nil }
  }

  private mutating func deleteIfClosed(_ inode: Int, except description: UInt64? = nil) {
    let word = volume.word(for: inode)
    guard let open = openWords(except: description), !open.contains(word) else { return }
    volume.delete(inode)
    // Most that was mapped is not any more: then its pages serve again at once.
    _ = freeHeldPages()
    giveBackPages()
  }

  /// Frees the pages of deleted files that were mapped, as far as nobody has them mapped any more.
  /// - Returns: whether there is more room than before.
  private mutating func freeHeldPages() -> Bool {
    guard volume.holdsPages else { return false }
    let memory = capsule.memory.handle
    return volume.freeHeldPages { range in Self.isMapped(memory, range) } > 0
  }

  /// Whether anybody but this program has some of these bytes mapped. If that cannot be found out,
  /// somebody may have.
  private static func isMapped(_ memory: Handle, _ range: Range<Int>) -> Bool {
    do throws(SystemError) {
      let bytes = UInt64(range.lowerBound)..<UInt64(range.upperBound)
      return try memory.memoryStatus(of: bytes).mappings > 1
    } catch { return true }
  }

  /// Carries out `operation`, a second time if it lacked space that could be found.
  mutating func makingRoom<Result>(
    _ operation: (inout Volume<CapsuleStore>) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    do throws(SystemError) { return try operation(&volume) } catch {
      guard error == .noSpace, freeHeldPages() else { throw error }
    }
    return try operation(&volume)
  }

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    volume.result(of: mark(request), opens: false).map { UInt(truncatingIfNeeded: $0) }
  }

  func mark(_ request: borrowing Request) -> RequestMark {
    RequestMark(description: request.description, sequence: request.sequence)
  }

  /// Carries out `operation` as the caller of a request, whose further groups are asked for where they
  /// may decide.
  private mutating func asCaller<Result>(
    _ request: borrowing Request,
    _ operation: (inout Volume<CapsuleStore>, FileUser) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    var user = FileUser(user: request.caller.user, group: request.caller.group, groups: nil)
    do throws(SystemError) {
      return try makingRoom { (volume) throws(SystemError) in try operation(&volume, user) }
    } catch {
      guard user.isUndecided(by: error), session != nil else { throw error }
    }
    user.groups = try session?.groups(of: request.tag)
    return try makingRoom { (volume) throws(SystemError) in try operation(&volume, user) }
  }

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    if request.isRepeated, let word = volume.result(of: mark(request), opens: true) { return word }
    let start = try volume.inode(for: directory)
    let (text, flags, mode) = (Text(path.bytes), request.openFlags, request.mode)
    let mark = mark(request)
    let opened = try asCaller(request) { (volume, user) throws(SystemError) in
      try volume.open(text, below: start, flags, mode: mode, user, now: Clock.wallClock(), mark)
    }
    if flags.contains(.truncate) { giveBackPages() }
    switch opened {
    case .file(let inode): return volume.word(for: inode)
    case .place(let place): return links.keep(place)
    }
  }

  mutating func close(_ file: UInt64, for request: inout Request) {
    locks.closed(request.description)
    do throws(SystemError) {
      let inode = try volume.inode(for: file)
      guard volume.links(inode) == 0 else { return }
      deleteIfClosed(inode, except: request.description)
    } catch { return }
  }

  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    if let text = try links.text(file) {
      guard offset < UInt64(text.count) else { return }
      output.put(text.span.extracting(Int(offset)..<text.count))
      return
    }
    let inode = try volume.inode(for: file)
    guard !volume.isDirectory(inode) else { throw .isDirectory }
    let wanted = output.freeCapacity
    let (place, count) = volume.find(inode, at: offset, limit: wanted)
    // Bytes that lie one behind the other are sent from where they are.
    let isAll = count == wanted || offset &+ UInt64(count) >= volume.size(inode)
    if let place, isAll, place & 7 == 0 {
      request.answer(with: volume.store.bytes.extracting(place..<place + count))
      return
    }
    copy(inode, from: offset, into: &output)
  }

  private func copy(_ inode: Int, from offset: UInt64, into output: inout OutputSpan<UInt8>) {
    var offset = offset
    while output.freeCapacity > 0 {
      let (place, count) = volume.find(inode, at: offset, limit: output.freeCapacity)
      if count == 0 { return }
      for index in 0..<count {
        output.append(place.map { volume.store.byte(at: $0 + index) } ?? 0)
      }
      offset += UInt64(count)
    }
  }

  mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    let inode = try volume.inode(for: file)
    let appends = request.writeFlags.contains(.append)
    let (user, mark) = (request.caller.user, mark(request))
    return try makingRoom { (volume) throws(SystemError) in
      try volume.write(
        inode, bytes, at: offset, appends: appends, user: user, now: Clock.wallClock(), mark)
    }
  }

  mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    let inode = try volume.inode(for: file)
    let run = try makingRoom { (volume) throws(SystemError) in try volume.mapping(inode) }
    let page = UInt64(Limits.pageBytes)
    request.mapsPart(from: UInt64(run.start) * page, byteCount: UInt64(run.count) * page)
    // What the client may do is what its own handle says; execution is for programs.
    return try capsule.memory.handleToPass(.read | .write | .execute | .map)
  }

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    guard let text = try links.text(file) else {
      return volume.status(try volume.inode(for: file))
    }
    return LinkPlaces.status(of: text)
  }

  mutating func status(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus {
    let (path, start) = (path.bytes, try volume.inode(for: directory))
    var user = FileUser(user: request.caller.user, group: request.caller.group, groups: nil)
    while true {
      do throws(SystemError) {
        return volume.status(try volume.find(path, from: start, toAsk: flags, user))
      } catch {
        guard user.isUndecided(by: error), let session else { throw error }
        user.groups = try session.groups(of: request.tag)
      }
    }
  }

  mutating func fileSystemStatus(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord {
    _ = freeHeldPages()
    return volume.fileSystemStatus()
  }

  mutating func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    let inode = try volume.inode(for: file)
    let path = try volume.path(of: inode)
    output.put(path.span)
  }

  mutating func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    let directory = try volume.inode(for: file)
    guard volume.isDirectory(directory) else { throw .notDirectory }
    var last = cookie
    while let entry = volume.nextName(of: directory, after: last) {
      let kind = EntryKind(rawValue: volume.mode(entry.inode) >> 12) ?? .unknown
      guard
        list.add(
          entry.name.span, kind, inode: UInt64(entry.inode) + 1, cookie: entry.cookie)
      else { return }
      last = entry.cookie
    }
  }

  mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    try volume.truncate(
      try volume.inode(for: file), to: length, now: Clock.wallClock(), mark(request))
    giveBackPages()
  }

  mutating func setAttributes(
    _ file: UInt64, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) {
    let mark = mark(request)
    try asCaller(request) { (volume, user) throws(SystemError) in
      try volume.setAttributes(
        try volume.inode(for: file), attributes, user, now: Clock.wallClock(), mark)
    }
  }

  mutating func unlink(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) {
    let (text, mark) = (Text(path.bytes), mark(request))
    let last = try asCaller(request) { (volume, user) throws(SystemError) in
      try volume.unlink(
        text, below: try volume.inode(for: directory), ofDirectory: flags.contains(.directory),
        user, now: Clock.wallClock(), mark)
    }
    if let last { deleteIfClosed(last) }
  }

  mutating func link(
    _ file: UInt64, as path: consuming RequestPath, below directory: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let (text, mark) = (Text(path.bytes), mark(request))
    try asCaller(request) { (volume, user) throws(SystemError) in
      try volume.link(
        try volume.inode(for: file), as: text, below: try volume.inode(for: directory), user,
        now: Clock.wallClock(), mark)
    }
  }

  mutating func rename(
    _ path: consuming RequestPath, below directory: UInt64, to newPath: consuming RequestPath,
    below newDirectory: UInt64, for request: inout Request
  ) throws(SystemError) {
    let (old, new, mark) = (Text(path.bytes), Text(newPath.bytes), mark(request))
    let last = try asCaller(request) { (volume, user) throws(SystemError) in
      try volume.rename(
        old, below: try volume.inode(for: directory), to: new,
        below: try volume.inode(for: newDirectory), user, now: Clock.wallClock(), mark)
    }
    if let last { deleteIfClosed(last) }
  }
}
