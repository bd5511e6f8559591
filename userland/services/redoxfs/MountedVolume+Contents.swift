// SPDX-License-Identifier: MIT
import Base
import ABI
import Core
import Hierarchy
import Memory
import RedoxFS

// What is in files, and what is known of them.
extension MountedVolume {
  /// Adds what the file has from `offset` on, as far as there is room.
  @_lifetime(output: copy output)
  public func read(
    _ node: UInt32, into output: inout OutputSpan<UInt8>, at offset: UInt64, now: UInt64
  ) throws(SystemError) {
    do throws(FileSystemError) {
      try files.forEachPart(of: node, from: offset, count: output.freeCapacity) { part, zeros in
        output.append(copying: part)
        if zeros > 0 { output.append(repeating: 0, count: zeros) }
      }
    } catch { throw report(error, node) }
    noteAccess(node, now)
  }

  /// What `read` would give, where it lies in memory; `nil` if it lies in pieces.
  public func lend(
    _ node: UInt32, from offset: UInt64, count: Int, now: UInt64
  ) throws(SystemError) -> LentPart? {
    do throws(FileSystemError) {
      guard let part = try files.lend(node, from: offset, count: count) else { return nil }
      if part.accessed &+ Limits.accessTimeAge < now / 1_000_000_000 { noteAccess(node, now) }
      return part
    } catch { throw report(error, node) }
  }

  /// The time of access is kept about right, and nothing is done for it alone: it is in no log, and
  /// a volume that is full or failing is read all the same.
  private func noteAccess(_ node: UInt32, _ now: UInt64) {
    guard let record = try? files.record(of: node),
      record.accessed.seconds &+ Limits.accessTimeAge < now / 1_000_000_000
    else { return }
    try? files.setAttributes(of: node) { $0.accessed = time(now) }
  }

