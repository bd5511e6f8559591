// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// What a place is used for where the kernel keeps a handle.
enum HeldState: UInt64 {
  case free = 0
  /// In a list of a socket.
  case listed = 1
  /// An answer is passing it to its client.
  case leaving = 2
  /// To be closed.
  case dropping = 3
}

// Handles on their way. The handle itself is kept by the kernel; the capsule knows its place, and the
// list that it is in: passed and not sent (`staged`), in a message (`queued`), received and not
// taken (`arrived`). A list is one word: first and last place plus one, and how many.
extension Exchange {
  private func first(_ list: UInt64) -> Int { Int(list & 0xFFFF) &- 1 }
  private func last(_ list: UInt64) -> Int { Int(list >> 16 & 0xFFFF) &- 1 }
  private func list(_ first: Int, _ last: Int, _ count: Int) -> UInt64 {
    UInt64(first &+ 1) | UInt64(last &+ 1) << 16 | UInt64(count) << 32
  }
  func heldCount(_ slot: Int, _ field: Int) -> Int { Int(get(slot, field) >> 32) }
  private func next(_ place: Int) -> Int { Int(store.word(layout.held(place, 0)) >> 16) &- 1 }
  private func batch(_ place: Int) -> UInt64 {
    store.word(layout.held(place, Layout.Held.batch))
  }

  private mutating func set(_ place: Int, _ state: HeldState, next: Int = -1) {
    journal.set(layout.held(place, 0), state.rawValue | UInt64(next &+ 1) << 16)
  }

  /// As part of a change: puts a place at the end of a socket's list.
  private mutating func append(_ place: Int, to slot: Int, _ field: Int, batch: UInt64) {
    let list = get(slot, field)
    set(place, .listed)
    journal.set(layout.held(place, Layout.Held.batch), batch)
    let count = Int(list >> 32) &+ 1
    if count == 1 { return put(slot, field, self.list(place, place, 1)) }
    set(last(list), .listed, next: place)
    put(slot, field, self.list(first(list), place, count))
  }

  /// As part of a change: takes the first place of a list that is not empty.
  private mutating func popFirst(_ slot: Int, _ field: Int) -> Int {
    let list = get(slot, field)
    let place = first(list)
    let count = Int(list >> 32) &- 1
    put(slot, field, count == 0 ? 0 : self.list(next(place), last(list), count))
    return place
  }

  /// As part of a change: takes the first place of `batch` out of a list.
  private mutating func pop(_ slot: Int, _ field: Int, batch: UInt64) -> Int? {
    let list = get(slot, field)
    var previous = -1
    var place = first(list)
    while place >= 0, self.batch(place) != batch { (previous, place) = (place, next(place)) }
    guard place >= 0 else { return nil }
    if previous < 0 { return popFirst(slot, field) }
    set(previous, .listed, next: next(place))
    let end = last(list) == place ? previous : last(list)
    put(slot, field, self.list(first(list), end, Int(list >> 32) &- 1))
    return place
  }

  /// How many places of a batch are in a list.
  func count(_ slot: Int, _ field: Int, batch: UInt64) -> Int {
    var place = first(get(slot, field))
    var count = 0
    while place >= 0 {
      if self.batch(place) == batch { count &+= 1 }
      place = next(place)
    }
    return count
  }

  /// Where in the ring the next message with handles begins.
  func nextWithHandles(_ slot: Int) -> UInt64? {
    let list = get(slot, Layout.Socket.queued)
    return list == 0 ? nil : batch(first(list))
  }

  /// As part of a change: the place's handle is to be closed.
  mutating func drop(place: Int) {
    set(place, .dropping)
    dropped.append(place)
  }

  /// The kernel keeps nothing at this place any more.
  public mutating func release(place: Int) {
    store.setWord(layout.held(place, 0), 0)
    freePlaces.append(UInt16(place))
  }

  // MARK: Passing a handle for a message

  /// A place for a handle. It is written down before the kernel is asked to keep one there.
  /// - Throws: `noBuffers`.
  public mutating func reservePlace() throws(SystemError) -> Int {
    guard let place = freePlaces.last else { throw .noBuffers }
    store.setWord(Layout.keeping, UInt64(place) &+ 1)
    return Int(place)
  }

  /// Nothing is kept there after all.
  public mutating func abandonPlace() { store.setWord(Layout.keeping, 0) }

