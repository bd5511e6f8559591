// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

extension SocketCredentials {
  /// Of whoever makes a request.
  public init(_ caller: CallerIdentity) {
    self.init()
    process = caller.process
    generation = caller.generation
    user = caller.user
    group = caller.group
  }
}

// The table of sockets. A socket's word, by which the kernel knows it, has its generation, so that
// whatever outlives the socket does not meet the next one in its place.
extension Exchange {
  /// Marks the words of sockets and memory objects among those of files; roots are below.
  static var socketWord: UInt64 { 1 << 60 }
  static var objectWord: UInt64 { 2 << 60 }

  @inline(__always)
  func get(_ slot: Int, _ field: Int) -> UInt64 { store.word(layout.socket(slot, field)) }
  @inline(__always)
  mutating func put(_ slot: Int, _ field: Int, _ value: UInt64) {
    journal.set(layout.socket(slot, field), value)
  }

  func generation(_ slot: Int) -> UInt64 { get(slot, 0) >> 32 }
  public func word(for slot: Int) -> UInt64 {
    Self.socketWord | generation(slot) << 16 | UInt64(slot)
  }

  /// The socket that a word names, if it is still there.
  public func socket(for word: UInt64) -> Int? {
    guard word >> 60 == 1 else { return nil }
    let slot = Int(word & 0xFFFF)
    guard slot < socketEnd, self.word(for: slot) == word else { return nil }
    switch role(slot) {
    case .free, .closing: return nil
    case .unbound, .listener, .connected, .waiting: return slot
    }
  }

  @inline(__always)
  func role(_ slot: Int) -> SocketRole { SocketRole(rawValue: get(slot, 0) & 0xFF) ?? .free }
  @inline(__always)
  public func kind(_ slot: Int) -> SocketKind {
    SocketKind(rawValue: get(slot, 0) >> 8 & 0xFF) ?? .stream
  }
  func tail(_ slot: Int) -> UInt64 { get(slot, Layout.Socket.tail) }
  func end(_ slot: Int) -> UInt64 { get(slot, Layout.Socket.end) }
  /// Bytes in the ring that nobody has received.
  func queuedBytes(_ slot: Int) -> Int {
    Int(truncatingIfNeeded: end(slot) &- tail(slot))
  }
  /// Bytes that the ring has room for.
  func room(_ slot: Int) -> Int {
    let first = holdingNotes == 0 ? tail(slot) : firstNeeded(slot)
    return layout.ringBytes &- Int(truncatingIfNeeded: end(slot) &- first)
  }
  /// The socket at the other end, as long as it is there.
  func peer(_ slot: Int) -> Int? { socket(for: get(slot, Layout.Socket.peer)) }

  // Flags.
  static var receivesNoMore: UInt64 { 1 << 16 }
  static var sendsNoMore: UInt64 { 2 << 16 }
  func has(_ slot: Int, _ flag: UInt64) -> Bool { get(slot, 0) & flag != 0 }

  mutating func setRole(_ slot: Int, _ role: SocketRole) {
    put(slot, 0, get(slot, 0) & ~0xFF | role.rawValue)
  }

  func credentials(_ slot: Int, _ field: Int) -> SocketCredentials {
    var found = SocketCredentials()
    let (process, user) = (get(slot, field), get(slot, field &+ 1))
    found.process = UInt32(truncatingIfNeeded: process)
    found.generation = UInt32(truncatingIfNeeded: process >> 32)
    found.user = UInt32(truncatingIfNeeded: user)
    found.group = UInt32(truncatingIfNeeded: user >> 32)
    return found
  }

  mutating func put(_ slot: Int, _ field: Int, _ credentials: SocketCredentials) {
    put(slot, field, UInt64(credentials.process) | UInt64(credentials.generation) << 32)
    put(slot, field &+ 1, UInt64(credentials.user) | UInt64(credentials.group) << 32)
  }

  /// Whether another socket can be made.
  /// - Throws: `noBuffers`, `quotaExceeded`.
  func checkRoom(_ caller: CallerIdentity) throws(SystemError) {
    guard !freeSockets.isEmpty else { throw .noBuffers }
    guard accounts.hasRoom(UInt64(caller.account)) else { throw .quotaExceeded }
  }

