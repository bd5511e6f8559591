// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import PCI
public import Schemes

/// The scheme `pci`.
public struct FunctionServer<Access: ConfigurationAccess, Machine: FunctionMachine>: SchemeServer,
  ~Copyable
{
  public typealias File = FunctionFile

  let table: FunctionTable
  let access: Access
  let machine: Machine
  var session: SchemeSession?

  public init(_ table: consuming FunctionTable, _ access: Access, _ machine: Machine) {
    self.table = table
    self.access = access
    self.machine = machine
  }

  public mutating func start(_ session: SchemeSession) {
    self.session = session
    do throws(SystemError) {
      reconcile(try session.descriptions().map { $0.word })
    } catch {
      // Nobody's turn ends without knowledge of who is there.
      return
    }
  }

  /// The record of the function that a file is about.
  func slot(_ file: FunctionFile) throws(SystemError) -> Int {
    guard file.kind != .root, let slot = table.slot(of: file.key) else { throw .gone }
    return slot
  }

  /// The function of a channel whose turn it is.
  func held(_ file: FunctionFile) throws(SystemError) -> (slot: Int, record: FunctionRecord) {
    guard file.kind == .channel else { throw .notSupported }
    let slot = try slot(file)
    guard let record = table.functions[slot], record.holder == file.word else { throw .gone }
    return (slot, record)
  }

  // MARK: Names

  /// - Throws: `noLocks` for the channel of a function that somebody has.
  public mutating func open(
    _ path: consuming RequestPath, below directory: FunctionFile, for request: inout Request
  ) throws(SystemError) -> FunctionFile {
    var file = directory
    while let name = try path.next() {
      switch file.kind {
      case .root:
        guard let address = FunctionAddress(name: name), table.slot(of: address.key) != nil else {
          throw .notFound
        }
        file = FunctionFile(.directory, key: address.key)
      case .directory:
        if name.equals("config") {
          file.kind = .configuration
        } else if name.equals("channel") {
          file.kind = .channel
        } else {
          throw .notFound
        }
      case .configuration, .channel: throw .notDirectory
      }
    }
    let flags = request.openFlags
    let isDirectory = file.kind == .root || file.kind == .directory
    if flags.contains(.directory), !isDirectory { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    if isDirectory || file.kind == .configuration {
      guard !flags.contains(.write) else { throw isDirectory ? .isDirectory : .accessDenied }
      return file
    }
    // A channel leads nowhere below itself, and is opened by name each time.
    guard directory.kind != .channel else { throw .notDirectory }
    guard request.caller.user == 0 else { throw .accessDenied }
    return flags.contains(.statOnly) ? FunctionFile(.directory, key: file.key) : try take(file)
  }

  /// Gives the function to whoever asks, if nobody has it.
  private mutating func take(_ file: FunctionFile) throws(SystemError) -> FunctionFile {
    let slot = try slot(file)
    guard var record = table.functions[slot] else { throw .gone }
    guard record.holder == 0 else { throw .noLocks }
    record.turns = record.turns &+ 1 & 0xFF_FFFF
    let taken = FunctionFile(.channel, key: file.key, turn: record.turns)
    record.holder = taken.word
    table.functions[slot] = record
    return taken
  }

  public mutating func close(_ file: FunctionFile, for request: inout Request) {
    guard file.kind == .channel, let slot = table.slot(of: file.key),
      let record = table.functions[slot], record.holder == file.word
    else { return }
    quiet(slot)
  }

  public mutating func status(
    _ file: FunctionFile, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = file.word & 0x7_FFFF_FFFF &+ 1
    status.links = 1
    switch file.kind {
    case .root, .directory:
      status.mode = FileMode.directory | 0o555
    case .configuration:
      status.mode = FileMode.regular | 0o444
      status.size = UInt64(access.byteCount(of: file.address))
    case .channel:
      status.mode = FileMode.regular | 0o600
      status.size = UInt64(access.byteCount(of: file.address))
    }
    return status
  }

  public mutating func path(
    _ file: FunctionFile, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    guard file.kind != .root else { return }
    output.put(file.address.name)
    switch file.kind {
    case .root, .directory: break
    case .configuration: output.put("/config")
    case .channel: output.put("/channel")
    }
  }

  public mutating func readDirectory(
    _ file: FunctionFile, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    switch file.kind {
    case .configuration, .channel: throw .notDirectory
    case .directory:
      let inode = UInt64(file.key)
      if cookie < 1, !list.add("config", .regular, inode: inode | 2 << 32 + 1, cookie: 1) { return }
      if cookie < 2 { _ = list.add("channel", .regular, inode: inode | 3 << 32 + 1, cookie: 2) }
    case .root:
      guard cookie < UInt64(table.functions.slotCount) else { return }
      for slot in Int(cookie)..<table.functions.slotCount {
        guard let record = table.functions[slot] else { continue }
        let name = record.address.name
        guard
          list.add(
            name.span, .directory, inode: FunctionFile(.directory, key: record.key).word &+ 1,
            cookie: UInt64(slot) + 1)
        else { return }
      }
    }
  }
}
