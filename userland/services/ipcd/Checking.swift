// SPDX-License-Identifier: MIT
import Core
import Memory

// Whether what a predecessor left can be believed: a capsule that was damaged must not make its
// server touch what is not its own, or go round in circles.
extension Exchange {
  func isConsistent() -> Bool {
    for slot in 0..<socketEnd where !isSound(slot) { return false }
    for slot in 0..<nameEnd where store.word(layout.name(slot, 0)) & 0xFF > 4 { return false }
    for slot in 0..<Limits.notes where !isSound(note: slot) { return false }
    return listsAreSound()
  }

  private func isSound(_ slot: Int) -> Bool {
    guard SocketRole(rawValue: get(slot, 0) & 0xFF) != nil else { return false }
    if role(slot) == .free { return true }
    guard let kind = SocketKind(rawValue: get(slot, 0) >> 8 & 0xFF), kind != .memory,
      end(slot) &- tail(slot) <= UInt64(layout.ringBytes)
    else { return false }
    return kind != .datagram || framesAreSound(slot)
  }

  /// Datagrams lie one behind the other and end where the ring's bytes end.
  private func framesAreSound(_ slot: Int) -> Bool {
    var position = tail(slot)
    guard position & 7 == 0 else { return false }
    while position != end(slot) {
      let left = Int(truncatingIfNeeded: end(slot) &- position)
      let frame = frame(slot, position)
      guard frame.byteCount <= Limits.messageBytes, frame.wholeBytes <= left else { return false }
      position &+= UInt64(frame.wholeBytes)
    }
    return true
  }

  private func isSound(note slot: Int) -> Bool {
    let kind = NoteKind(rawValue: store.word(layout.note(slot, Layout.Note.kind)))
    guard let kind else { return false }
    let result = store.word(layout.note(slot, Layout.Note.result))
    if kind == .kept { return result < UInt64(heldEnd) }
    guard kind == .data else { return true }
    let socket = store.word(layout.note(slot, Layout.Note.socket))
    return socket > 0 && socket <= UInt64(socketEnd)
      && store.word(layout.note(slot, Layout.Note.count)) <= UInt64(layout.ringBytes)
  }

  /// Every list ends where it says, and nothing is in two.
  private func listsAreSound() -> Bool {
    var isListed = [Bool](repeating: false, count: layout.heldCount)
    var isWaiting = [Bool](repeating: false, count: layout.socketCount)
    for slot in 0..<socketEnd where role(slot) != .free {
      for field in [Layout.Socket.queued, Layout.Socket.staged, Layout.Socket.arrived] {
        let list = get(slot, field)
        let isSound = walk(list, &isListed) { place in
          let head = store.word(layout.held(place, 0))
          return head & 0xFF == HeldState.listed.rawValue ? head >> 16 : nil
        }
        if !isSound { return false }
      }
      let backlog = get(slot, Layout.Socket.backlog) & (1 << 48 &- 1)
      let isSound = walk(backlog, &isWaiting) { waiting in
        let next = get(waiting, Layout.Socket.next)
        return role(waiting) == .waiting && role(slot) != .free ? next : nil
      }
      if !isSound { return false }
    }
    return true
  }

  private func walk(
    _ list: UInt64, _ isKnown: inout [Bool], _ next: (Int) -> UInt64?
  ) -> Bool {
    var left = list >> 32
    var item = list & 0xFFFF
    var last: UInt64 = 0
    while left > 0 {
      guard item > 0, item <= UInt64(isKnown.count), !isKnown[Int(item) &- 1],
        let following = next(Int(item) &- 1)
      else { return false }
      isKnown[Int(item) &- 1] = true
      (last, item) = (item, following)
      left &-= 1
    }
    return item == 0 && last == list >> 16 & 0xFFFF
  }
}