  /// As part of a change that `checkRoom` came before: makes a socket.
  mutating func make(_ kind: SocketKind, _ role: SocketRole, _ caller: CallerIdentity) -> Int {
    let slot = Int(freeSockets.removeLast())
    use(slot, Layout.socketEnd)
    let generation = max(self.generation(slot), store.word(Layout.generation)) &+ 1
    put(slot, 0, (generation & 0xFFFF_FFFF) << 32 | kind.rawValue << 8 | role.rawValue)
    for field in 1..<Layout.Socket.words where get(slot, field) != 0 { put(slot, field, 0) }
    put(slot, Layout.Socket.owner, SocketCredentials(caller))
    put(slot, Layout.Socket.account, UInt64(caller.account))
    accounts.add(UInt64(caller.account))
    return slot
  }

  /// What a socket is.
  public func status(_ slot: Int) -> SocketStatus {
    var status = SocketStatus()
    status.kind = UInt32(kind(slot).rawValue)
    status.role = UInt32(min(role(slot).rawValue, 3))
    status.available = UInt64(kind(slot) == .datagram ? nextMessage(slot) : queuedBytes(slot))
    if let peer = peer(slot) { status.room = UInt64(room(peer)) }
    status.waiting = UInt32(waitingCount(slot))
    return status
  }

  /// Bytes of the next message in a datagram socket's ring.
  private func nextMessage(_ slot: Int) -> Int {
    queuedBytes(slot) == 0 ? 0 : frame(slot, tail(slot)).byteCount
  }

  /// What is possible at a socket now.
  public func readiness(_ slot: Int) -> EventSet {
    var events = EventSet()
    let kind = kind(slot)
    if role(slot) == .listener {
      return waitingCount(slot) > 0 ? .readable : events
    }
    let peer = peer(slot)
    if queuedBytes(slot) > 0 || isAtEnd(slot) { events.formUnion(.readable) }
    if role(slot) == .connected, kind != .datagram, peer == nil {
      return events | .writable | .hangUp
    }
    if has(slot, Self.sendsNoMore) { return events | .writable }
    if let peer {
      if room(peer) >= layout.ringBytes / 4 || has(peer, Self.receivesNoMore) {
        events.formUnion(.writable)
      }
    } else if kind == .datagram {
      events.formUnion(.writable)
    }
    return events
  }

  /// Whether nothing more will come than is there.
  func isAtEnd(_ slot: Int) -> Bool {
    if has(slot, Self.receivesNoMore) { return true }
    guard kind(slot) != .datagram, role(slot) == .connected else { return false }
    guard let peer = peer(slot) else { return true }
    return has(peer, Self.sendsNoMore)
  }

  /// Ends one direction, or both.
  public mutating func shutDown(
    _ slot: Int, _ how: UInt32, _ mark: RequestMark
  ) throws(SystemError) -> Note {
    guard how < 3 else { throw .invalidArgument }
    guard role(slot) == .connected || kind(slot) == .datagram else { throw .notConnected }
    var head = get(slot, 0)
    if how != 1 { head |= Self.receivesNoMore }
    if how != 0 { head |= Self.sendsNoMore }
    put(slot, 0, head)
    let note = note(mark, .result, 0)
    journal.commit()
    changed.append(slot)
    if let peer = peer(slot) { changed.append(peer) }
    return note
  }

  /// The number that stands for a socket's name, made by `random` when it is asked for first.
  public mutating func token(_ slot: Int, _ random: () -> UInt64) -> UInt64 {
    let known = get(slot, Layout.Socket.token)
    if known != 0 { return known }
    // Results are below 2^62, so that none is an error.
    let made = random() >> 2 | 1
    put(slot, Layout.Socket.token, made)
    journal.commit()
    return made
  }

  /// The socket with a token.
  public func find(token: UInt64) -> Int? {
    guard token != 0 else { return nil }
    for slot in 0..<socketEnd
    where get(slot, Layout.Socket.token) == token && socket(for: word(for: slot)) != nil {
      return slot
    }
    return nil
  }
}
