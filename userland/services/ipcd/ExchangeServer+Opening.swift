// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

// Names: opening, listing, unlinking.
extension ExchangeServer {
  /// The scheme that a root's word means, in the order of `lib/services/ipcd`.
  func scheme(_ root: UInt64) -> (kind: SocketKind, name: StaticString)? {
    switch root {
    case 0: (.channel, "chan")
    case 1: (.memory, "shm")
    case 2: (.stream, "uds_stream")
    case 3: (.datagram, "uds_dgram")
    default: nil
    }
  }

  private func schemeName(_ kind: SocketKind) -> StaticString {
    switch kind {
    case .channel: "chan"
    case .memory: "shm"
    case .stream: "uds_stream"
    case .datagram: "uds_dgram"
    }
  }

  /// A path's components with one slash between them.
  private func name(_ path: consuming RequestPath) throws(SystemError) -> Text {
    var name = Text()
    while let component = try path.next() {
      if !name.isEmpty { name.put("/") }
      name.put(component)
    }
    return name
  }

  public mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    enter()
    let (mark, flags) = (mark(request), request.openFlags)
    let isRoot = scheme(directory)
    let isMemory = isRoot?.kind == .memory
    if request.isRepeated, let found = exchange.find(mark), found.kind == .opened {
      // Whoever accepted it and is gone: it waits again.
      let listener = isRoot == nil && path == "listen" ? exchange.socket(for: directory) : nil
      give(
        request.postpone(), found.result, found.note, listener: listener, isStream: !isMemory)
      progress()
      return 0
    }
    if let isRoot {
      if flags.contains(.directory) || flags.contains(.statOnly), path.isEmpty { return directory }
      let name = try name(path)
      if isMemory {
        let opened = try exchange.openObject(
          name.isEmpty ? nil : name, flags, mode: request.mode, request.caller, mark)
        give(request.postpone(), opened.word, opened.note, isStream: false)
      } else {
        try open(isRoot.kind, name, flags, for: &request)
      }
    } else {
      try open(path, of: try socket(directory), directory, flags, for: &request)
    }
    progress()
    return 0
  }

  private mutating func open(
    _ kind: SocketKind, _ name: Text, _ flags: OpenFlags, for request: inout Request
  ) throws(SystemError) {
    let (mark, caller) = (mark(request), request.caller)
    let creates = flags.contains(.create)
    if name.isEmpty {
      let opened = try exchange.open(
        kind, listens: kind == .channel && creates, caller, mark)
      return give(request.postpone(), opened.word, opened.note)
    }
    if creates, exchange.find(kind, name) == nil {
      let mode = request.mode == 0 ? 0o777 : request.mode
      let opened = try exchange.open(
        kind, named: name, listens: kind == .channel, mode: mode, caller, mark)
      return give(request.postpone(), opened.word, opened.note)
    }
    if creates, flags.contains(.exclusive) { throw .alreadyExists }
    let target = try exchange.resolve(kind, name, caller)
    try openConnected(target, mayWait: !flags.contains(.nonBlocking), for: &request)
  }

  /// What is opened below a socket: `listen` accepts, `connect` makes the other end of a pair or of
  /// an unnamed listener.
  private mutating func open(
    _ path: borrowing RequestPath, of slot: Int, _ file: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) {
    let mark = mark(request)
    let mayWait = !flags.contains(.nonBlocking)
    if path == "listen" {
      if let accepted = try exchange.accept(slot, mark) {
        return give(request.postpone(), accepted.word, accepted.note, listener: slot)
      }
      guard mayWait else { throw .wouldBlock }
      waiters.append(
        Waiter(tag: request.postpone(), mark: mark, word: file, waitsOn: slot, work: .accept))
    } else if path == "connect" {
      if exchange.status(slot).role == 2 {
        return try openConnected(slot, mayWait: mayWait, for: &request)
      }
      let opened = try exchange.openPair(slot, request.caller, mark)
      give(request.postpone(), opened.word, opened.note)
    } else {
      throw .notFound
    }
  }

  private mutating func openConnected(
    _ target: Int, mayWait: Bool, for request: inout Request
  ) throws(SystemError) {
    let mark = mark(request)
    switch try exchange.openConnected(to: target, request.caller, mark) {
    case .done(let word, let note): give(request.postpone(), word, note)
    case .wait(let listener):
      guard mayWait else { throw .wouldBlock }
      let word = exchange.word(for: listener)
      waiters.append(
        Waiter(
          tag: request.postpone(), mark: mark, word: word, waitsOn: listener,
          work: .openConnected(target: word, request.caller)))
    }
  }

  public mutating func unlink(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) {
    enter()
    guard let isRoot = scheme(directory) else { throw .notDirectory }
    guard !flags.contains(.directory) else { throw .notDirectory }
    let unlinked = try exchange.unlink(
      isRoot.kind, try name(path), request.caller, mark(request))
    answers(unlinked.note)
    if let object = unlinked.object { freeIfClosed(object, exchange.objectWord(object)) }
  }

  public mutating func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    enter()
    guard let isRoot = scheme(file) else { throw .notDirectory }
    let kind: EntryKind = isRoot.kind == .memory ? .regular : .socket
    var last = cookie
    while let entry = exchange.nextName(isRoot.kind, after: last) {
      guard list.add(entry.name.span, kind, inode: entry.cookie, cookie: entry.cookie) else {
        return
      }
      last = entry.cookie
    }
  }

  public mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    enter()
    var status = FileStatus()
    if scheme(file) != nil {
      status.mode = FileMode.directory | 0o755
      return status
    }
    if let object = exchange.object(for: file) { return exchange.objectStatus(object) }
    let slot = try socket(file)
    let owner = exchange.credentials(slot, Layout.Socket.owner)
    status.mode = FileMode.socket | 0o777
    status.inode = UInt64(slot) + 1
    status.links = 1
    status.user = owner.user
    status.group = owner.group
    status.size = exchange.status(slot).available
    return status
  }

  public mutating func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    enter()
    if let isRoot = scheme(file) { return output.put(isRoot.name) }
    var name: Text
    if let object = exchange.object(for: file) {
      output.put(schemeName(.memory))
      name = exchange.name(ofObject: object)
    } else {
      let slot = try socket(file)
      output.put(schemeName(exchange.kind(slot)))
      name = exchange.name(of: slot)
    }
    output.put("/")
    output.put(name.span)
  }
}
