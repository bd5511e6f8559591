// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// A name that was found.
struct NameEntry {
  var slot: Int
  /// The word of a socket or memory object.
  var target: UInt64
  var mode: UInt32
  var user: UInt32
  var group: UInt32

  /// Whether the mode gives `caller` all of these permissions (4 read, 2 write).
  func allows(_ wanted: UInt32, _ caller: CallerIdentity) -> Bool {
    if caller.user == 0 { return true }
    let shift: UInt32 = caller.user == user ? 6 : caller.group == group ? 3 : 0
    return mode >> shift & wanted == wanted
  }
}

// Names: each scheme has its own. A name ends with what it names, or when it is unlinked.
extension Exchange {
  func nameWord(_ slot: Int, _ field: Int) -> UInt64 { store.word(layout.name(slot, field)) }

  private func hash(_ kind: SocketKind, _ name: Text) -> UInt64 {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325 ^ kind.rawValue
    for byte in name.bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return sum
  }

  func entry(_ slot: Int) -> NameEntry {
    let (head, owner) = (nameWord(slot, 0), nameWord(slot, Layout.Name.owner))
    return NameEntry(
      slot: slot, target: nameWord(slot, Layout.Name.target),
      mode: UInt32(truncatingIfNeeded: head >> 16) & 0o777,
      user: UInt32(truncatingIfNeeded: owner), group: UInt32(truncatingIfNeeded: owner >> 32))
  }

  func find(_ kind: SocketKind, _ name: Text) -> NameEntry? {
    let wanted = hash(kind, name)
    let head = kind.rawValue | UInt64(name.count) << 8
    for slot in 0..<nameEnd
    where nameWord(slot, 0) & 0xFFFF == head & 0xFFFF && nameWord(slot, Layout.Name.hash) == wanted
      && text(slot) == name
    {
      return entry(slot)
    }
    return nil
  }

  /// A name's bytes.
  func text(_ slot: Int) -> Text {
    let start = layout.name(slot, Layout.Name.text) &* 8
    var text = Text()
    for index in 0..<Int(nameWord(slot, 0) >> 8 & 0xFF) { text.put(store.byte(at: start &+ index)) }
    return text
  }

  /// The next name of a scheme behind `cookie`, which is zero or came with a name.
  public func nextName(_ kind: SocketKind, after cookie: UInt64) -> (name: Text, cookie: UInt64)? {
    var slot = Int(min(cookie, UInt64(nameEnd)))
    while slot < nameEnd {
      if nameWord(slot, 0) & 0xFF == kind.rawValue { return (text(slot), UInt64(slot &+ 1)) }
      slot &+= 1
    }
    return nil
  }

  /// - Throws: `invalidArgument`, `nameTooLong`, `addressInUse`, `noSpace`.
  func checkName(_ kind: SocketKind, _ name: Text) throws(SystemError) {
    guard !name.isEmpty, !name.bytes.contains(0) else { throw .invalidArgument }
    guard name.count <= Limits.nameBytes else { throw .nameTooLong }
    guard find(kind, name) == nil else { throw .addressInUse }
    guard !freeNames.isEmpty else { throw .noSpace }
  }

  /// As part of a change that `checkName` came before.
  /// - Returns: what the named thing's own record keeps: slot plus one, and generation.
  mutating func makeName(
    _ kind: SocketKind, _ name: Text, _ target: UInt64, mode: UInt32, _ caller: CallerIdentity
  ) -> UInt64 {
    let slot = Int(freeNames.removeLast())
    use(slot, Layout.nameEnd)
    // Nobody looks at the text before the head says that it is there.
    store.put(name.span, at: layout.name(slot, Layout.Name.text) &* 8)
    let generation = (nameWord(slot, 0) >> 32 &+ 1) & 0xFFFF_FFFF
    let mode = UInt64(mode & 0o777) << 16
    journal.set(
      layout.name(slot, 0),
      generation << 32 | mode | UInt64(name.count) << 8 | kind.rawValue)
    journal.set(layout.name(slot, Layout.Name.target), target)
    journal.set(layout.name(slot, Layout.Name.hash), hash(kind, name))
    journal.set(
      layout.name(slot, Layout.Name.owner), UInt64(caller.user) | UInt64(caller.group) << 32)
    return generation << 32 | UInt64(slot &+ 1)
  }

  /// The slot of a name that a record keeps, as long as it is the same name.
  func nameSlot(_ kept: UInt64) -> Int? {
    let slot = Int(kept & 0xFFFF_FFFF) &- 1
    guard slot >= 0, slot < nameEnd, nameWord(slot, 0) >> 32 == kept >> 32,
      nameWord(slot, 0) & 0xFF != 0
    else { return nil }
    return slot
  }

  /// The text of a name that a record keeps; empty if it is gone.
  func text(kept: UInt64) -> Text { nameSlot(kept).map { text($0) } ?? Text() }

  /// A socket's own name.
  public func name(of slot: Int) -> Text { text(kept: get(slot, Layout.Socket.name)) }

  /// As part of a change: the name is free.
  mutating func removeName(_ slot: Int) {
    journal.set(layout.name(slot, 0), nameWord(slot, 0) & ~0xFFFF_FFFF)
  }

  /// Gives a socket a name.
  /// - Throws: what `checkName` does, `invalidArgument` if it has one.
  public mutating func bind(
    _ slot: Int, _ name: Text, mode: UInt32, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> Note {
    guard nameSlot(get(slot, Layout.Socket.name)) == nil, role(slot) != .connected else {
      throw .invalidArgument
    }
    let kind = kind(slot)
    try checkName(kind, name)
    let kept = makeName(kind, name, word(for: slot), mode: mode, caller)
    put(slot, Layout.Socket.name, kept)
    let note = note(mark, .result, 0)
    journal.commit()
    return note
  }

  /// The socket that `name` names, if `caller` may connect to it.
  /// - Throws: `notFound`, `accessDenied`, `connectionRefused`.
  public func resolve(
    _ kind: SocketKind, _ name: Text, _ caller: CallerIdentity
  ) throws(SystemError) -> Int {
    guard let entry = find(kind, name) else { throw .notFound }
    guard entry.allows(2, caller) else { throw .accessDenied }
    guard let slot = socket(for: entry.target) else { throw .connectionRefused }
    return slot
  }

  /// Takes a name away.
  /// - Returns: the memory object that has none now, if it was one's.
  /// - Throws: `notFound`, `notPermitted`.
  public mutating func unlink(
    _ kind: SocketKind, _ name: Text, _ caller: CallerIdentity, _ mark: RequestMark
  ) throws(SystemError) -> (object: Int?, note: Note) {
    guard let entry = find(kind, name) else { throw .notFound }
    guard caller.user == 0 || caller.user == entry.user else { throw .notPermitted }
    removeName(entry.slot)
    let object = kind == .memory ? object(for: entry.target) : nil
    if let object { loseName(object) }
    let note = note(mark, .result, 0)
    journal.commit()
    freeNames.append(UInt16(entry.slot))
    return (object, note)
  }
}
