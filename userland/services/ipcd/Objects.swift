// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

enum ObjectState: UInt64 {
  case free = 0
  case named = 1
  /// Lives as long as it is open or mapped.
  case unnamed = 2
}

// Shared memory objects. The memory itself is kept by the kernel, at the object's place, from the
// moment that the object has a size.
extension Exchange {
  private func field(_ slot: Int, _ field: Int) -> UInt64 {
    store.word(layout.object(slot, field))
  }
  private mutating func set(_ slot: Int, _ field: Int, _ value: UInt64) {
    journal.set(layout.object(slot, field), value)
  }

  func objectState(_ slot: Int) -> ObjectState {
    ObjectState(rawValue: field(slot, 0) & 0xFF) ?? .free
  }
  func objectWord(_ slot: Int) -> UInt64 {
    Self.objectWord | (field(slot, 0) >> 32) << 16 | UInt64(slot)
  }
  private static var hasMemoryBit: UInt64 { 1 << 8 }

  /// The memory object that a word names.
  public func object(for word: UInt64) -> Int? {
    guard word >> 60 == 2 else { return nil }
    let slot = Int(word & 0xFFFF)
    guard slot < objectEnd, objectState(slot) != .free, objectWord(slot) == word else {
      return nil
    }
    return slot
  }

  /// Where the kernel keeps the object's memory.
  public static func place(ofObject slot: Int) -> Int { Limits.firstObjectPlace + slot }
  public func hasMemory(_ slot: Int) -> Bool { field(slot, 0) & Self.hasMemoryBit != 0 }
  /// In bytes.
  public func size(_ slot: Int) -> UInt64 { field(slot, Layout.Object.size) }

  /// Opens the object `name`, or makes it; without a name, makes one that nobody else finds.
  ///
  /// - Throws: `notFound`, `alreadyExists`, `accessDenied`, and what `checkName` does.
  public mutating func openObject(
    _ name: Text?, _ flags: OpenFlags, mode: UInt32, _ caller: CallerIdentity,
    _ mark: RequestMark
  ) throws(SystemError) -> (word: UInt64, note: Note) {
    if let name, let entry = find(.memory, name) {
      if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
      let wanted: UInt32 = (flags.contains(.read) ? 4 : 0) | (flags.contains(.write) ? 2 : 0)
      guard entry.allows(wanted, caller) else { throw .accessDenied }
      let note = note(mark, .opened, entry.target)
      journal.commit()
      return (entry.target, note)
    }
    if let name {
      guard flags.contains(.create) else { throw .notFound }
      try checkName(.memory, name)
    }
    guard !freeObjects.isEmpty else { throw .noSpace }
    guard accounts.hasRoom(UInt64(caller.account)) else { throw .quotaExceeded }
    let slot = Int(freeObjects.removeLast())
    use(slot, Layout.objectEnd)
    let old = max(field(slot, 0) >> 32, store.word(Layout.generation))
    let state = name == nil ? ObjectState.unnamed : .named
    set(slot, 0, ((old &+ 1) & 0xFFFF_FFFF) << 32 | state.rawValue)
    set(slot, Layout.Object.size, 0)
    set(slot, Layout.Object.owner, UInt64(caller.user) | UInt64(caller.group) << 32)
    set(slot, Layout.Object.mode, UInt64(mode & 0o777))
    set(slot, Layout.Object.account, UInt64(caller.account))
    let word = objectWord(slot)
    let kept = name.map { makeName(.memory, $0, word, mode: mode, caller) } ?? 0
    set(slot, Layout.Object.name, kept)
    accounts.add(UInt64(caller.account))
    let note = note(mark, .opened, word)
    journal.commit()
    return (word, note)
  }

  /// The kernel keeps memory of this size for the object.
  public mutating func setSize(_ slot: Int, _ size: UInt64, _ mark: RequestMark) -> Note {
    set(slot, 0, field(slot, 0) | Self.hasMemoryBit)
    set(slot, Layout.Object.size, size)
    let note = note(mark, .result, 0)
    journal.commit()
    return note
  }

  public func objectStatus(_ slot: Int) -> FileStatus {
    var status = FileStatus()
    status.mode = FileMode.regular | UInt32(field(slot, Layout.Object.mode))
    status.links = objectState(slot) == .named ? 1 : 0
    status.user = UInt32(truncatingIfNeeded: field(slot, Layout.Object.owner))
    status.group = UInt32(field(slot, Layout.Object.owner) >> 32)
    status.size = size(slot)
    status.inode = UInt64(slot) + 1
    return status
  }

  public func name(ofObject slot: Int) -> Text { text(kept: field(slot, Layout.Object.name)) }

  /// As part of a change: the object has no name any more.
  mutating func loseName(_ slot: Int) {
    set(slot, 0, field(slot, 0) & ~0xFF | ObjectState.unnamed.rawValue)
  }

  /// Whether the object ends when nobody has it open.
  public func isUnnamed(_ slot: Int) -> Bool { objectState(slot) == .unnamed }

  /// Nobody can come by the object any more: the kernel is to forget its memory.
  public mutating func freeObject(_ slot: Int) {
    let hadMemory = hasMemory(slot)
    accounts.remove(field(slot, Layout.Object.account))
    set(slot, 0, field(slot, 0) & ~0xFFFF_FFFF)
    journal.commit()
    freeObjects.append(UInt16(slot))
    if hadMemory { forsaken.append(slot) }
  }

  /// Objects whose places a predecessor perhaps did not clear.
  mutating func recoverObjects() {
    for slot in 0..<objectEnd where objectState(slot) == .free { forsaken.append(slot) }
  }

  /// Objects whose memory the kernel is to forget.
  public mutating func takeForsaken() -> [Int] {
    let slots = forsaken
    forsaken = []
    return slots
  }
}
