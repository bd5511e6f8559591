// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// One handle: what it stands for and what it allows.
struct HandleEntry: BitwiseCopyable {
  var description: Ref<Description>?
  var rights = Rights()
  var closeOnExec = false
  init() {}
}

/// A process's handles: the POSIX range, given lowest first, and the runtime's own range, which
/// fork and exec leave out.
struct HandleTable: BitwiseCopyable {
  var posix = HandleRange()
  var runtime = HandleRange()
  init() {}

  @inline(__always)
  static func isRuntime(_ handle: Handle) -> Bool { handle.rawValue >= Handle.runtimeBase }

  /// The entry of a handle that is in use.
  @inline(__always)
  func entry(_ handle: Handle) -> HandleEntry? {
    if Self.isRuntime(handle) {
      return runtime.entry(handle.rawValue &- Handle.runtimeBase)
    }
    return posix.entry(handle.rawValue)
  }

  /// The entry of one of the first 256 handles of either range, in use or not.
  @inline(__always)
  func quickly(_ word: UInt) -> HandleEntry? {
    let base = UInt(Handle.runtimeBase)
    return word >= base ? runtime.quickly(word &- base) : posix.quickly(word)
  }

  /// Puts `entry` at the lowest free number not below `minimum`.
  mutating func insert(
    _ entry: HandleEntry, inRuntimeRange: Bool, minimum: UInt32, account: Ref<Account>?
  ) throws(SystemError) -> Handle {
    if inRuntimeRange {
      let number = try runtime.insert(entry, minimum: minimum, account: account)
      return Handle(rawValue: Handle.runtimeBase &+ number)
    }
    return Handle(rawValue: try posix.insert(entry, minimum: minimum, account: account))
  }

  /// Puts `entry` at `handle`; the caller has closed what was there.
  mutating func place(
    _ entry: HandleEntry, at handle: Handle, account: Ref<Account>?
  ) throws(SystemError) {
    if Self.isRuntime(handle) {
      try runtime.place(entry, at: handle.rawValue &- Handle.runtimeBase, account: account)
    } else {
      try posix.place(entry, at: handle.rawValue, account: account)
    }
  }

  /// Takes an entry out; the caller releases its description.
  mutating func remove(_ handle: Handle) -> HandleEntry? {
    if Self.isRuntime(handle) {
      return runtime.remove(handle.rawValue &- Handle.runtimeBase)
    }
    return posix.remove(handle.rawValue)
  }

  func replaceEntry(_ handle: Handle, _ entry: HandleEntry) {
    if Self.isRuntime(handle) {
      runtime.replace(handle.rawValue &- Handle.runtimeBase, entry)
    } else {
      posix.replace(handle.rawValue, entry)
    }
  }

  var count: Int { posix.count &+ runtime.count }
}

/// Up to 16,384 handles in pages of 256. Pages are taken, and charged, when first needed.
struct HandleRange: BitwiseCopyable {
  static let pageEntries: UInt32 = 256
  static let maximumPages: UInt32 = 64

  /// Page 0 by itself: most processes have no more.
  private var first: PageOf<HandleEntry>?
  /// Words 0 ..< 64: addresses of pages 1 and up.
  private var directory: PhysicalAddress?
  /// Bit n: page n exists. Bit n of `full`: and has no free entry.
  private var present: UInt64 = 0
  private var full: UInt64 = 0
  private(set) var count = 0
  var limit: UInt32 = 16_384

  init() {}

  @inline(__always)
  private func page(_ index: UInt32) -> PageOf<HandleEntry>? {
    if index == 0, let first { return first }
    guard index < Self.maximumPages, present & (1 << UInt64(index)) != 0, let directory
    else { return nil }
    return PageOf(PhysicalAddress(PageWords(directory)[Int(index)]))
  }

  @inline(__always)
  func entry(_ number: UInt32) -> HandleEntry? {
    guard let page = page(number >> 8) else { return nil }
    let entry = page[Int(number & 255)]
    return entry.description == nil ? nil : entry
  }