  /// The handle at the reserved place belongs to `batch` of a socket. Too many make the oldest go.
  /// - Returns: how many the batch has.
  public mutating func stage(
    _ place: Int, at slot: Int, batch: UInt64, _ mark: RequestMark
  ) -> (count: Int, note: Note) {
    freePlaces.removeLast()
    use(place, Layout.heldEnd)
    if heldCount(slot, Layout.Socket.staged) >= Limits.batchedHandles {
      drop(place: popFirst(slot, Layout.Socket.staged))
    }
    append(place, to: slot, Layout.Socket.staged, batch: batch)
    let count = count(slot, Layout.Socket.staged, batch: batch)
    let note = note(mark, .result, UInt64(count))
    journal.set(Layout.keeping, 0)
    journal.commit()
    return (count, note)
  }

  /// As part of a change: a batch's handles go with the message that begins at `start`.
  mutating func send(_ count: Int, from slot: Int, batch: UInt64, to target: Int, _ start: UInt64) {
    for _ in 0..<count {
      guard let place = pop(slot, Layout.Socket.staged, batch: batch) else { return }
      append(place, to: target, Layout.Socket.queued, batch: start)
    }
  }

  // MARK: Receiving

  /// As part of a change: the handles of the message at `start` have arrived; those beyond `most`
  /// are closed.
  mutating func receive(_ slot: Int, _ start: UInt64, most: Int) {
    var taken = 0
    while nextWithHandles(slot) == start {
      let place = popFirst(slot, Layout.Socket.queued)
      if taken < most {
        if heldCount(slot, Layout.Socket.arrived) >= Limits.batchedHandles {
          drop(place: popFirst(slot, Layout.Socket.arrived))
        }
        append(place, to: slot, Layout.Socket.arrived, batch: start &+ 1)
        taken &+= 1
      } else {
        drop(place: place)
      }
    }
  }

  /// As part of a change: the message at `start` was not received after all.
  mutating func unreceive(_ slot: Int, _ start: UInt64) {
    var places: [Int] = []
    while let place = pop(slot, Layout.Socket.arrived, batch: start &+ 1) { places.append(place) }
    for place in places.reversed() {
      let list = get(slot, Layout.Socket.queued)
      let count = Int(list >> 32) &+ 1
      set(place, .listed, next: first(list))
      journal.set(layout.held(place, Layout.Held.batch), start)
      put(slot, Layout.Socket.queued, self.list(place, count == 1 ? place : last(list), count))
    }
  }

  /// Takes the next handle of a message's batch out, for an answer that passes it.
  /// - Throws: `notFound`.
  public mutating func take(
    _ slot: Int, batch: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> (place: Int, note: Note) {
    guard batch != 0, let place = pop(slot, Layout.Socket.arrived, batch: batch) else {
      throw .notFound
    }
    set(place, .leaving)
    let note = note(mark, .kept, UInt64(place))
    journal.commit()
    return (place, note)
  }

  /// Closes what of a batch was not sent or not taken.
  public mutating func discard(_ slot: Int, batch: UInt64, _ mark: RequestMark) -> Note {
    for field in [Layout.Socket.staged, Layout.Socket.arrived] {
      while let place = pop(slot, field, batch: batch) { drop(place: place) }
    }
    let note = note(mark, .result, 0)
    journal.commit()
    return note
  }

  /// As part of a change: closes the first of a list's handles.
  /// - Returns: false if there is none.
  mutating func dropFirst(_ slot: Int, _ field: Int) -> Bool {
    guard get(slot, field) != 0 else { return false }
    drop(place: popFirst(slot, field))
    return true
  }

  /// Handles that an answer was passing to a client who is gone, or has it.
  mutating func dropLeaving() {
    for place in 0..<heldEnd
    where store.word(layout.held(place, 0)) & 0xFF == HeldState.leaving.rawValue {
      drop(place: place)
      journal.commit()
    }
  }

  mutating func recoverPlaces() {
    let reserved = Int(truncatingIfNeeded: store.word(Layout.keeping)) &- 1
    if reserved >= 0, reserved < layout.heldCount, store.word(layout.held(reserved, 0)) == 0 {
      if reserved >= heldEnd { store.setWord(Layout.heldEnd, UInt64(reserved &+ 1)) }
      store.setWord(layout.held(reserved, 0), HeldState.dropping.rawValue)
    }
    store.setWord(Layout.keeping, 0)
    for place in 0..<heldEnd
    where store.word(layout.held(place, 0)) & 0xFF == HeldState.dropping.rawValue {
      dropped.append(place)
    }
  }
}
