// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

@testable import VolumeService

/// What a server did that outlives it, in order.
final class Timeline {
  enum Event {
    case store(index: Int, value: UInt64)
    case write(block: UInt64, bytes: [UInt8])
  }

  var events: [Event] = []
  var isRecorded = false

  func note(_ event: @autoclosure () -> Event) { if isRecorded { events.append(event()) } }
}

/// A disk in memory.
final class TestDisk: WritableBlockStore {
  var bytes: [UInt8]
  let timeline: Timeline
  /// How many more writes and flushes it takes, and reads it answers.
  var patience = Int.max
  var readPatience = Int.max

  init(_ bytes: [UInt8], _ timeline: Timeline = Timeline()) {
    self.bytes = bytes
    self.timeline = timeline
  }

  var blockCount: UInt64 { UInt64(bytes.count / 4096) }

  func read(_ block: UInt64, count: Int, onto target: inout [UInt8]) -> Bool {
    guard block + UInt64(count) <= blockCount, readPatience > 0 else { return false }
    readPatience -= 1
    target += bytes[Int(block) * 4096..<(Int(block) + count) * 4096]
    return true
  }

  func write(_ block: UInt64, _ source: Span<UInt8>) -> Bool {
    guard patience > 0 else { return false }
    patience -= 1
    var written: [UInt8] = []
    written.append(copyOf: source)
    timeline.note(.write(block: block, bytes: written))
    apply(block, written)
    return true
  }

  func flush() -> Bool { patience > 0 }

  func apply(_ block: UInt64, _ written: [UInt8]) {
    let start = Int(block) * 4096
    bytes.replaceSubrange(start..<start + written.count, with: written)
  }
}

/// A capsule in memory.
final class TestCapsule: WordStore {
  var words: [UInt64]
  let timeline: Timeline
  var memoryPages = Int.max

  init(_ words: [UInt64], _ timeline: Timeline = Timeline()) {
    self.words = words
    self.timeline = timeline
  }

  convenience init(_ timeline: Timeline = Timeline(), pages: Int = 160) {
    self.init([UInt64](repeating: 0, count: pages * 512), timeline)
  }

  var byteCount: Int { words.count * 8 }
  func word(_ index: Int) -> UInt64 { words[index] }
  func setWord(_ index: Int, _ value: UInt64) {
    words[index] = value
    timeline.note(.store(index: index, value: value))
  }
  func byte(at offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(offset % 8 * 8))
  }
  func put(_ bytes: Span<UInt8>, at offset: Int) {
    var index = 0
    while index < bytes.count {
      let place = (offset + index) / 8
      var word = words[place]
      while index < bytes.count, (offset + index) / 8 == place {
        let shift = UInt64((offset + index) % 8 * 8)
        word = word & ~(0xFF << shift) | UInt64(bytes[index]) << shift
        index += 1
      }
      setWord(place, word)
    }
  }
  func clear(_ range: Range<Int>) { preconditionFailure("not used") }
  func hasMemory(forPage page: Int) -> Bool { page < memoryPages }
}

typealias TestVolume = MountedVolume<TestDisk, TestCapsule>

func emptyDisk(blocks: Int) throws -> [UInt8] {
  let disk = TestDisk([UInt8](repeating: 0, count: blocks * 4096))
  _ = try FileSystem.format(
    disk, identifier: InlineBytes(),
    root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: Timestamp())
  return disk.bytes
}

let root = FileUser(user: 0, group: 0)

/// A volume as its clients use it: each operation a request with a mark of its own.
struct Session {
  let volume: TestVolume
  var sequence: UInt64 = 0
  /// Nodes that somebody has open.
  var open: Set<UInt32> = []

  init(_ volume: TestVolume) { self.volume = volume }

  var mark: RequestMark { RequestMark(description: 7, sequence: sequence) }
  var now: UInt64 { 1_000_000_000 * (100 + sequence) }

