// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import RedoxFS
import Storage

// The way of requests to the driver, and of answers back.
extension QueuedDisk where Lane: ~Copyable {
  /// A slot for something new: one that is free, or the one that was fetched the longest time ago, or
  /// the next that is written.
  func takeSlot() -> Int? {
    while isUsable {
      if let free = slots.firstIndex(where: { $0.state == .free }) { return free }
      var oldest: Int?
      for index in slots.indices where slots[index].state == .fetched {
        if slots[index].turn < slots[oldest ?? index].turn || oldest == nil { oldest = index }
      }
      if let oldest { return oldest }
      wait()
    }
    return nil
  }

  /// Adds the request of a slot.
  func submit(_ slot: Int) {
    turn &+= 1
    slots[slot].turn = turn
    add(submission(slot))
  }

  func submitFlush() { add(Self.flushSubmission) }

  private static var flushSubmission: DiskSubmission {
    var submission = DiskSubmission()
    submission.identifier = flushIdentifier
    submission.operation = DiskOperation.flush.rawValue
    return submission
  }

  private func submission(_ slot: Int) -> DiskSubmission {
    var submission = DiskSubmission()
    submission.identifier = UInt64(slot)
    submission.block = slots[slot].block &* sectorsPerBlock
    submission.blockCount = UInt32(UInt64(slots[slot].count) &* sectorsPerBlock)
    let isWrite = slots[slot].state == .writing
    submission.operation = (isWrite ? DiskOperation.write : .read).rawValue
    submission.flags = slots[slot].isForced ? DiskSubmission.forced : 0
    submission.dataOffset = lane.dataOffset &+ UInt64(slot &* Limits.slotBytes)
    return submission
  }

  private func add(_ submission: DiskSubmission) {
    unseen &+= 1
    talk { (lane) throws(SystemError) in
      // There are more places than slots, so there is room.
      guard try lane.submit(submission) else { throw .protocolError }
    }
  }

  /// Shows the driver what was added.
  func show() {
    unseen = 0
    talk { (lane) throws(SystemError) in try lane.flush() }
  }

  /// Takes note of answers, after waiting for one.
  func wait() {
    unseen = 0
    talk { (lane) throws(SystemError) in try lane.flushAndWait() }
    takeAnswers()
  }

  /// The same, until all is answered.
  func drain() {
    unseen = 0
    talk { (lane) throws(SystemError) in try lane.flushAndDrain() }
    takeAnswers()
  }

  private func takeAnswers() {
    while isUsable {
      var answer: DiskCompletion?
      talk { (lane) throws(SystemError) in answer = try lane.take() }
      guard let answer else { return }
      note(answer)
    }
  }

  private func note(_ answer: DiskCompletion) {
    if answer.identifier == Self.flushIdentifier {
      guard flushTurn != nil else { return }
      (flushTurn, flushFailed) = (nil, answer.result != 0)
      return
    }
    guard answer.identifier < UInt64(slots.count) else { return }
    let slot = Int(answer.identifier)
    switch slots[slot].state {
    case .fetching:
      slots[slot].state = answer.result == 0 && !slots[slot].isStale ? .fetched : .free
    case .writing:
      slots[slot].state = .free
      if answer.result == 0 { return }
      if writeAgain(slots[slot].block, data(slot)) { needsFlush = true } else { hasLost = true }
    case .free, .gathering, .fetched: break
    }
  }

  /// Does something with the driver; one that was replaced is told of everything first, and then it is
  /// as if it had been done.
  private func talk(_ body: (inout Lane) throws(SystemError) -> Void) {
    guard isUsable else { return }
    do throws(SystemError) { try body(&lane) } catch {
      // A signal has ended the wait: whoever waits looks again.
      if error != .interrupted { beginAnew() }
    }
  }

  private func beginAnew() {
    for _ in 0..<Limits.attachments {
      do throws(SystemError) {
        try lane.attachAgain()
        let underWay = slots.indices.filter { slots[$0].isUnderWay }
        for slot in underWay.sorted(by: { slots[$0].turn < slots[$1].turn }) {
          guard try lane.submit(submission(slot)) else { throw .protocolError }
        }
        if flushTurn != nil { _ = try lane.submit(Self.flushSubmission) }
        try lane.flush()
        return
      } catch {
        if error == .interrupted { return }
        // The next one may have died as well.
        guard error == .gone else { return giveUp() }
      }
    }
    giveUp()
  }

  /// There is no such disk any more, or it has no rings.
  private func giveUp() {
    isUsable = false
    hasLost = true
    (flushTurn, gathering) = (nil, nil)
    for slot in slots.indices { slots[slot].state = .free }
  }
}
