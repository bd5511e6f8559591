// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

/// The scheme `disk.NAME`: a disk, or those of a controller.
public struct DiskServer<Device: BlockDevice & ~Copyable, Host: DiskHost>: SchemeServer, ~Copyable {
  public typealias File = DiskFile

  /// In the order of their numbers.
  let units: [DiskUnit<Device>]
  let host: Host
  var session: SchemeSession?
  var rings: [DiskRing] = []
  private var nextSerial: UInt64

  /// - Parameter firstSerial: more than any predecessor used.
  public init(_ units: [DiskUnit<Device>], _ host: Host, firstSerial: UInt64) {
    self.units = units
    self.host = host
    nextSerial = max(1, firstSerial)
  }

  public mutating func start(_ session: SchemeSession) {
    self.session = session
    do throws(SystemError) {
      try host.watchInterrupts(session)
    } catch {
      // Without interrupts every request is found at its deadline, late.
    }
    for unit in units where !unit.partitions.wasRead { readPartitions(unit) }
  }

  /// The disk that a file is of.
  /// - Throws: `isDirectory` for the root, `noDevice` if this driver has not found the disk.
  func unit(_ file: DiskFile) throws(SystemError) -> DiskUnit<Device> {
    guard file.part != 0 else { throw .isDirectory }
    for unit in units where unit.number == file.disk { return unit }
    throw .noDevice
  }

  // MARK: Names

  public mutating func open(
    _ path: consuming RequestPath, below directory: DiskFile, for request: inout Request
  ) throws(SystemError) -> DiskFile {
    var place = directory
    while let name = try path.next() {
      guard place.part == 0 else { throw .notDirectory }
      guard let found = DiskFile(named: name), isThere(found) else { throw .notFound }
      place = found
    }
    let flags = request.openFlags
    if flags.contains(.directory), place.part != 0 { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    guard place.part != 0 else {
      if flags.contains(.write) { throw .isDirectory }
      return .root
    }
    let unit = try unit(place)
    if unit.engine.isIdle { unit.engine.lookAtMedium() }
    if flags.contains(.statOnly) {
      return DiskFile(disk: place.disk, part: place.part, serial: 0)
    }
    guard request.caller.user == 0 else { throw .accessDenied }
    if flags.contains(.write), unit.geometry.isReadOnly { throw .readOnlyFileSystem }
    if directory.serial == 0 { nextSerial += 1 }
    let file = DiskFile(
      disk: place.disk, part: place.part,
      serial: directory.serial == 0 ? nextSerial : directory.serial, use: DiskUse(flags))
    if unit.engine.isIdle, unit.waiting.isEmpty {
      try checkOthers(file)
      return file
    }
    // What somebody asked for who is gone must not happen to a disk that another has opened.
    unit.openings.append((request.postpone(), file.word, unit.engine.next))
    return file
  }

  private func isThere(_ file: DiskFile) -> Bool {
    for unit in units where unit.number == file.disk {
      guard let number = file.partition else { return true }
      return unit.partitions[number] != nil
    }
    return false
  }

  /// Lets those in whose predecessors' requests are done.
  func openDrained(_ unit: DiskUnit<Device>) {
    while let first = unit.openings.first, unit.waiting.isEmpty,
      unit.engine.oldest >= first.before
    {
      unit.openings.removeFirst()
      do throws(SystemError) {
        // Only now, since those who have ended meanwhile have it no longer open.
        if let file = DiskFile(word: first.word) { try checkOthers(file) }
        session?.answer(first.tag, opening: first.word, isStream: false)
      } catch { session?.answer(first.tag, error) }
    }
  }

  public mutating func close(_ file: DiskFile, for request: inout Request) {
    // What was opened below it may have the ring.
    if ring(file.serial)?.description == request.description { closeRing(file.serial) }
  }

  public mutating func status(
    _ file: DiskFile, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = file.inode
    status.links = 1
    guard file.part != 0 else {
      status.mode = FileMode.directory | 0o555
      return status
    }
    let unit = try unit(file)
    status.mode = FileMode.blockDevice | 0o600
    status.blockSize = UInt64(unit.geometry.blockBytes)
    status.size = try unit.blocks(file).count * UInt64(unit.geometry.blockBytes)
    status.blocks = status.size / 512
    return status
  }

  public mutating func path(
    _ file: DiskFile, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    output.put(file.name)
  }

  public mutating func readDirectory(
    _ file: DiskFile, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    guard file.part == 0 else { throw .notDirectory }
    for unit in units {
      for part in 1...UInt8(unit.partitions.count + 1) {
        let file = DiskFile(disk: unit.number, part: part, serial: 0)
        // The place of an entry is its file's.
        guard file.word > cookie else { continue }
        let name = file.name
        guard list.add(name.span, .blockDevice, inode: file.inode, cookie: file.word) else {
          return
        }
      }
    }
  }

  // MARK: Events

  public mutating func handle(_ event: EventRecord) {
    host.takeInterrupt()
    for unit in units { unit.engine.acknowledge() }
    progress()
  }

  public mutating func wake() {
    for unit in units { unit.engine.expire(now: host.now()) }
    progress()
  }

  /// Goes on with everything that can go on.
  mutating func progress() {
    var hasMore = true
    while hasMore {
      var waits = takeSubmissions()
      hasMore = false
      for unit in units where advance(unit) {
        // An end makes room for what has had none.
        waits = waits || !unit.waiting.isEmpty
        hasMore = waits
      }
    }
    tellRings()
    var deadline: UInt64?
    for unit in units {
      if !unit.openings.isEmpty { openDrained(unit) }
      if unit.engine.isDead { host.abandon() }
      if let next = unit.engine.deadline { deadline = min(deadline ?? .max, next) }
    }
    session?.wake(at: deadline.map { Deadline(nanoseconds: $0) } ?? .never)
  }

  /// - Returns: whether a request has ended, after which there may be pages and room in rings.
  private mutating func advance(_ unit: DiskUnit<Device>) -> Bool {
    if !unit.waiting.isEmpty { admit(unit) }
    unit.engine.advance(now: host.now())
    var hasEnded = false
    while let finished = unit.engine.takeFinished() {
      finish(finished, unit)
      hasEnded = true
    }
    return hasEnded
  }
}
