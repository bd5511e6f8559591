// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// What connecting came to: a socket's word, if one was made for it.
public enum Connected {
  case done(UInt64, Note)
  /// This listener's backlog is full.
  case wait(on: Int)
}

extension Exchange {
  // A backlog is one word: first and last plus one, how many wait, and how many may.

  func waitingCount(_ slot: Int) -> Int {
    Int(get(slot, Layout.Socket.backlog) >> 32 & 0xFFFF)
  }
  private func backlogLimit(_ slot: Int) -> Int {
    Int(get(slot, Layout.Socket.backlog) >> 48)
  }
  private mutating func setBacklog(_ slot: Int, _ first: Int, _ last: Int, _ count: Int) {
    let limit = (get(slot, Layout.Socket.backlog) >> 48) << 48
    put(
      slot, Layout.Socket.backlog,
      limit | UInt64(count) << 32 | UInt64(last &+ 1) << 16 | UInt64(first &+ 1))
  }
  private func firstWaiting(_ slot: Int) -> Int {
    Int(get(slot, Layout.Socket.backlog) & 0xFFFF) &- 1
  }

  /// Makes a socket that is neither connected nor listening; with a name, it is bound to that.
  public mutating func open(
    _ kind: SocketKind, named name: Text? = nil, listens: Bool = false, mode: UInt32 = 0o777,
    _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> (word: UInt64, note: Note) {
    if let name { try checkName(kind, name) }
    try checkRoom(caller)
    let slot = make(kind, listens ? .listener : .unbound, caller)
    if listens { put(slot, Layout.Socket.backlog, UInt64(Limits.backlog) << 48) }
    if let name {
      put(slot, Layout.Socket.name, makeName(kind, name, word(for: slot), mode: mode, caller))
    }
    let note = note(mark, .opened, word(for: slot))
    journal.commit()
    return (word(for: slot), note)
  }

  /// Makes a listener of a socket, or changes how many may wait at it.
  public mutating func listen(
    _ slot: Int, _ count: UInt32, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> Note {
    guard kind(slot) != .datagram else { throw .notSupported }
    guard role(slot) == .unbound || role(slot) == .listener else { throw .invalidArgument }
    setRole(slot, .listener)
    put(slot, Layout.Socket.owner, SocketCredentials(caller))
    let limit = min(max(UInt64(count), 1), UInt64(Limits.backlog))
    put(
      slot, Layout.Socket.backlog,
      get(slot, Layout.Socket.backlog) & (1 << 48 &- 1) | limit << 48)
    let note = note(mark, .result, 0)
    journal.commit()
    // Perhaps more may wait now.
    changed.append(slot)
    return note
  }

  /// Connects a socket with the listener `target`, or a datagram socket with another.
  public mutating func connect(
    _ slot: Int, to target: Int, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> Connected {
    guard kind(target) == kind(slot) else { throw .connectionRefused }
    if kind(slot) == .datagram {
      let only = get(target, Layout.Socket.peer)
      guard only == 0 || only == word(for: slot) else { throw .notPermitted }
      put(slot, Layout.Socket.peer, word(for: target))
      put(slot, Layout.Socket.peerOwner, credentials(target, Layout.Socket.owner))
      setRole(slot, .connected)
    } else {
      switch role(slot) {
      case .unbound: break
      case .listener: throw .invalidArgument
      case .free, .connected, .waiting, .closing: throw .alreadyConnected
      }
      guard try checkBacklog(target, caller) else { return .wait(on: target) }
      join(slot, target, caller)
    }
    let note = note(mark, .result, 0)
    journal.commit()
    changed.append(target)
    return .done(0, note)
  }

  /// Makes a socket that is connected with the listener or datagram socket `target`.
  public mutating func openConnected(
    to target: Int, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> Connected {
    let kind = kind(target)
    guard freeSockets.count > 1 else { throw .noBuffers }
    if kind == .datagram {
      guard get(target, Layout.Socket.peer) == 0 else { throw .notPermitted }
      try checkRoom(caller)
    } else {
      guard try checkBacklog(target, caller) else { return .wait(on: target) }
    }
    let slot = make(kind, .unbound, caller)
    if kind == .datagram {
      put(slot, Layout.Socket.peer, word(for: target))
      put(slot, Layout.Socket.peerOwner, credentials(target, Layout.Socket.owner))
      setRole(slot, .connected)
    } else {
      join(slot, target, caller)
    }
    let note = note(mark, .opened, word(for: slot))
    journal.commit()
    changed.append(target)
    return .done(word(for: slot), note)
  }

  /// Makes a socket that is connected with `slot`, which was with none: a pair.
  public mutating func openPair(
    _ slot: Int, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> (word: UInt64, note: Note) {
    guard role(slot) == .unbound else { throw .alreadyConnected }
    try checkRoom(caller)
    let other = make(kind(slot), .connected, caller)
    link(slot, other)
    setRole(slot, .connected)
    put(other, Layout.Socket.peerOwner, credentials(slot, Layout.Socket.owner))
    put(slot, Layout.Socket.peerOwner, SocketCredentials(caller))
    let note = note(mark, .opened, word(for: other))
    journal.commit()
    changed.append(slot)
    return (word(for: other), note)
  }

  private mutating func link(_ slot: Int, _ other: Int) {
    put(slot, Layout.Socket.peer, word(for: other))
    put(other, Layout.Socket.peer, word(for: slot))
  }

  /// - Returns: false if the listener's backlog is full.
  private func checkBacklog(
    _ target: Int, _ caller: CallerIdentity
  ) throws(SystemError) -> Bool {
    guard role(target) == .listener else { throw .connectionRefused }
    guard waitingCount(target) < backlogLimit(target) else { return false }
    try checkRoom(caller)
    return true
  }

  /// As part of a change: connects `slot` with a new socket in the backlog of `target`.
  private mutating func join(_ slot: Int, _ target: Int, _ caller: CallerIdentity) {
    let waiting = make(kind(target), .waiting, caller)
    link(slot, waiting)
    setRole(slot, .connected)
    let owner = credentials(target, Layout.Socket.owner)
    put(waiting, Layout.Socket.owner, owner)
    put(waiting, Layout.Socket.peerOwner, SocketCredentials(caller))
    put(waiting, Layout.Socket.name, get(target, Layout.Socket.name))
    put(slot, Layout.Socket.owner, SocketCredentials(caller))
    put(slot, Layout.Socket.peerOwner, owner)
    let (first, count) = (firstWaiting(target), waitingCount(target))
    if first < 0 { return setBacklog(target, waiting, waiting, 1) }
    let last = Int(get(target, Layout.Socket.backlog) >> 16 & 0xFFFF) &- 1
    put(last, Layout.Socket.next, UInt64(waiting &+ 1))
    setBacklog(target, first, waiting, count &+ 1)
  }

  /// As part of a change: takes the first out of a backlog.
  mutating func popWaiting(_ slot: Int) -> Int? {
    let first = firstWaiting(slot)
    guard first >= 0 else { return nil }
    let next = Int(get(first, Layout.Socket.next)) &- 1
    let last = Int(get(slot, Layout.Socket.backlog) >> 16 & 0xFFFF) &- 1
    setBacklog(slot, next, next < 0 ? -1 : last, waitingCount(slot) &- 1)
    put(first, Layout.Socket.next, 0)
    return first
  }

  /// Accepts the connection that has waited longest.
  /// - Returns: its word; `nil` if none waits.
  public mutating func accept(
    _ slot: Int, _ mark: RequestMark
  ) throws(SystemError) -> (word: UInt64, note: Note)? {
    guard role(slot) == .listener else { throw .invalidArgument }
    guard let first = popWaiting(slot) else { return nil }
    setRole(first, .connected)
    let note = note(mark, .opened, word(for: first))
    journal.commit()
    changed.append(slot)
    return (word(for: first), note)
  }

  /// The client did not get the connection: it waits again, before the others.
  public mutating func takeBack(_ word: UInt64, at slot: Int, _ note: Note) {
    if let accepted = socket(for: word), role(slot) == .listener {
      let first = firstWaiting(slot)
      let last = Int(get(slot, Layout.Socket.backlog) >> 16 & 0xFFFF) &- 1
      setRole(accepted, .waiting)
      put(accepted, Layout.Socket.next, UInt64(first &+ 1))
      setBacklog(slot, accepted, first < 0 ? accepted : last, waitingCount(slot) &+ 1)
      journal.commit()
    }
    settle(note)
  }

  /// The name of who is at the other end.
  /// - Throws: `notConnected`.
  public func peerName(_ slot: Int) throws(SystemError) -> Text {
    guard role(slot) == .connected else { throw .notConnected }
    return peer(slot).map { name(of: $0) } ?? Text()
  }

  /// Who is at the other end, also once it has gone.
  /// - Throws: `notConnected`.
  public func peerCredentials(_ slot: Int) throws(SystemError) -> SocketCredentials {
    guard role(slot) == .connected else { throw .notConnected }
    return credentials(slot, Layout.Socket.peerOwner)
  }
}
