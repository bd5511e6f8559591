// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Schemes

/// A request that cannot be answered yet. It is no part of what the capsule holds: what a dead
/// server owed comes again.
struct Waiter {
  enum Work {
    /// With room for so many bytes, header and name included.
    case receive(Wanted, outputCount: Int)
    /// What the client sends begins at byte `start`.
    case send(Outgoing, start: Int, count: Int)
    case accept
    /// To the socket with this word, for the one that asks.
    case connect(target: UInt64, CallerIdentity)
    /// The same, for a socket that is made when there is room.
    case openConnected(target: UInt64, CallerIdentity)
  }

  var tag: RequestTag
  var mark: RequestMark
  /// The socket that asks, or its target if there is none yet.
  var word: UInt64
  /// At which socket something has to become possible.
  var waitsOn: Int
  var work: Work

  /// Whether it waits for room at a socket, and not for something to be there.
  var needsRoom: Bool {
    switch work {
    case .send, .connect, .openConnected: true
    case .receive, .accept: false
    }
  }
}

/// What is waited for at a socket in event queues.
struct SocketWatch {
  var word: UInt64
  var slot: Int
  /// What the kernel was told last.
  var told: EventSet
}

extension ExchangeServer {
  /// Does for others what the last changes made possible.
  mutating func progress() {
    while let slot = exchange.takeChanged() {
      retry(slot)
      tellWatchers(of: slot)
    }
    clearPlaces()
  }

  /// Has the kernel forget what nobody will ask for.
  mutating func clearPlaces() {
    for place in exchange.takeDropped() {
      session.dropKept(place)
      exchange.release(place: place)
    }
    for object in exchange.takeForsaken() {
      session.dropKept(Limits.firstObjectPlace + object)
    }
  }

  private mutating func retry(_ slot: Int) {
    var index = 0
    while index < waiters.count {
      guard waiters[index].waitsOn == slot else {
        index += 1
        continue
      }
      // It is in the list again if it has to wait on.
      let waiter = waiters.remove(at: index)
      if let again = attempt(waiter) {
        waiters.insert(again, at: index)
        index += 1
      }
    }
  }

  /// - Returns: the waiter, if it has to wait on.
  private mutating func attempt(_ waiter: Waiter) -> Waiter? {
    do throws(SystemError) {
      guard let slot = exchange.socket(for: waiter.word) else {
        throw waiter.needsRoom ? SystemError.connectionRefused : .gone
      }
      switch waiter.work {
      case .receive(let wanted, let count):
        guard let delivery = try exchange.receive(slot, wanted, waiter.mark) else { return waiter }
        answer(waiter.tag, delivery, wanted, count)
      case .send(let outgoing, let start, let count):
        return try attemptSending(waiter, slot, outgoing, start, count)
      case .accept:
        guard let accepted = try exchange.accept(slot, waiter.mark) else { return waiter }
        give(waiter.tag, accepted.word, accepted.note, listener: slot)
      case .connect(let target, let caller):
        guard let target = exchange.socket(for: target) else { throw SystemError.connectionRefused }
        let connected = try exchange.connect(slot, to: target, caller, waiter.mark)
        guard case .done(_, let note) = connected else { return waiter }
        session.answer(waiter.tag)
        exchange.settle(note)
      case .openConnected(_, let caller):
        let connected = try exchange.openConnected(to: slot, caller, waiter.mark)
        guard case .done(let word, let note) = connected else { return waiter }
        give(waiter.tag, word, note)
      }
    } catch {
      session.answer(waiter.tag, error)
    }
    return nil
  }

  private mutating func attemptSending(
    _ waiter: Waiter, _ slot: Int, _ outgoing: Outgoing, _ start: Int, _ count: Int
  ) throws(SystemError) -> Waiter? {
    let (session, scratch) = (session, scratch)
    // Who is gone sends nothing.
    try scratch.memory.overwrite(count) { (bytes) throws(SystemError) in
      try session.read(waiter.tag, at: start, into: bytes)
    }
    switch try exchange.send(slot, scratch.memory.bytes, outgoing, waiter.mark) {
    case .wait(let target):
      var again = waiter
      again.waitsOn = target
      return again
    case .done(let sent, let note):
      session.answer(waiter.tag, UInt(sent))
      if let note { exchange.settle(note) }
      return nil
    }
  }

  /// Answers a request with what it received; if the client is gone, somebody else receives it.
  mutating func answer(
    _ tag: RequestTag, _ delivery: Delivery, _ wanted: Wanted, _ outputCount: Int
  ) {
    let scratch = scratch
    let result = scratch.memory.fill(upTo: outputCount) { output in
      exchange.render(delivery, wanted, to: &output)
    }
    if !session.answer(tag, result, scratch.memory.bytes) { return exchange.takeBack(delivery) }
    if let note = delivery.note { exchange.settle(note) }
  }

  /// Answers an open; if the client is gone, the socket ends, or waits again at its listener.
  mutating func give(
    _ tag: RequestTag, _ word: UInt64, _ note: Note, listener: Int? = nil, isStream: Bool = true
  ) {
    if session.answer(tag, opening: word, isStream: isStream) { return exchange.settle(note) }
    if let listener { return exchange.takeBack(word, at: listener, note) }
    if let slot = exchange.socket(for: word) { exchange.close(slot) }
    exchange.settle(note)
    if let object = exchange.object(for: word) { freeIfClosed(object, word) }
  }

  // MARK: Event queues

  /// Whether somebody waits until `slot` has room.
  func isRoomAwaited(at slot: Int) -> Bool {
    for waiter in waiters where waiter.waitsOn == slot && waiter.needsRoom { return true }
    for watch in watches where watch.slot != slot && !watch.told.contains(.writable) {
      if exchange.peer(watch.slot) == slot { return true }
    }
    return false
  }

  mutating func tellWatchers(of slot: Int) {
    if watches.isEmpty { return }
    for index in watches.indices {
      let watched = watches[index].slot
      guard watched == slot || exchange.peer(watched) == slot,
        exchange.socket(for: watches[index].word) != nil
      else { continue }
      let events = exchange.readiness(watched)
      if events == watches[index].told { continue }
      watches[index].told = events
      session.signal(watches[index].word, events)
    }
  }

  mutating func setWatch(_ word: UInt64, _ slot: Int, _ events: EventSet) {
    watches.removeAll { $0.word == word }
    if events.isEmpty { return }
    let now = exchange.readiness(slot)
    watches.append(SocketWatch(word: word, slot: slot, told: now))
    session.signal(word, now)
  }
}
