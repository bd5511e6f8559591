// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

// The table of names: which directory has which name for which inode.
extension Volume where Store: WordStore {
  private func hash(_ directory: Int, _ name: Span<UInt8>) -> UInt64 {
    // FNV-1a, over the directory's number and the name.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(directory)
    hash = hash &* 0x100_0000_01B3
    for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
    return hash
  }

  private func bucket(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash >> 8) % UInt64(heads.count))
  }

  /// Reads the table into the index.
  mutating func makeIndex() {
    freeNames = layout.nameCount
    for slot in 0..<nameEnd where directory(ofName: slot) != nil {
      freeNames &-= 1
      addToIndex(slot)
    }
  }

  private mutating func addToIndex(_ slot: Int) {
    let bucket = bucket(store.word(layout.name(slot, Layout.Name.hash)))
    next[slot] = heads[bucket]
    heads[bucket] = Int32(slot)
  }

  private mutating func removeFromIndex(_ slot: Int) {
    let bucket = bucket(store.word(layout.name(slot, Layout.Name.hash)))
    if heads[bucket] == Int32(slot) {
      heads[bucket] = next[slot]
      return
    }
    var before = heads[bucket]
    while before >= 0 {
      if next[Int(before)] == Int32(slot) {
        next[Int(before)] = next[slot]
        return
      }
      before = next[Int(before)]
    }
  }

  /// The directory that a name lies in; `nil` for a free slot.
  func directory(ofName slot: Int) -> Int? {
    let word = store.word(layout.name(slot, Layout.Name.directory)) & 0xFFFF_FFFF
    return word == 0 ? nil : Int(truncatingIfNeeded: word) &- 1
  }

  func inode(ofName slot: Int) -> Int {
    Int(truncatingIfNeeded: store.word(layout.name(slot, Layout.Name.inode)))
  }

  func byteCount(ofName slot: Int) -> Int {
    Int(truncatingIfNeeded: store.word(layout.name(slot, Layout.Name.directory)) >> 32)
  }

  func text(ofName slot: Int) -> Text {
    let start = layout.name(slot, Layout.Name.text) &* 8
    var text = Text()
    for index in 0..<byteCount(ofName: slot) { text.put(store.byte(at: start &+ index)) }
    return text
  }

  /// The slot of `name` in `directory`.
  func find(_ name: Span<UInt8>, in directory: Int) -> Int? {
    let hash = hash(directory, name)
    var slot = heads[bucket(hash)]
    while slot >= 0 {
      if matches(Int(slot), hash, directory, name) { return Int(slot) }
      slot = next[Int(slot)]
    }
    return nil
  }

  private func matches(
    _ slot: Int, _ hash: UInt64, _ directory: Int, _ name: Span<UInt8>
  ) -> Bool {
    guard store.word(layout.name(slot, Layout.Name.hash)) == hash,
      self.directory(ofName: slot) == directory, byteCount(ofName: slot) == name.count
    else { return false }
    let start = layout.name(slot, Layout.Name.text) &* 8
    for index in name.indices where store.byte(at: start &+ index) != name[index] { return false }
    return true
  }

  /// Adds a name, as part of a change; `index(_:)` follows when that is complete.
  ///
  /// - Throws: `noSpace`.
  mutating func addName(
    _ name: Span<UInt8>, in directory: Int, for inode: Int, _ now: UInt64
  ) throws(SystemError) -> Int {
    guard freeNames > 0 else { throw .noSpace }
    var slot = nameHint
    while slot < nameEnd, self.directory(ofName: slot) != nil {
      slot = slot &+ 1 == layout.nameCount ? 0 : slot &+ 1
    }
    nameHint = slot
    if slot >= nameEnd {
      try back(words: layout.name(slot, 0)..<layout.name(slot &+ 1, 0))
      set(Layout.nameEnd, UInt64(slot &+ 1))
    }
    freeNames &-= 1
    // Nobody looks at the rest of a record whose first word is zero.
    store.put(name, at: layout.name(slot, Layout.Name.text) &* 8)
    store.setWord(layout.name(slot, Layout.Name.inode), UInt64(inode))
    store.setWord(layout.name(slot, Layout.Name.hash), hash(directory, name))
    set(
      layout.name(slot, Layout.Name.directory),
      UInt64(directory &+ 1) | UInt64(name.count) << 32)
    set(directory, Layout.Inode.size, size(directory) &+ 1)
    touch(directory, now)
    return slot
  }

  /// Removes a name, as part of a change; `unindex(_:)` goes before or after it.
  mutating func removeName(_ slot: Int, _ now: UInt64) {
    guard let directory = directory(ofName: slot) else { return }
    set(layout.name(slot, Layout.Name.directory), 0)
    set(directory, Layout.Inode.size, size(directory) &- 1)
    touch(directory, now)
    freeNames &+= 1
  }

  /// A complete change has added a name.
  mutating func index(_ slot: Int) { addToIndex(slot) }

  /// A complete change has removed a name, whose record says still what it was.
  mutating func unindex(_ slot: Int) {
    removeFromIndex(slot)
    nameHint = min(nameHint, slot)
  }

  /// The next name of a directory after the one with cookie `cookie`; cookies are slot numbers plus
  /// one, so that a name keeps its place as long as it exists.
  public func nextName(
    of directory: Int, after cookie: UInt64
  ) -> (name: Text, inode: Int, cookie: UInt64)? {
    guard cookie < UInt64(nameEnd) else { return nil }
    var slot = Int(truncatingIfNeeded: cookie)
    while slot < nameEnd {
      if self.directory(ofName: slot) == directory {
        return (text(ofName: slot), inode(ofName: slot), UInt64(slot &+ 1))
      }
      slot &+= 1
    }
    return nil
  }

  /// A path of the file, without a slash before it.
  /// - Throws: `notFound` if it has no name any more.
  public func path(of inode: Int) throws(SystemError) -> Text {
    var path = Text()
    var current = inode
    for _ in 0...Limits.depth {
      if current == 0 { return path }
      guard let slot = anyName(of: current), let parent = directory(ofName: slot) else {
        throw .notFound
      }
      let name = text(ofName: slot)
      path = path.isEmpty ? name : name + "/" + path
      current = parent
    }
    throw .tooManySymbolicLinks
  }

  private func anyName(of inode: Int) -> Int? {
    for slot in 0..<nameEnd
    where directory(ofName: slot) != nil && self.inode(ofName: slot) == inode { return slot }
    return nil
  }
}