  /// Writes `bytes` at `offset`, or at the end.
  /// - Returns: how many there was room for: all, or those up to the end of the first record.
  public func write(
    _ node: UInt32, _ bytes: Span<UInt8>, at offset: UInt64, appends: Bool, user: UInt32,
    now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int {
    do throws(SystemError) {
      return try writeAll(node, bytes, at: offset, appends: appends, user: user, now: now, mark)
    } catch {
      guard error == .noSpace else { throw error }
      let start = appends ? try record(of: node).byteCount : offset
      let left = Limits.recordBytes &- Int(start % UInt64(Limits.recordBytes))
      guard left < bytes.count else { throw error }
      return try writeAll(
        node, bytes.extracting(first: left), at: start, appends: false, user: user, now: now, mark)
    }
  }

  private func writeAll(
    _ node: UInt32, _ bytes: Span<UInt8>, at offset: UInt64, appends: Bool, user: UInt32,
    now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int {
    if bytes.isEmpty { return 0 }
    if !appends {
      try makeRoom(forWrite: bytes.count, at: offset)
      let slot = log?.slot(forWrite: bytes.count, at: offset)
      if let size = files.overwrite(
        bytes, of: node, at: offset, keepsSetID: user == 0, now: time(now), in: slot)
      {
        noteWrite(bytes, to: node, at: offset, now, oldSize: size, newMode: 0, mark)
        return bytes.count
      }
    }
    let file = try self.record(of: node)
    guard file.kind != .directory else { throw .isDirectory }
    let start = appends ? file.byteCount : offset
    let (end, overflow) = start.addingReportingOverflow(UInt64(bytes.count))
    guard !overflow, end <= Limits.fileBytes else { throw .fileTooLarge }
    if file.kind == .symbolicLink, end > UInt64(HierarchyLimits.pathBytes) { throw .nameTooLong }
    try makeRoom(forWrite: bytes.count, at: start)
    let newMode = newMode(of: file, changedBy: user)
    do throws(FileSystemError) {
      try files.write(
        bytes, to: node, at: start, permissions: newMode == 0 ? nil : newMode, now: time(now))
    } catch { throw report(error, node) }
    noteWrite(bytes, to: node, at: start, now, oldSize: file.byteCount, newMode: newMode, mark)
    return bytes.count
  }

  private func noteWrite(
    _ bytes: Span<UInt8>, to node: UInt32, at offset: UInt64, _ now: UInt64, oldSize: UInt64,
    newMode: UInt16, _ mark: RequestMark
  ) {
    var record = OperationRecord(.write)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = offset
    record.numbers[2] = now
    record.numbers[3] = UInt64(newMode)
    record.numbers[4] = oldSize
    (record.mark, record.result) = (mark, UInt64(bytes.count))
    note(record, bytes)
  }

  /// Up to `count` bytes from `offset` on.
  public func bytes(
    of node: UInt32, from offset: UInt64, count: Int
  ) throws(SystemError) -> [UInt8] {
    do throws(FileSystemError) { return try files.read(node, from: offset, count: count) } catch {
      throw report(error, node)
    }
  }

  /// Makes what was written through a mapping part of the file: nobody's request, and within it.
  public func takeOver(
    _ bytes: [UInt8], of node: UInt32, at offset: UInt64, _ now: UInt64
  ) throws(SystemError) {
    try makeRoom(forWrite: bytes.count, at: offset, isRequest: false)
    do throws(FileSystemError) {
      try files.write(bytes.span, to: node, at: offset, now: time(now))
    } catch { throw report(error, node) }
    var record = OperationRecord(.write)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = offset
    record.numbers[2] = now
    note(record, bytes.span, isRequest: false)
  }

  /// Moves the end. What is new reads as zeros.
  public func truncate(
    _ node: UInt32, to length: UInt64, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    guard length <= Limits.fileBytes else { throw .fileTooLarge }
    try truncate(node, to: length, opens: false, now, mark)
  }

  func truncate(
    _ node: UInt32, to length: UInt64, opens: Bool, _ now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    let oldSize = try self.record(of: node).byteCount
    try makeRoom()
    do throws(FileSystemError) { try files.truncate(node, to: length, now: time(now)) } catch {
      throw report(error, node)
    }
    var record = OperationRecord(.truncate)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = length
    record.numbers[2] = now
    record.numbers[4] = oldSize
    (record.mark, record.result, record.opens) = (mark, opens ? UInt64(node) : 0, opens)
    note(record)
  }

  /// Changes mode, owner and times, as far as `user` may.
  /// - Throws: `notPermitted`.
  public func setAttributes(
    _ node: UInt32, _ attributes: FileAttributes, _ user: FileUser, now: UInt64,
    _ mark: RequestMark
  ) throws(SystemError) {
    let access = try access(of: node).changed(by: attributes, user)
    let file = try self.record(of: node)
    try makeRoom()
    var record = OperationRecord(.setAttributes)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = UInt64(access.mode)
    record.numbers[2] = UInt64(access.user) | UInt64(access.group) << 32
    record.numbers[3] =
      attributes.valid & 8 != 0 ? attributes.accessed : nanoseconds(file.accessed)
    record.numbers[4] =
      attributes.valid & 16 != 0 ? attributes.modified : nanoseconds(file.modified)
    record.numbers[5] = now
    do throws(FileSystemError) { try setAttributes(record.numbers) } catch {
      throw report(error, node)
    }
    record.mark = mark
    note(record)
  }

  // MARK: Telling

  /// As far as it fits in 64 bits, which is until 2554.
  private func nanoseconds(_ time: Timestamp) -> UInt64 {
    let (whole, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(UInt64(time.nanoseconds))
    return overflow || carry ? UInt64.max : sum
  }

  public func status(_ node: UInt32) throws(SystemError) -> FileStatus {
    let record = try record(of: node)
    var status = FileStatus()
    status.inode = UInt64(node)
    fill(&status, record)
    if files.isReleased(node) { status.links = 0 }
    return status
  }

  func fill(_ status: inout FileStatus, _ record: NodeRecord) {
    status.mode = UInt32(record.mode)
    status.links = record.links
    status.user = record.user
    status.group = record.group
    status.size = record.byteCount
    status.blocks = record.blockCount &* 8
    status.accessed = nanoseconds(record.accessed)
    status.modified = nanoseconds(record.modified)
    status.changed = nanoseconds(record.changed)
  }

  public func fileSystemStatus() -> FileSystemStatusRecord {
    var status = FileSystemStatusRecord()
    let room = files.room
    status.blocks = files.blockCount
    status.freeBlocks = room.free
    status.availableBlocks = room.available
    // Every file takes a block at least.
    status.files = files.blockCount
    let kept = files.limits.reservedBlocks
    status.freeFiles = room.free > kept ? room.free &- kept : 0
    status.nameLimit = UInt64(Self.nameBytes)
    return status
  }

  /// Lists names behind `cookie` until `body` does not want any more.
  public func list(
    _ directory: UInt32, after cookie: UInt64,
    _ body: (_ name: Span<UInt8>, _ type: UInt32, _ node: UInt32, _ cookie: UInt64) -> Bool
  ) throws(SystemError) {
    var last = cookie
    do throws(FileSystemError) {
      while true {
        let entries = try files.entries(of: directory, after: last, limit: Limits.listedNames)
        if entries.isEmpty { return }
        for (entry, cookie) in entries {
          let mode = try files.record(of: entry.node).mode
          guard body(entry.name.span, UInt32(mode >> 12), entry.node, cookie) else { return }
          last = cookie
        }
      }
    } catch { throw report(error, directory) }
  }
}
