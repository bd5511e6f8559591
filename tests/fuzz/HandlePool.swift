// SPDX-License-Identifier: MIT
import System

/// The handles that a worker has made, a few of each kind, for all its threads.
///
/// It lies in memory of its own, read and written without a lock: threads close each other's handles
/// while they are in use, which is what is to be tested, and a number that is wrong by then is a
/// hostile argument like any other. A fork has a copy.
struct HandlePool: Sendable {
  static let slots = 8
  static let byteCount = Kind.count * slots * 4

  private let memory: SharedBytes

  init(_ memory: SharedBytes) { self.memory = memory }

  func clear() {
    for index in 0..<(Kind.count * Self.slots) { memory.store(UInt32.max, at: index &* 4) }
  }

  @inline(__always)
  private func place(_ kind: Kind, _ slot: Int) -> Int {
    (kind.rawValue &* Self.slots &+ slot) &* 4
  }

  /// The handle in a slot, `none` if there is none.
  @inline(__always)
  func handle(_ kind: Kind, _ slot: Int) -> Handle {
    Handle(rawValue: memory.load(at: place(kind, slot), as: UInt32.self))
  }

  /// Puts a handle into a slot.
  /// - Returns: the handle that was there.
  @inline(__always)
  func exchange(_ kind: Kind, _ slot: Int, _ handle: Handle) -> Handle {
    let before = self.handle(kind, slot)
    memory.store(handle.rawValue, at: place(kind, slot))
    return before
  }

  /// Some handle of a kind; `none` if few or none are left.
  func any(_ kind: Kind, _ random: inout Random) -> Handle {
    let first = random.below(Self.slots)
    for distance in 0..<Self.slots {
      let handle = handle(kind, (first &+ distance) & (Self.slots &- 1))
      if handle != .none { return handle }
    }
    return .none
  }

  /// Some handle of any kind.
  func any(_ random: inout Random) -> Handle {
    for _ in 0..<4 {
      if let kind = Kind(rawValue: random.below(Kind.count)) {
        let handle = any(kind, &random)
        if handle != .none { return handle }
      }
    }
    return .none
  }

  /// Takes some handle of any kind out, to be closed.
  func takeAny(_ random: inout Random) -> Handle {
    for _ in 0..<4 {
      guard let kind = Kind(rawValue: random.below(Kind.count)) else { continue }
      let handle = exchange(kind, random.below(Self.slots), .none)
      if handle != .none { return handle }
    }
    return .none
  }
}
