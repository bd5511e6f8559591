// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

/// The scheme `disk.NAME` of one disk.
public struct DiskServer<Device: BlockDevice & ~Copyable, Host: DiskHost>: SchemeServer, ~Copyable {
  public typealias File = DiskFile

  var engine: BlockEngine<Device>
  let host: Host
  var memory: TransferMemory
  var partitions: PartitionList
  var session: SchemeSession?
  var rings: [DiskRing] = []
  /// Requests on files that wait for pages.
  var waiting: [WaitingTransfer] = []
  /// Opens that wait for what was asked before.
  private var openings: [(tag: RequestTag, word: UInt64, before: UInt64)] = []
  private var nextSerial: UInt64

  /// - Parameter firstSerial: more than any predecessor used.
  public init(
    _ device: consuming Device, _ host: Host, _ memory: consuming TransferMemory,
    _ partitions: consuming PartitionList, firstSerial: UInt64
  ) {
    engine = BlockEngine(device)
    self.host = host
    self.memory = memory
    self.partitions = partitions
    nextSerial = max(1, firstSerial)
  }

  public mutating func start(_ session: SchemeSession) {
    self.session = session
    do throws(SystemError) {
      try host.watchInterrupts(session)
    } catch {
      // Without interrupts every request is found at its deadline, late.
    }
    if !partitions.wasRead { readPartitions() }
  }

  /// The blocks that a file is of, on the disk.
  func blocks(_ file: DiskFile) throws(SystemError) -> BlockRange {
    if file.part == 1 { return BlockRange(first: 0, count: geometry.blockCount) }
    guard let number = file.partition else { throw .isDirectory }
    guard let blocks = partitions[number] else { throw .gone }
    return blocks
  }

  // MARK: Names

  public mutating func open(
    _ path: consuming RequestPath, below directory: DiskFile, for request: inout Request
  ) throws(SystemError) -> DiskFile {
    var part = directory.part
    while let name = try path.next() {
      guard part == 0 else { throw .notDirectory }
      guard let found = DiskFile.part(named: name),
        found == 1 || partitions[Int(found) - 2] != nil
      else { throw .notFound }
      part = found
    }
    let flags = request.openFlags
    if flags.contains(.directory), part != 0 { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    guard part != 0 else {
      if flags.contains(.write) { throw .isDirectory }
      return .root
    }
    if flags.contains(.statOnly) { return DiskFile(part: part, serial: 0) }
    guard request.caller.user == 0 else { throw .accessDenied }
    if flags.contains(.write), geometry.isReadOnly { throw .readOnlyFileSystem }
    nextSerial += 1
    let file = DiskFile(part: part, serial: nextSerial)
    if engine.isIdle, waiting.isEmpty { return file }
    // What somebody asked for who is gone must not happen to a disk that another has opened.
    openings.append((request.postpone(), file.word, engine.next))
    return file
  }

  /// Lets those in whose predecessors' requests are done.
  mutating func openDrained() {
    while let first = openings.first, waiting.isEmpty, engine.oldest >= first.before {
      openings.removeFirst()
      session?.answer(first.tag, opening: first.word, isStream: false)
    }
  }

  public mutating func close(_ file: DiskFile, for request: inout Request) {
    closeRing(file.serial)
  }

  public mutating func status(
    _ file: DiskFile, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = UInt64(file.part) + 1
    status.links = 1
    guard file.part != 0 else {
      status.mode = FileMode.directory | 0o555
      return status
    }
    status.mode = FileMode.blockDevice | 0o600
    status.blockSize = UInt64(geometry.blockBytes)
    status.size = try blocks(file).count * UInt64(geometry.blockBytes)
    status.blocks = status.size / 512
    return status
  }

  public mutating func path(
    _ file: DiskFile, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    guard file.part != 0 else { return }
    output.put(Self.name(file.part))
  }

  private static func name(_ part: UInt8) -> Text {
    Text { text in
      text.put("0")
      guard part > 1 else { return }
      text.put("p")
      text.put(decimal: UInt64(part - 2))
    }
  }

  public mutating func readDirectory(
    _ file: DiskFile, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    guard file.part == 0 else { throw .notDirectory }
    let count = UInt64(partitions.count) + 1
    guard cookie < count else { return }
    for part in cookie + 1...count {
      let name = Self.name(UInt8(part))
      guard list.add(name.span, .blockDevice, inode: part + 1, cookie: part) else { return }
    }
  }

  // MARK: Events

  public mutating func handle(_ event: EventRecord) {
    host.takeInterrupt()
    progress()
  }

  public mutating func wake() {
    engine.expire(now: host.now())
    progress()
  }

  /// Goes on with everything that can go on.
  mutating func progress() {
    var hasMore = true
    while hasMore {
      takeSubmissions()
      admit()
      engine.advance(now: host.now())
      hasMore = false
      while let finished = engine.takeFinished() {
        finish(finished)
        hasMore = true
      }
    }
    tellRings()
    openDrained()
    if engine.isDead { host.abandon() }
    session?.wake(at: engine.deadline.map { Deadline(nanoseconds: $0) } ?? .never)
  }
}
