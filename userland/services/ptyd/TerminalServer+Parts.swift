// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import LineDiscipline
import Schemes

// The files below a terminal.
extension TerminalServer {
  mutating func openPart(
    _ path: borrowing RequestPath, of file: TerminalFile, isForced: Bool
  ) throws(SystemError) -> TerminalFile {
    guard file.part == .master || file.part == .terminal else { throw .notDirectory }
    guard isCurrent(file) else { throw .gone }
    var part = file
    part.isForced = isForced
    part.part = try Self.part(named: path)
    if part.part == .lock || part.part == .name, !file.isMasters { throw .notFound }
    return part
  }

  private static func part(
    named path: borrowing RequestPath
  ) throws(SystemError) -> TerminalFile.Part {
    if path == "termios" { return .settings }
    if path == "termios/drain" { return .settingsDrained }
    if path == "termios/flush" { return .settingsFlushed }
    if path == "winsize" { return .size }
    if path == "winsize/ask" { return .sizeQuestion }
    if path == "pgrp" { return .group }
    if path == "session" { return .session }
    if path == "ptlock" { return .lock }
    if path == "ptsname" { return .name }
    if path == "flush" { return .flush }
    if path == "hangup" { return .hangUp }
    throw .notFound
  }

  mutating func readPart(
    _ file: TerminalFile, into output: inout OutputSpan<UInt8>, at offset: UInt64
  ) throws(SystemError) {
    if file.part == .directory { throw .isDirectory }
    if file.part == .sessions { return Self.put(sessions(), from: offset, into: &output) }
    guard isCurrent(file) else { throw .gone }
    let slot = file.slot
    var bytes = Text()
    switch file.part {
    case .settings, .settingsDrained, .settingsFlushed:
      bytes.put(table.records[slot].state.settings)
    case .size: bytes.put(table.records[slot].state.size)
    case .group: bytes.put(little: table.records[slot].state.foreground)
    case .session: bytes.put(little: table.records[slot].state.session)
    case .lock: bytes.put(little: table.records[slot].isLocked ? 1 : 0)
    case .name: bytes = "/scheme/pty/" + name(slot)
    case .directory, .master, .terminal, .sizeQuestion, .flush, .hangUp, .sessions:
      throw .notSupported
    }
    Self.put(bytes, from: offset, into: &output)
  }

  private static func put(
    _ bytes: Text, from offset: UInt64, into output: inout OutputSpan<UInt8>
  ) {
    guard offset < UInt64(bytes.count) else { return }
    let rest = bytes.span.extracting(Int(offset)..<bytes.count)
    output.put(rest.extracting(first: min(rest.count, output.freeCapacity)))
  }

  /// A line for each session that has a terminal: its number, the terminal's name.
  private func sessions() -> Text {
    var lines = Text()
    for slot in table.records.indices
    where table.records[slot].kind != .free && table.records[slot].state.session != 0 {
      lines.put(decimal: UInt64(table.records[slot].state.session))
      lines.put(" ")
      lines.put(name(slot))
      lines.put("\n")
    }
    return lines
  }

  func name(_ slot: Int) -> Text {
    if slot == TerminalTable.console { return "console" }
    return Text { $0.put(decimal: UInt64(slot)) }
  }

  /// What a write to a part asks for.
  mutating func change(
    _ file: TerminalFile, _ bytes: Span<UInt8>
  ) throws(SystemError) -> TerminalChange {
    switch file.part {
    case .settings:
      return .settings(try TerminalSettings(bytes), drains: false, flushes: false)
    case .settingsDrained:
      return .settings(try TerminalSettings(bytes), drains: true, flushes: false)
    case .settingsFlushed:
      return .settings(try TerminalSettings(bytes), drains: true, flushes: true)
    case .size:
      guard bytes.count == 8 else { throw .invalidArgument }
      var size = WindowSize()
      size.rows = UInt16(bytes.number(at: 0, byteCount: 2))
      size.columns = UInt16(bytes.number(at: 2, byteCount: 2))
      size.width = UInt16(bytes.number(at: 4, byteCount: 2))
      size.height = UInt16(bytes.number(at: 6, byteCount: 2))
      return .size(size)
    case .sizeQuestion: return .askSize(milliseconds: try number(bytes))
    case .group: return .group(try number(bytes))
    case .session:
      _ = try number(bytes)
      return .session
    case .lock: return .lock(try number(bytes) != 0)
    case .flush:
      guard let what = TerminalFlush(rawValue: try number(bytes)) else { throw .invalidArgument }
      return .flush(what)
    case .hangUp:
      return .hangUp
    case .directory: throw .isDirectory
    case .name, .master, .terminal, .sessions: throw .notSupported
    }
  }

