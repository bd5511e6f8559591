// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Objects

/// Processes by number, and groups and sessions, whose numbers come from the same range.
///
/// A number is given again only after all others have been; then the generation grows, so number
/// and generation name a process for ever. One bit per number says whether it is in use: as a
/// process, or as a group or session that still has members. Entries lie in pages of 64 numbers,
/// which are there while one of them is in use.
///
/// What only looks is `mutating` all the same: for a method that is not, the compiler copies the
/// whole structure first.
struct ProcessTable: BitwiseCopyable {
  /// Numbers are 1 ..< limit.
  static let limit: UInt32 = 32_768

  private struct Entry: BitwiseCopyable {
    var process: Ref<Process>?
    var members = List<GroupRole>()
    var sessionMembers: UInt32 = 0
    init() {}
  }

  /// 512 words of bits, and 512 words of entry pages' addresses; made with the first process.
  private var bits: PhysicalAddress?
  private var pages: PhysicalAddress?
  private var lastNumber: UInt32 = 0
  private var generation: UInt32 = 0
  private(set) var count = 0
  /// Processes that a signal has stopped: while there are none, no group can be orphaned with a
  /// stopped member.
  var stoppedCount = 0
  /// Threads that have been asked whether they allow a signal, ever: what bounds a broadcast.
  var signalLooks: UInt64 = 0

  init() {}

  // MARK: Processes

  /// Enters a new process under the next free number. The kernel pays for the pages.
  ///
  /// - Throws: `quotaExceeded` when all numbers are in use, `outOfMemory`.
  mutating func add(_ process: Ref<Process>) throws(SystemError) {
    let (bits, pages) = try tables()
    let number = try nextFreeNumber(bits)
    let word = Int(number >> 6)
    if pages[word] == 0 {
      let page = try kernel.frames.take(for: nil)
      _ = PageOf<Entry>(page, repeating: Entry())
      pages[word] = page.rawValue
    }
    bits[word] |= 1 &<< UInt64(number & 63)
    if number <= lastNumber { generation &+= 1 }
    lastNumber = number
    count &+= 1
    process.value.number = number
    process.value.generation = generation
    if let page = page(of: number) { page[Int(number & 63)].process = process }
  }

  /// Takes out a process that has left its group and session.
  mutating func remove(_ process: Ref<Process>) {
    let number = process.value.number
    guard let page = page(of: number) else { return }
    count &-= 1
    page[Int(number & 63)].process = nil
    freeIfUnused(number)
  }

  @inline(__always)
  mutating func find(_ number: UInt32) -> Ref<Process>? {
    guard let page = page(of: number) else { return nil }
    return page[Int(number & 63)].process
  }

  /// The process with the lowest number above `number`.
  mutating func next(after number: UInt32) -> Ref<Process>? {
    guard let bits else { return nil }
    let words = PageWords(bits)
    var candidate = number &+ 1
    while candidate < Self.limit {
      let rest = words[Int(candidate >> 6)] &>> UInt64(candidate & 63)
      if rest == 0 {
        candidate = (candidate | 63) &+ 1
        continue
      }
      candidate &+= UInt32(truncatingIfNeeded: rest.trailingZeroBitCount)
      if let process = find(candidate) { return process }
      candidate &+= 1
    }
    return nil
  }

  // MARK: Groups and sessions

  /// The members of a group; empty if there is no such group.
  mutating func members(of group: UInt32) -> List<GroupRole> {
    guard let page = page(of: group) else { return List() }
    return page[Int(group & 63)].members
  }

  /// Makes `process`, in no group, a member of a group and session, whose numbers are in use or
  /// its own.
  mutating func join(_ process: Ref<Process>, group: UInt32, session: UInt32) {
    process.value.group = group
    process.value.session = session
    if let page = page(of: group) { page[Int(group & 63)].members.append(process) }
    if let page = page(of: session) { page[Int(session & 63)].sessionMembers &+= 1 }
  }

  /// Takes `process` out of its group and session.
  mutating func leave(_ process: Ref<Process>) {
    let group = process.value.group
    let session = process.value.session
    guard let page = page(of: group), process.value.groupLink.isLinked else { return }
    page[Int(group & 63)].members.remove(process)
    if let page = self.page(of: session) { page[Int(session & 63)].sessionMembers &-= 1 }
    freeIfUnused(group)
    freeIfUnused(session)
  }

  /// Moves a member to another group and session, whose numbers are in use or its own.
  mutating func move(_ process: Ref<Process>, group: UInt32, session: UInt32) {
    let oldGroup = process.value.group
    let oldSession = process.value.session
    if let page = page(of: oldGroup) { page[Int(oldGroup & 63)].members.remove(process) }
    if let page = page(of: oldSession) { page[Int(oldSession & 63)].sessionMembers &-= 1 }
    join(process, group: group, session: session)
    freeIfUnused(oldGroup)
    freeIfUnused(oldSession)
  }

  // MARK: Pages

  @inline(__always)
  private mutating func page(of number: UInt32) -> PageOf<Entry>? {
    guard number < Self.limit, let pages else { return nil }
    let address = PageWords(pages)[Int(number >> 6)]
    return address == 0 ? nil : PageOf(PhysicalAddress(address))
  }

  private mutating func tables() throws(SystemError) -> (PageWords, PageWords) {
    if let bits, let pages { return (PageWords(bits), PageWords(pages)) }
    let first = try kernel.frames.takeCleared(for: nil)
    let second: PhysicalAddress
    do throws(SystemError) {
      second = try kernel.frames.takeCleared(for: nil)
    } catch {
      kernel.frames.give(first, for: nil)
      throw error
    }
    bits = first
    pages = second
    // Number zero means "no process" everywhere.
    PageWords(first)[0] = 1
    return (PageWords(first), PageWords(second))
  }

  private mutating func nextFreeNumber(_ bits: PageWords) throws(SystemError) -> UInt32 {
    let start = (lastNumber &+ 1) & (Self.limit &- 1)
    var word = Int(start >> 6)
    var free = ~bits[word] & (UInt64.max &<< UInt64(start & 63))
    for _ in 0...512 {
      if free != 0 {
        return UInt32(truncatingIfNeeded: word &* 64 &+ free.trailingZeroBitCount)
      }
      word = (word &+ 1) & 511
      free = ~bits[word]
    }
    throw .quotaExceeded
  }

  private mutating func freeIfUnused(_ number: UInt32) {
    guard let page = page(of: number), let bits, let pages else { return }
    let entry = page[Int(number & 63)]
    guard entry.process == nil, entry.members.isEmpty, entry.sessionMembers == 0 else { return }
    let word = Int(number >> 6)
    let words = PageWords(bits)
    words[word] &= ~(1 &<< UInt64(number & 63))
    // Word 0 is never empty, so the first page stays.
    guard words[word] == 0 else { return }
    kernel.frames.give(PhysicalAddress(PageWords(pages)[word]), for: nil)
    PageWords(pages)[word] = 0
  }
}
