// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// Bytes of a ring on their way to a client, or the news that none will come.
public struct Delivery {
  /// `nil` if nothing was taken out of the ring.
  public var note: Note?
  public var socket: Int
  public var start: UInt64
  /// Bytes of the ring.
  public var count: Int
  /// Bits: 1 with a header, 2 handles were closed, 4 nothing is there and nothing will come.
  public var form: UInt64
}

/// What a client wants to receive.
public struct Wanted {
  /// Bytes that fit, without a header.
  public var byteCount: Int
  public var withHeader = false
  public var peeks = false
  public var handles = 0
  /// Of the sender's name.
  public var nameBytes = 0

  public init(byteCount: Int) { self.byteCount = byteCount }
}

extension Exchange {
  /// Takes bytes, or a datagram, out of a socket's ring for the request of `mark`.
  ///
  /// - Returns: `nil` if there is nothing yet.
  /// - Throws: `notConnected`, `invalidArgument` for a listener.
  public mutating func receive(
    _ slot: Int, _ wanted: Wanted, _ mark: RequestMark
  ) throws(SystemError) -> Delivery? {
    let isDatagram = kind(slot) == .datagram
    if !isDatagram {
      switch role(slot) {
      case .connected, .waiting: break
      case .free, .unbound, .closing: throw .notConnected
      case .listener: throw .invalidArgument
      }
    }
    var delivery = Delivery(
      note: nil, socket: slot, start: tail(slot), count: 0, form: wanted.withHeader ? 1 : 0)
    let available = queuedBytes(slot)
    guard available > 0 else {
      guard isAtEnd(slot) else { return nil }
      delivery.form |= 4
      return delivery
    }
    if !isDatagram, wanted.byteCount == 0 { return delivery }
    let handles = nextWithHandles(slot) == delivery.start
    if wanted.peeks {
      delivery.count = count(slot, wanted, available, isDatagram)
      return delivery
    }
    if handles {
      let count = count(slot, Layout.Socket.queued, batch: delivery.start)
      let most = wanted.withHeader ? wanted.handles : 0
      if count > most { delivery.form |= 2 }
      receive(slot, delivery.start, most: most)
    }
    delivery.count = count(slot, wanted, available, isDatagram)
    put(slot, Layout.Socket.tail, delivery.start &+ UInt64(delivery.count))
    delivery.note = noteBytes(mark, slot, delivery.start, delivery.count, delivery.form)
    journal.commit()
    return delivery
  }

  /// Bytes of the ring that one request takes: a datagram, or those of a stream up to the next that
  /// handles go with.
  private func count(_ slot: Int, _ wanted: Wanted, _ available: Int, _ isDatagram: Bool) -> Int {
    let tail = tail(slot)
    if isDatagram { return frame(slot, tail).wholeBytes }
    var count = min(wanted.byteCount, available)
    if let next = nextWithHandles(slot), next != tail {
      count = min(count, Int(truncatingIfNeeded: next &- tail))
    }
    return count
  }

  /// The client did not get the delivery: it is the next that somebody receives.
  public mutating func takeBack(_ delivery: Delivery) {
    guard let note = delivery.note else { return }
    let slot = delivery.socket
    if tail(slot) == delivery.start &+ UInt64(delivery.count) {
      put(slot, Layout.Socket.tail, delivery.start)
      unreceive(slot, delivery.start)
      journal.commit()
    }
    settle(note)
  }

  /// Writes a delivery as its client wants it.
  /// - Returns: how many bytes it brings, without header and name.
  @_lifetime(output: copy output)
  public func render(
    _ delivery: Delivery, _ wanted: Wanted, to output: inout OutputSpan<UInt8>
  ) -> UInt {
    let slot = delivery.socket
    let isDatagram = kind(slot) == .datagram && delivery.count > 0
    let frame = isDatagram ? frame(slot, delivery.start) : nil
    var name = Text()
    if delivery.form & 1 != 0 {
      guard output.freeCapacity >= MessageHeader.size else { return 0 }
      if let frame, wanted.nameBytes > 0 { name = text(kept: frame.name) }
      let nameCount = min(
        name.count, wanted.nameBytes, output.freeCapacity &- MessageHeader.size)
      let room = output.freeCapacity &- MessageHeader.size &- nameCount
      output.put(header(delivery, frame, nameCount, room, wanted.peeks))
      for index in 0..<nameCount { output.append(name[index]) }
    }
    let start = isDatagram ? delivery.start &+ UInt64(Frame.headBytes) : delivery.start
    let count = min(frame?.byteCount ?? delivery.count, output.freeCapacity)
    append(slot, start, count, to: &output)
    return UInt(count)
  }

  private func header(
    _ delivery: Delivery, _ frame: Frame?, _ nameCount: Int, _ room: Int, _ peeks: Bool
  ) -> MessageHeader {
    var header = MessageHeader()
    let whole = frame?.byteCount ?? delivery.count
    if whole > room { header.flags |= MessageHeader.truncated }
    if delivery.form & 2 != 0 { header.flags |= MessageHeader.handlesClosed }
    if delivery.form & 4 != 0 { header.flags |= MessageHeader.endOfStream }
    header.nameBytes = UInt32(nameCount)
    header.byteCount = UInt64(whole)
    header.sender =
      frame?.sender ?? credentials(delivery.socket, Layout.Socket.peerOwner)
    let field = peeks ? Layout.Socket.queued : Layout.Socket.arrived
    let batch = peeks ? delivery.start : delivery.start &+ 1
    let handles = delivery.count == 0 ? 0 : count(delivery.socket, field, batch: batch)
    header.handleCount = UInt32(handles)
    if handles > 0, !peeks { header.batch = batch }
    return header
  }
}

extension OutputSpan where Element == UInt8 {
  @_lifetime(self: copy self)
  mutating func put(word: UInt64, _ byteCount: Int) {
    for index in 0..<byteCount {
      append(UInt8(truncatingIfNeeded: word >> UInt64(index &* 8)))
    }
  }

  @_lifetime(self: copy self)
  mutating func put(_ who: SocketCredentials) {
    for word in [who.process, who.generation, who.user, who.group] { put(word: UInt64(word), 4) }
  }

  @_lifetime(self: copy self)
  mutating func put(_ header: MessageHeader) {
    put(word: UInt64(header.flags) | UInt64(header.nameBytes) << 32, 8)
    put(word: UInt64(header.handleCount), 8)
    put(word: header.batch, 8)
    put(header.sender)
    put(word: header.byteCount, 8)
    put(word: 0, 8)
    put(word: 0, 8)
  }
}
