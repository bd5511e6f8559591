// SPDX-License-Identifier: MIT

/// Finds numbers by their hashes.
struct StateIndex {
  private var slots = [(hash: UInt64, number: Int32)](repeating: (0, -1), count: 64)
  private var count = 0

  func find(_ hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot].number >= 0 {
      if slots[slot].hash == hash, isWanted(Int(slots[slot].number)) {
        return Int(slots[slot].number)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  mutating func insert(_ hash: UInt64, _ number: Int) {
    if count * 2 >= slots.count {
      let old = slots
      slots = Array(repeating: (0, -1), count: old.count * 2)
      count = 0
      for slot in old where slot.number >= 0 { insert(slot.hash, Int(slot.number)) }
    }
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot].number >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = (hash, Int32(number))
    count += 1
  }
}
