// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFS

/// Uses a volume for a long time, by many small commits, and has it judged by `FormatJudge` again and
/// again: fragments, a ring of headers that wraps, a log that begins anew, deep directories that shrink,
/// contents of all lengths at which something changes, files without names.
public final class AgingCampaign {
  public typealias Mounted = FileSystem<MemoryStore>

  public let store: MemoryStore
  public private(set) var mounted: Mounted
  public private(set) var commits = 0
  public private(set) var done = 0
  public private(set) var refused = 0
  /// The longest log and the deepest directory that were met.
  public private(set) var longestLog = 0
  public private(set) var deepest = 0
  private var random: CampaignGenerator
  private var open: [UInt32] = []
  private var clock = 10
  /// Lengths at which a file's form changes: inline, one block, more, a record, two, an index.
  private static let lengths = [
    0, 1, 3966, 3967, 3968, 3969, 4095, 4096, 4097, 65_535, 65_537, 131_071, 131_072, 131_073,
    300_000,
  ]

  public init(seed: UInt64, blocks: Int = 4096) throws(FileSystemError) {
    random = CampaignGenerator(seed)
    store = MemoryStore(blockCount: blocks)
    mounted = try Mounted.format(
      store, identifier: InlineBytes(),
      root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: Timestamp())
  }

  /// Ages the volume by `count` commits, or some more.
  /// - Parameter interval: it is judged after every so many rounds of a commit or none.
  /// - Returns: what was wrong.
  public func run(commits count: Int, judgedEvery interval: Int) throws(FileSystemError) -> [String]
  {
    var rounds = 0
    while commits < count {
      let before = mounted.generation
      for _ in 0...random.below(6) { step() }
      // A volume that is nearly full ages most, so some of it is given back.
      while mounted.freeBlocks < 200, removeSomething() {}
      try mounted.commit()
      if random.below(40) == 0 { try remount() }
      commits += Int(mounted.generation - before)
      rounds += 1
      guard rounds % interval == 0 || commits >= count else { continue }
      let judge = FormatJudge(store.bytes, isOurs: true)
      longestLog = max(longestLog, judge.logBlocks)
      deepest = max(deepest, judge.deepest)
      if !judge.faults.isEmpty { return judge.faults }
    }
    return []
  }

  /// The power goes, or the volume is unmounted; who had files open is gone.
  private func remount() throws(FileSystemError) {
    mounted = try Mounted(mounting: store)
    mounted.limits.cachedBlocks = 64
    open = []
  }

  private var now: Timestamp {
    var time = Timestamp()
    clock += 1
    time.seconds = UInt64(clock)
    time.nanoseconds = UInt32(clock * 7919 % 1_000_000_000)
    return time
  }

  // MARK: Steps

  /// Of a few hundred names, short and as long as they may be; every fourth is not ASCII.
  private func name() -> Text {
    let number = random.below(random.below(3) == 0 ? 400 : 12)
    var name: Text = number % 4 == 3 ? "größe " : "n"
    name.put(decimal: UInt64(number))
    if number % 5 == 4 {
      while name.count < 252 { name.put("x") }
    }
    return name
  }

  private func directory() throws(FileSystemError) -> UInt32 {
    var directory = Mounted.rootIdentifier
    for _ in 0..<random.below(3) {
      guard let inner = try mounted.find(name(), in: directory),
        try mounted.record(of: inner).kind == .directory
      else { continue }
      directory = inner
    }
    return directory
  }

  private func bytes(_ count: Int) -> [UInt8] {
    let kind = random.below(3)
    let seed = UInt64(random.below(1 << 30))
    return (0..<count).map { index in
      switch kind {
      case 0: UInt8(truncatingIfNeeded: seed)
      case 1: UInt8(truncatingIfNeeded: index / 37)
      default: UInt8(truncatingIfNeeded: ((seed &+ UInt64(index)) &* 0x9E37_79B9_7F4A_7C15) >> 57)
      }
    }
  }

