// SPDX-License-Identifier: MIT

/// Elements found by a number that they get when they are added: open files, sessions, timers.
///
/// A slot is used again, but with another generation, so an old key finds nothing. All operations
/// are O(1).
public struct SlotTable<Element> {
  public struct Key: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    /// The key as one word, to hand to a client.
    public var word: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    /// The key that a client hands back; it need not be a correct one.
    public init(word: UInt64) {
      slot = UInt32(truncatingIfNeeded: word)
      generation = UInt32(truncatingIfNeeded: word >> 32)
    }

    init(slot: UInt32, generation: UInt32) {
      self.slot = slot
      self.generation = generation
    }
  }

  fileprivate struct Slot {
    var element: Element?
    var generation: UInt32
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []
  public var count: Int { slots.count - free.count }
  public var isEmpty: Bool { count == 0 }

  public init() {}

  public mutating func insert(_ element: Element) -> Key {
    if let slot = free.popLast() {
      slots[Int(slot)].element = element
      return Key(slot: slot, generation: slots[Int(slot)].generation)
    }
    slots.append(Slot(element: element, generation: 1))
    return Key(slot: UInt32(slots.count - 1), generation: 1)
  }

  /// The element of `key`; `nil` if it is gone. Storing at a key that is gone does nothing.
  public subscript(key: Key) -> Element? {
    get { holds(key) ? slots[Int(key.slot)].element : nil }
    set {
      guard holds(key), newValue != nil || remove(key) == nil else { return }
      if let newValue { slots[Int(key.slot)].element = newValue }
    }
  }

  /// Takes the element of `key` out; `nil` if it is gone.
  public mutating func remove(_ key: Key) -> Element? {
    guard holds(key) else { return nil }
    let element = slots[Int(key.slot)].element.take()
    slots[Int(key.slot)].generation &+= 1
    free.append(key.slot)
    return element
  }

  /// The keys in use, in order of slot.
  public var keys: [Key] {
    var keys: [Key] = []
    for (index, slot) in slots.enumerated() where slot.element != nil {
      keys.append(Key(slot: UInt32(index), generation: slot.generation))
    }
    return keys
  }

  private func holds(_ key: Key) -> Bool {
    guard key.slot < slots.count else { return false }
    let slot = slots[Int(key.slot)]
    return slot.generation == key.generation && slot.element != nil
  }
}

extension SlotTable: Sendable where Element: Sendable {}
extension SlotTable.Slot: Sendable where Element: Sendable {}
