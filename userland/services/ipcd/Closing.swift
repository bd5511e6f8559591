// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

// A socket's end takes several changes: first nobody finds it any more, then what belongs to it is
// given back, one thing at a time. A successor goes on with it.
extension Exchange {
  /// Nobody has the socket open any more. What the other end has not received stays for it.
  public mutating func close(_ slot: Int) {
    let other = peer(slot)
    beginClosing(slot)
    if let other { changed.append(other) }
    finishClosing(slot)
  }

  /// Goes on with what a predecessor did not finish.
  public mutating func finishClosing() {
    for slot in 0..<socketEnd where role(slot) == .closing { finishClosing(slot) }
  }

  private mutating func beginClosing(_ slot: Int) {
    setRole(slot, .closing)
    var freed: Int?
    if let name = nameSlot(get(slot, Layout.Socket.name)), entry(name).target == word(for: slot) {
      removeName(name)
      freed = name
    }
    journal.commit()
    if let freed { freeNames.append(UInt16(freed)) }
  }

  private mutating func finishClosing(_ slot: Int) {
    var closing = [slot]
    while let slot = closing.popLast() {
      forgetBytes(of: slot)
      while let waiting = popWaiting(slot) {
        let client = peer(waiting)
        setRole(waiting, .closing)
        journal.commit()
        if let client { changed.append(client) }
        closing.append(waiting)
      }
      for list in [Layout.Socket.queued, Layout.Socket.staged, Layout.Socket.arrived] {
        while dropFirst(slot, list) { journal.commit() }
      }
      accounts.remove(get(slot, Layout.Socket.account))
      put(slot, 0, get(slot, 0) & ~0xFFFF_FFFF)
      journal.commit()
      freeSockets.append(UInt16(slot))
      changed.append(slot)
    }
  }

  /// Closes what no open file stands for, and no backlog.
  ///
  /// - Parameter isOpen: whether the kernel knows an open file with this word.
  public mutating func closeOrphans(_ isOpen: (UInt64) -> Bool) {
    for slot in 0..<socketEnd {
      switch role(slot) {
      case .unbound, .listener, .connected: if !isOpen(word(for: slot)) { close(slot) }
      case .free, .waiting, .closing: continue
      }
    }
    for slot in 0..<objectEnd where objectState(slot) == .unnamed {
      if !isOpen(objectWord(slot)) { freeObject(slot) }
    }
  }
}