  private func length() -> Int { Self.lengths[random.below(Self.lengths.count)] }

  private func step() {
    do throws(FileSystemError) {
      try operate()
      done += 1
    } catch { refused += 1 }
  }

  private func operate() throws(FileSystemError) {
    let place = try directory()
    let name = name()
    let held = open
    let isOpen = { (node: UInt32) in held.contains(node) }
    switch random.below(16) {
    case 0, 1, 2:
      let node = try mounted.make(
        NewNode(.file, permissions: 0o644, user: 1, group: 2), name, in: place, now: now)
      try mounted.write(bytes(length()).span, to: node, at: 0, now: now)
    case 3:
      _ = try mounted.make(
        NewNode(.directory, permissions: 0o755, user: 1, group: 2), name, in: place, now: now)
    case 4:
      let node = try mounted.make(
        NewNode(.symbolicLink, permissions: 0o777, user: 1, group: 2), name, in: place, now: now)
      try mounted.write(
        bytes(1 + random.below(random.below(2) == 0 ? 60 : 4096)).span, to: node, at: 0, now: now)
    case 5:
      _ = try mounted.make(
        NewNode(.socket, permissions: 0o755, user: 1, group: 2), name, in: place, now: now)
    case 6, 7, 8:
      let node = try file(name, place)
      let far: [UInt64] = [0, 0, 100, 4000, 131_000, 17 << 20, 1 << 33, 1 << 42]
      try mounted.write(
        bytes(length()).span, to: node, at: far[random.below(far.count)], now: now)
    case 9: try mounted.truncate(try file(name, place), to: UInt64(length()), now: now)
    case 10: try mounted.truncate(try file(name, place), to: 1 << 41, now: now)
    case 11:
      let (node, isUnnamed) = try mounted.unlink(name, from: place, isOpen: isOpen, now: now)
      if !isUnnamed { open.append(node) }
    case 12: try mounted.removeDirectory(name, from: place, now: now)
    case 13:
      _ = try mounted.rename(
        name, from: place, to: self.name(), in: try directory(), isOpen: isOpen, now: now)
    case 14: try mounted.link(try file(name, place), as: self.name(), in: place, now: now)
    default: try grow(place)
    }
    if random.below(8) == 0, let node = open.popLast() { try mounted.release(node) }
  }

  private func file(_ name: Text, _ place: UInt32) throws(FileSystemError) -> UInt32 {
    guard let node = try mounted.find(name, in: place) else { throw .notFound }
    if random.below(6) == 0, !open.contains(node) { open.append(node) }
    return node
  }

  /// Gives a file very many names, so that the directory gets deep, or takes them away again.
  private func grow(_ place: UInt32) throws(FileSystemError) {
    let node = try file(name(), place)
    let first = random.below(4) * 1000
    let adds = random.below(2) == 0
    for number in first..<first + 300 {
      var name: Text = "many "
      name.put(decimal: UInt64(number))
      while name.count < 200 { name += Text([UInt8(0x61 + number % 26)]) }
      if adds {
        if try mounted.find(name, in: place) == nil {
          try mounted.link(node, as: name, in: place, now: now)
        }
      } else if try mounted.find(name, in: place) != nil {
        try mounted.unlink(name, from: place, now: now)
      }
    }
  }

  /// - Returns: false if there is nothing.
  private func removeSomething() -> Bool {
    do throws(FileSystemError) {
      var directory = Mounted.rootIdentifier
      while true {
        let entries = try mounted.entries(of: directory, after: 0, limit: 50)
        guard !entries.isEmpty else { return false }
        let entry = entries[random.below(entries.count)].entry
        if try mounted.record(of: entry.node).kind != .directory {
          try mounted.unlink(entry.name, from: directory, now: now)
          return true
        }
        if try mounted.entries(of: entry.node, after: 0, limit: 1).isEmpty {
          try mounted.removeDirectory(entry.name, from: directory, now: now)
          return true
        }
        directory = entry.node
      }
    } catch { return false }
  }
}