  @inline(__always)
  func quickly(_ number: UInt) -> HandleEntry? {
    guard number < UInt(Self.pageEntries), let first else { return nil }
    return first[Int(bitPattern: number & 255)]
  }

  mutating func insert(
    _ entry: HandleEntry, minimum: UInt32, account: Ref<Account>?
  ) throws(SystemError) -> UInt32 {
    var index = minimum >> 8
    var start = minimum & 255
    while index < Self.maximumPages, index &* Self.pageEntries < limit {
      let candidates = ~full & (UInt64.max << UInt64(index))
      index = UInt32(candidates.trailingZeroBitCount)
      if index >= Self.maximumPages { break }
      if index != minimum >> 8 { start = 0 }
      let page = try existingPage(index, account)
      var slot = start
      while slot < Self.pageEntries, page[Int(slot)].description != nil { slot &+= 1 }
      if slot < Self.pageEntries {
        let number = index &* Self.pageEntries &+ slot
        guard number < limit else { break }
        page[Int(slot)] = entry
        count &+= 1
        return number
      }
      if start == 0 { full |= 1 << UInt64(index) }
      index &+= 1
    }
    throw .tooManyHandles
  }

  mutating func place(
    _ entry: HandleEntry, at number: UInt32, account: Ref<Account>?
  ) throws(SystemError) {
    guard number < limit, number >> 8 < Self.maximumPages else { throw .badHandle }
    let page = try existingPage(number >> 8, account)
    if page[Int(number & 255)].description == nil { count &+= 1 }
    page[Int(number & 255)] = entry
  }

  mutating func remove(_ number: UInt32) -> HandleEntry? {
    guard let page = page(number >> 8) else { return nil }
    let entry = page[Int(number & 255)]
    guard entry.description != nil else { return nil }
    page[Int(number & 255)] = HandleEntry()
    full &= ~(1 << UInt64(number >> 8))
    count &-= 1
    return entry
  }

  func replace(_ number: UInt32, _ entry: HandleEntry) {
    guard let page = page(number >> 8) else { return }
    page[Int(number & 255)] = entry
  }

  /// What looking for a number in use came to.
  enum Search: Equatable {
    case found(UInt32)
    /// None so far; to be gone on with from here.
    case unfinished(UInt32)
    case none
  }

  /// Looks for the first number in use from `start` on, at no more than `looks` entries, which it
  /// takes off: pages stay when they become empty, so there may be thousands to pass over.
  func search(from start: UInt32, _ looks: inout Int) -> Search {
    guard count > 0 else { return .none }
    var number = start
    while number < Self.maximumPages &* Self.pageEntries {
      if let page = page(number >> 8) {
        var slot = Int(number & 255)
        while slot < Int(Self.pageEntries) {
          if looks == 0 { return .unfinished(number & ~255 | UInt32(slot)) }
          looks &-= 1
          if page[slot].description != nil { return .found(number & ~255 | UInt32(slot)) }
          slot &+= 1
        }
      }
      number = (number | 255) &+ 1
    }
    return .none
  }

  private mutating func existingPage(
    _ index: UInt32, _ account: Ref<Account>?
  ) throws(SystemError) -> PageOf<HandleEntry> {
    if let page = page(index) { return page }
    if index > 0, directory == nil {
      let address = try kernel.frames.takeCleared(for: account)
      directory = address
    }
    let address = try kernel.frames.take(for: account)
    let page = PageOf<HandleEntry>(address, repeating: HandleEntry())
    if index == 0 {
      first = page
    } else if let directory {
      PageWords(directory)[Int(index)] = address.rawValue
    }
    present |= 1 << UInt64(index)
    return page
  }

  /// Gives the pages back once no handle is left.
  mutating func freePages(_ account: Ref<Account>?) {
    assert(count == 0)
    if let first { kernel.frames.give(first.address, for: account) }
    if let directory {
      let words = PageWords(directory)
      for index in 1..<Int(Self.maximumPages) where words[index] != 0 {
        kernel.frames.give(PhysicalAddress(words[index]), for: account)
      }
      kernel.frames.give(directory, for: account)
    }
    self = HandleRange()
  }
}
