// SPDX-License-Identifier: MIT
import ABI
import RedoxFS
import System
import VolumeService

/// The files that are mapped, and what was written through mappings.
///
/// The objects are kept with the scheme, and the capsule says which file each is, so that a successor
/// has them too. While changed pages are taken over, the capsule has the list of them: the kernel
/// writes it there in the same call in which it forgets that they were changed.
struct MappedFiles: ~Copyable {
  typealias Volume = MountedVolume<DiskStore, CapsuleStore>

  private let volume: Volume
  private let capsule: CapsuleStore?
  private var session: SchemeSession?
  private var files: [MappedFile] = []

  // What the first page of the capsule has beside the log's head, in words.
  private static var listOwner: Int { 63 }
  private static var list: Int { 64 }
  private static var listLength: Int { 64 }
  private static var table: Int { 256 }
  /// Files that are mapped at a time.
  private static var capacity: Int { 256 }
  /// How long an object that nobody maps stays: whoever asked for it may be about to.
  private static var idleTime: UInt64 { 30_000_000_000 }
  /// Bytes that are supplied at once.
  private static var portion: UInt64 { 32_768 }
  private static var pageBytes: UInt64 { 4096 }
  private static var leastBytes: UInt64 { 65_536 }

  init(_ volume: Volume, _ capsule: CapsuleStore?) {
    self.volume = volume
    self.capsule = capsule
  }

  var isEmpty: Bool { files.isEmpty }
  /// Files that somebody has mapped.
  var count: Int { files.count { $0.mappings > 1 } }

  /// Takes over what a predecessor had.
  mutating func start(_ session: SchemeSession) {
    self.session = session
    guard let capsule else { return }
    for place in 0..<Self.capacity {
      let word = capsule.word(Self.table + place)
      guard word != 0, let node = UInt32(exactly: word) else { continue }
      do throws(SystemError) {
        let object = ProvidedMemory(OwnedHandle(try session.copyKept(place)))
        files.append(try MappedFile(node, place, object))
      } catch { capsule.setWord(Self.table + place, 0) }
    }
    let owner = capsule.word(Self.listOwner)
    if owner > 0, let file = files.first(where: { $0.place == Int(owner) - 1 }) {
      takeListed(of: file)
    }
    capsule.setWord(Self.listOwner, 0)
    // The predecessor may have died before those who have a file mapped saw what it wrote.
    defer { volume.endChange() }
    guard let change = volume.unseenChange, find(change.node) != nil else { return }
    do throws(SystemError) {
      if change.isHole || change.range.isEmpty {
        try show(change)
      } else {
        let bytes = try volume.bytes(
          of: change.node, from: change.range.lowerBound, count: change.range.count)
        try wasWritten(
          change.node, bytes.span, at: change.range.lowerBound, oldSize: change.oldSize)
      }
    } catch { return }
  }

  private func find(_ node: UInt32) -> MappedFile? {
    for file in files where file.node == node { return file }
    return nil
  }

  private static func wholePages(_ byteCount: UInt64) -> UInt64 {
    (byteCount &+ pageBytes &- 1) & ~(pageBytes &- 1)
  }

  // MARK: Mapping

  /// The object that holds the file from its beginning on.
  /// - Throws: `quotaExceeded` if too many files are mapped.
  mutating func map(_ node: UInt32) throws(SystemError) -> MappedFile {
    let size = try volume.status(node).size
    let length = max(Self.wholePages(size), Self.leastBytes)
    if let file = find(node) {
      try file.grow(to: length)
      return file
    }
    guard let session else { throw .noDevice }
    if files.count == Self.capacity { try sweep(idleFor: 0) }
    guard let place = (0..<Self.capacity).first(where: { !isUsed($0) }) else {
      throw .quotaExceeded
    }
    let object = try ProvidedMemory(
      server: session.handle, word: UInt64(node), byteCount: length)
    try session.keep(try object.handle.duplicate(flags: .runtimeHandle), at: place)
    let file = try MappedFile(node, place, object)
    capsule?.setWord(Self.table + place, UInt64(node))
    files.append(file)
    return file
  }

  private func isUsed(_ place: Int) -> Bool {
    for file in files where file.place == place { return true }
    return false
  }

  /// Whether anybody has the file mapped, or may be about to.
  func isInUse(_ node: UInt32) -> Bool { find(node) != nil }

  /// Gives up the objects that nobody maps any more; what was written through them is taken over.
  mutating func sweep(idleFor time: UInt64 = idleTime) throws(SystemError) {
    let now = Clock.now().nanoseconds
    var index = 0
    while index < files.count {
      let file = files[index]
      // This server maps it itself.
      if now &- file.lastUsed < time || file.mappings > 1 {
        if file.mappings > 1 { file.lastUsed = now }
        index += 1
        continue
      }
      try takeOver(file)
      capsule?.setWord(Self.table + file.place, 0)
      session?.dropKept(file.place)
      files.remove(at: index)
    }
  }

  /// Supplies a page that somebody touches, and those around it.
  func supply(_ node: UInt32, at offset: UInt64, byteCount: UInt64) {
    guard let file = find(node) else { return }
    let start = offset & ~(Self.portion &- 1)
    let end = min(max(start &+ Self.portion, offset &+ byteCount), file.byteCount)
    do throws(SystemError) { try supply(file, start..<end) } catch {
      do throws(SystemError) { try file.object.fail(at: offset, byteCount: byteCount) } catch {
        return
      }
    }
  }

