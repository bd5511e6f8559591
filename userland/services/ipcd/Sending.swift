// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// What sending came to.
public enum Sent {
  case done(count: Int, Note?)
  /// There is no room at this socket.
  case wait(on: Int)
}

/// What goes with the bytes that are sent.
public struct Outgoing {
  /// The receiver, if it is not who the socket is connected to.
  public var target: Int?
  public var handles = 0
  /// The number under which the handles were passed.
  public var batch: UInt64 = 0
  public var caller: CallerIdentity

  public init(_ caller: CallerIdentity) { self.caller = caller }
}

extension Exchange {
  /// Sends bytes, of a stream as many as there is room for.
  ///
  /// - Throws: `notConnected`, `brokenPipe`, `connectionRefused`, `messageTooLong`, `notPermitted` to
  ///   a datagram socket that is connected to another, `outOfMemory`.
  public mutating func send(
    _ slot: Int, _ bytes: Span<UInt8>, _ outgoing: Outgoing, _ mark: RequestMark
  ) throws(SystemError) -> Sent {
    let isDatagram = kind(slot) == .datagram
    guard !has(slot, Self.sendsNoMore) else { throw .brokenPipe }
    let target = isDatagram ? try receiver(slot, outgoing) : try otherEnd(slot, outgoing)
    guard !has(target, Self.receivesNoMore) else { throw .brokenPipe }
    if outgoing.handles > 0 {
      guard outgoing.handles <= Limits.messageHandles, isDatagram || !bytes.isEmpty,
        count(slot, Layout.Socket.staged, batch: outgoing.batch) == outgoing.handles
      else { throw .invalidArgument }
      guard heldCount(target, Layout.Socket.queued) + outgoing.handles <= Limits.queuedHandles
      else { return .wait(on: target) }
    }
    let start = nextStart(target)
    let room = start == end(target) ? room(target) : layout.ringBytes
    if isDatagram { return try sendDatagram(slot, bytes, outgoing, target, start, room, mark) }
    if bytes.isEmpty { return .done(count: 0, nil) }
    let count = min(bytes.count, room, Limits.messageBytes)
    guard count > 0 else { return .wait(on: target) }
    try putBytes(bytes.extracting(0..<count), target, at: start)
    return finish(slot, count, outgoing, target, start, start &+ UInt64(count), mark)
  }

  private mutating func sendDatagram(
    _ slot: Int, _ bytes: Span<UInt8>, _ outgoing: Outgoing, _ target: Int, _ start: UInt64,
    _ room: Int, _ mark: RequestMark
  ) throws(SystemError) -> Sent {
    let frame = Frame(
      byteCount: bytes.count, name: get(slot, Layout.Socket.name),
      sender: SocketCredentials(outgoing.caller))
    guard bytes.count <= Limits.messageBytes, frame.wholeBytes <= layout.ringBytes else {
      throw .messageTooLong
    }
    guard frame.wholeBytes <= room else { return .wait(on: target) }
    try putFrame(frame, bytes, target, at: start)
    let end = start &+ UInt64(frame.wholeBytes)
    return finish(slot, bytes.count, outgoing, target, start, end, mark)
  }

  /// Makes what lies in the ring part of the change.
  private mutating func finish(
    _ slot: Int, _ count: Int, _ outgoing: Outgoing, _ target: Int, _ start: UInt64,
    _ end: UInt64, _ mark: RequestMark
  ) -> Sent {
    advance(target, from: start, to: end)
    send(outgoing.handles, from: slot, batch: outgoing.batch, to: target, start)
    let note = note(mark, .result, UInt64(count))
    journal.commit()
    changed.append(target)
    return .done(count: count, note)
  }

  /// The other end of a connection.
  private func otherEnd(_ slot: Int, _ outgoing: Outgoing) throws(SystemError) -> Int {
    switch role(slot) {
    case .connected, .waiting: break
    case .free, .unbound, .closing: throw .notConnected
    case .listener: throw .invalidArgument
    }
    guard outgoing.target == nil else { throw .alreadyConnected }
    guard let peer = peer(slot) else { throw .brokenPipe }
    return peer
  }

  /// Who gets a datagram.
  private func receiver(_ slot: Int, _ outgoing: Outgoing) throws(SystemError) -> Int {
    if let target = outgoing.target {
      guard kind(target) == .datagram else { throw .connectionRefused }
      let only = get(target, Layout.Socket.peer)
      guard only == 0 || only == word(for: slot) else { throw .notPermitted }
      return target
    }
    guard get(slot, Layout.Socket.peer) != 0 else { throw .notConnected }
    guard let peer = peer(slot) else { throw .connectionRefused }
    let only = get(peer, Layout.Socket.peer)
    guard only == 0 || only == word(for: slot) else { throw .notPermitted }
    return peer
  }
}