  mutating func open(
    _ path: Text, _ flags: OpenFlags = .read, mode: UInt32 = 0o644, _ user: FileUser = root
  ) throws(SystemError) -> UInt32 {
    sequence += 1
    let opened = try volume.open(path.span, below: 1, flags, mode: mode, user, now: now, mark)
    guard case .file(let node) = opened else { throw .crossDevice }
    return node
  }

  @discardableResult
  mutating func write(
    _ node: UInt32, _ bytes: [UInt8], at offset: UInt64 = 0, appends: Bool = false,
    user: UInt32 = 0
  ) throws(SystemError) -> Int {
    sequence += 1
    return try volume.write(
      node, bytes.span, at: offset, appends: appends, user: user, now: now, mark)
  }

  mutating func unlink(
    _ path: Text, ofDirectory: Bool = false, _ user: FileUser = root
  ) throws(SystemError) {
    sequence += 1
    let open = open
    try volume.unlink(
      path.span, below: 1, ofDirectory: ofDirectory, user, isOpen: { open.contains($0) }, now: now,
      mark)
  }

  mutating func rename(
    _ path: Text, _ newPath: Text, _ user: FileUser = root
  ) throws(SystemError) {
    sequence += 1
    let open = open
    try volume.rename(
      path.span, below: 1, to: newPath.span, below: 1, user, isOpen: { open.contains($0) },
      now: now, mark)
  }

  mutating func link(_ node: UInt32, _ path: Text) throws(SystemError) {
    sequence += 1
    try volume.link(node, as: path.span, below: 1, root, now: now, mark)
  }

  mutating func truncate(_ node: UInt32, to length: UInt64) throws(SystemError) {
    sequence += 1
    try volume.truncate(node, to: length, now: now, mark)
  }

  mutating func punch(_ node: UInt32, _ hole: Range<UInt64>) throws(SystemError) {
    try allocate(node, hole, .punchHole)
  }

  mutating func allocate(
    _ node: UInt32, _ range: Range<UInt64>, _ flags: AllocationFlags = AllocationFlags(),
    user: UInt32 = 0
  ) throws(SystemError) {
    sequence += 1
    try volume.allocate(
      node, from: range.lowerBound, byteCount: UInt64(range.count), flags, user: user, now: now,
      mark)
  }

  mutating func setMode(_ node: UInt32, _ mode: UInt32) throws(SystemError) {
    sequence += 1
    var attributes = FileAttributes()
    attributes.valid = 1
    attributes.mode = mode
    try volume.setAttributes(node, attributes, root, now: now, mark)
  }

  /// What a path leads to, without a request.
  func find(_ path: Text) -> UInt32? {
    guard case .found(let node)? = try? volume.follow(path, from: 1, followsLast: false, root)
    else {
      return nil
    }
    return node
  }

  func read(_ node: UInt32, count: Int = 1 << 20) throws -> [UInt8] {
    try volume.files.read(node, from: 0, count: count)
  }
}

/// All that clients can see of a volume: files by path, and those that are open without a name.
struct Picture: Equatable {
  struct File: Equatable {
    var node: UInt32
    var mode: UInt16
    var links: UInt32
    var modified: UInt64
    var bytes: [UInt8]
  }

  var files: [String: File] = [:]

  init(_ session: Session) throws {
    let volume = session.volume
    var waiting: [(UInt32, String)] = [(1, "")]
    while let (directory, path) = waiting.popLast() {
      for (entry, _) in try volume.files.entries(of: directory, after: 0, limit: 1000) {
        let inner = path + "/" + String(decoding: entry.name.bytes, as: UTF8.self)
        let file = try Self.file(entry.node, session)
        if NodeKind(rawValue: file.mode & 0xF000) == .directory {
          waiting.append((entry.node, inner))
        }
        files[inner] = file
      }
    }
    for node in session.open where volume.files.isReleased(node) {
      files["(\(node))"] = try Self.file(node, session)
    }
  }

  private static func file(_ node: UInt32, _ session: Session) throws -> File {
    let record = try session.volume.files.record(of: node)
    var file = File(
      node: node, mode: record.mode, links: record.links, modified: record.modified.seconds,
      bytes: [])
    if record.kind != .directory { file.bytes = try session.read(node) }
    return file
  }
}