  /// Behind the end of the file there are zeros.
  private func supply(_ file: MappedFile, _ range: Range<UInt64>) throws(SystemError) {
    guard range.lowerBound < range.upperBound else { return }
    var bytes = try volume.bytes(of: file.node, from: range.lowerBound, count: range.count)
    bytes += [UInt8](repeating: 0, count: range.count &- bytes.count)
    try file.object.supply(bytes.span, at: range.lowerBound)
  }

  // MARK: What was written through mappings

  /// Makes what was written through mappings of the file part of it.
  func takeOver(_ node: UInt32) throws(SystemError) {
    if let file = find(node) { try takeOver(file) }
  }

  func takeOverAll() throws(SystemError) {
    for file in files { try takeOver(file) }
  }

  private func takeOver(_ file: MappedFile) throws(SystemError) {
    guard let capsule else {
      while true {
        let pages = try file.object.dirtyPages(at: 0, byteCount: file.byteCount)
        for page in pages { try take(page, of: file) }
        if pages.count < Self.listLength { return }
      }
    }
    while true {
      for index in 0..<Self.listLength { capsule.setWord(Self.list + index, UInt64.max) }
      capsule.setWord(Self.listOwner, UInt64(file.place + 1))
      let target = capsule.bytes.extracting(
        Self.list * 8..<(Self.list + Self.listLength) * 8)
      let count = try file.object.dirtyPages(at: 0, byteCount: file.byteCount, into: target)
      for index in 0..<count { try take(capsule.word(Self.list + index), of: file) }
      capsule.setWord(Self.listOwner, 0)
      if count < Self.listLength { return }
    }
  }

  /// What a predecessor had begun to take over.
  private func takeListed(of file: MappedFile) {
    guard let capsule else { return }
    for index in 0..<Self.listLength {
      let page = capsule.word(Self.list + index)
      guard page != UInt64.max else { continue }
      // What is wrong was said; the page stays as it is in the object.
      do throws(SystemError) { try take(page, of: file) } catch { continue }
    }
  }

  private func take(_ page: UInt64, of file: MappedFile) throws(SystemError) {
    guard page < file.byteCount else { return }
    let size = try volume.status(file.node).size
    guard page < size else { return }
    let count = Int(min(Self.pageBytes, size &- page))
    try volume.takeOver(file.bytes(Int(page), count), of: file.node, at: page, Clock.wallClock())
  }

  // MARK: What was changed otherwise

  /// The file's bytes from `offset` on are `bytes` now; before, it had `oldSize` bytes.
  func wasWritten(
    _ node: UInt32, _ bytes: Span<UInt8>, at offset: UInt64, oldSize: UInt64
  ) throws(SystemError) {
    guard let file = find(node) else { return }
    let end = offset &+ UInt64(bytes.count)
    if end > oldSize { try clear(file, from: oldSize) }
    try file.grow(to: Self.wholePages(max(end, oldSize)))
    // Pages that nobody has touched come as the file is now; the others are changed where they lie.
    try supply(file, offset & ~(Self.pageBytes &- 1)..<Self.wholePages(end))
    file.memory.copy(bytes, to: Int(offset))
  }

  /// The file's end was moved, or a range of it became zeros, or both.
  func show(_ change: FileChange) throws(SystemError) {
    if change.isHole {
      try wasPunched(change.node, change.range)
      guard let size = change.newSize else { return }
      try wasTruncated(change.node, to: size, oldSize: change.oldSize)
    } else {
      try wasTruncated(change.node, to: change.range.lowerBound, oldSize: change.oldSize)
    }
  }

  func wasTruncated(
    _ node: UInt32, to length: UInt64, oldSize: UInt64
  ) throws(SystemError) {
    guard let file = find(node) else { return }
    try clear(file, from: min(length, oldSize))
    try file.grow(to: Self.wholePages(length))
  }

  /// The range is zeros now, as far as the file reaches.
  private func wasPunched(_ node: UInt32, _ range: Range<UInt64>) throws(SystemError) {
    guard let file = find(node) else { return }
    let hole = range.clamped(to: 0..<file.byteCount)
    let first = Self.wholePages(hole.lowerBound)
    let end = hole.upperBound & ~(Self.pageBytes &- 1)
    if first < end { _ = try file.object.withdraw(at: first, byteCount: end &- first) }
    let isWithin = first > end
    for edge in isWithin
      ? [hole] : [hole.lowerBound..<first, end..<max(end, hole.upperBound)] where !edge.isEmpty
    {
      let page = edge.lowerBound & ~(Self.pageBytes &- 1)
      try supply(file, page..<page &+ Self.pageBytes)
      file.memory.clear(Int(edge.lowerBound)..<Int(edge.upperBound))
    }
  }

  /// From `size` on there is nothing any more: zeros for whoever has that mapped.
  private func clear(_ file: MappedFile, from size: UInt64) throws(SystemError) {
    let page = size & ~(Self.pageBytes &- 1)
    let next = Self.wholePages(size)
    if next < file.byteCount {
      _ = try file.object.withdraw(at: next, byteCount: file.byteCount &- next)
    }
    if page < size, page < file.byteCount {
      try supply(file, page..<next)
      file.memory.clear(Int(size)..<Int(next))
    }
  }
}