  private func number(_ bytes: Span<UInt8>) throws(SystemError) -> UInt32 {
    guard bytes.count == 4 else { throw .invalidArgument }
    return UInt32(bytes.number(at: 0, byteCount: 4))
  }

  // MARK: What files say of themselves

  public mutating func status(
    _ file: TerminalFile, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.links = 1
    if file.part == .directory {
      status.mode = FileMode.directory | 0o755
      return status
    }
    if file.part == .sessions {
      status.mode = FileMode.regular | 0o444
      return status
    }
    guard isCurrent(file) else { throw .gone }
    status.mode = FileMode.characterDevice | table.records[file.slot].mode
    status.user = table.records[file.slot].owner
    status.group = table.records[file.slot].group
    // One number for both sides would make them the same file.
    status.inode = UInt64(file.slot) * 2 + (file.isMasters ? 2 : 1)
    return status
  }

  public mutating func setAttributes(
    _ file: TerminalFile, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) {
    guard file.part == .terminal, isCurrent(file) else { throw .notSupported }
    let caller = request.caller
    guard caller.user == 0 || caller.user == table.records[file.slot].owner else {
      throw .notPermitted
    }
    if attributes.valid & 6 != 0, caller.user != 0 { throw .notPermitted }
    if isRecovering, !request.isRepeated { endRecovery() }
    // The same once more is the same: such a request needs no note.
    if attributes.valid & 1 != 0 { table.records[file.slot].mode = attributes.mode & 0o777 }
    if attributes.valid & 2 != 0 { table.records[file.slot].owner = attributes.user }
    if attributes.valid & 4 != 0 { table.records[file.slot].group = attributes.group }
    table.commit(file.slot)
  }

  public mutating func path(
    _ file: TerminalFile, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    if file.part == .directory { return }
    if file.part == .sessions { return output.put("sessions") }
    guard isCurrent(file) else { throw .gone }
    if file.isMasters { output.put("ptmx") } else { output.put(name(file.slot).span) }
  }

  public mutating func readDirectory(
    _ file: TerminalFile, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    guard file.part == .directory else { throw .notDirectory }
    if cookie < 1, !list.add("ptmx", .characterDevice, inode: 1, cookie: 1) { return }
    if cookie < 2, !list.add("sessions", .regular, inode: 2, cookie: 2) { return }
    for slot in table.records.indices where cookie < UInt64(slot) + 3 {
      if table.records[slot].kind == .free { continue }
      let name = name(slot)
      let inode = UInt64(slot) * 2 + 1
      if !list.add(name.span, .characterDevice, inode: inode, cookie: UInt64(slot) + 3) { return }
    }
  }
}

extension Span where Element == UInt8 {
  /// A number, the lowest byte first, which has to be there.
  fileprivate func number(at place: Int, byteCount: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in 0..<byteCount { number |= UInt64(self[place + index]) << UInt64(8 * index) }
    return number
  }
}

extension Text {
  fileprivate mutating func put(little number: UInt32) { put(number, byteCount: 4) }

  private mutating func put(_ number: UInt32, byteCount: Int) {
    for index in 0..<byteCount { put(UInt8(truncatingIfNeeded: number >> UInt32(8 * index))) }
  }

  fileprivate mutating func put(_ size: WindowSize) {
    for number in [size.rows, size.columns, size.width, size.height] {
      put(UInt32(number), byteCount: 2)
    }
  }

  fileprivate mutating func put(_ settings: TerminalSettings) {
    put(little: settings.input.rawValue)
    put(little: settings.output.rawValue)
    put(little: settings.control.rawValue)
    put(little: settings.local.rawValue)
    for index in settings.characters.indices { put(settings.characters[index]) }
    put(little: settings.inputSpeed)
    put(little: settings.outputSpeed)
  }
}

extension TerminalSettings {
  fileprivate init(_ bytes: Span<UInt8>) throws(SystemError) {
    guard bytes.count == Self.byteCount else { throw .invalidArgument }
    self.init()
    input = TerminalInputFlags(rawValue: UInt32(bytes.number(at: 0, byteCount: 4)))
    output = TerminalOutputFlags(rawValue: UInt32(bytes.number(at: 4, byteCount: 4)))
    control = TerminalControlFlags(rawValue: UInt32(bytes.number(at: 8, byteCount: 4)))
    local = TerminalLocalFlags(rawValue: UInt32(bytes.number(at: 12, byteCount: 4)))
    for index in characters.indices { characters[index] = bytes[16 + index] }
    inputSpeed = UInt32(bytes.number(at: 48, byteCount: 4))
    outputSpeed = UInt32(bytes.number(at: 52, byteCount: 4))
  }
}
