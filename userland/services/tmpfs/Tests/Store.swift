// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory

@testable import TemporaryFiles

/// Memory of the host that writes down every store.
final class TestStore: WordStore {
  private(set) var words: [UInt64]
  var isRecorded = false
  private(set) var stores: [(index: Int, value: UInt64)] = []

  init(pages: Int) { words = [UInt64](repeating: 0, count: pages * 512) }

  private init(_ words: [UInt64]) { self.words = words }

  func copy() -> TestStore { TestStore(words) }

  /// How many more pages the machine has memory for.
  var memoryPages = Int.max

  func hasMemory(forPage page: Int) -> Bool {
    if memoryPages == 0 { return false }
    memoryPages -= 1
    return true
  }

  var byteCount: Int { words.count * 8 }
  func word(_ index: Int) -> UInt64 { words[index] }

  func setWord(_ index: Int, _ value: UInt64) {
    words[index] = value
    if isRecorded { stores.append((index, value)) }
  }

  func byte(at offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(offset % 8 * 8))
  }

  private func setByte(_ offset: Int, _ value: UInt8) {
    let shift = UInt64(offset % 8 * 8)
    let old = words[offset / 8] & ~(0xFF << shift)
    setWord(offset / 8, old | UInt64(value) << shift)
  }

  func put(_ bytes: Span<UInt8>, at offset: Int) {
    for index in bytes.indices { setByte(offset + index, bytes[index]) }
  }

  func clear(_ range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if offset % 8 == 0, offset + 8 <= range.upperBound {
        setWord(offset / 8, 0)
        offset += 8
      } else {
        setByte(offset, 0)
        offset += 1
      }
    }
  }

  func startRecording() {
    stores = []
    isRecorded = true
  }

  /// Carries out the next store of a recording.
  func apply(_ store: (index: Int, value: UInt64)) { words[store.index] = store.value }
}

let root = FileUser(user: 0, group: 0)

/// Operations as a client has them, each with a request of its own.
struct TestVolume: ~Copyable {
  var volume: Volume<TestStore>
  private(set) var now: UInt64 = 1_000_000_000
  private var sequence: UInt64 = 0

  init(_ store: TestStore) throws {
    volume = try Volume.takenUp(from: store, now: 1_000_000_000)
  }

  mutating func mark() -> RequestMark {
    sequence += 1
    now += 1
    return RequestMark(description: 7, sequence: sequence)
  }

  mutating func open(
    _ path: Text, _ flags: OpenFlags = .read, mode: UInt32 = 0o644, _ user: FileUser = root
  ) throws(SystemError) -> Int {
    let mark = mark()
    let opened = try volume.open(
      path, below: 0, flags, mode: mode, user, now: now, mark)
    guard case .file(let inode) = opened else { throw .crossDevice }
    return inode
  }

  mutating func makeDirectory(_ path: Text) throws(SystemError) {
    _ = try open(path, .create | .exclusive | .directory | .read, mode: 0o755)
  }

  mutating func makeLink(_ path: Text, to target: Text) throws(SystemError) {
    let link = try open(path, .create | .exclusive | .symbolicLink | .noFollow | .write)
    try write(link, target.bytes, at: 0)
  }

  mutating func write(
    _ inode: Int, _ bytes: [UInt8], at offset: Int, appends: Bool = false
  ) throws(SystemError) {
    let mark = mark()
    let count = try volume.write(
      inode, bytes.span, at: UInt64(offset), appends: appends, user: 0, now: now, mark)
    precondition(count == bytes.count)
  }

  mutating func truncate(_ inode: Int, to length: Int) throws(SystemError) {
    let mark = mark()
    try volume.truncate(inode, to: UInt64(length), now: now, mark)
  }

  mutating func unlink(_ path: Text, ofDirectory: Bool = false) throws(SystemError) -> Int? {
    let mark = mark()
    return try volume.unlink(path, below: 0, ofDirectory: ofDirectory, root, now: now, mark)
  }

  mutating func remove(_ path: Text, ofDirectory: Bool = false) throws(SystemError) {
    if let last = try unlink(path, ofDirectory: ofDirectory) { volume.delete(last) }
  }

  mutating func link(_ inode: Int, as path: Text) throws(SystemError) {
    let mark = mark()
    try volume.link(inode, as: path, below: 0, root, now: now, mark)
  }

  mutating func rename(_ path: Text, to newPath: Text) throws(SystemError) {
    let mark = mark()
    let last = try volume.rename(
      path, below: 0, to: newPath, below: 0, root, now: now, mark)
    if let last { volume.delete(last) }
  }

  func content(_ inode: Int) -> [UInt8] { volume.content(inode) }
}

extension Volume where Store == TestStore {
  func content(_ inode: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let (place, count) = find(inode, at: UInt64(bytes.count), limit: 1 << 20)
      if count == 0 { return bytes }
      for index in 0..<count { bytes.append(place.map { store.byte(at: $0 + index) } ?? 0) }
    }
  }

  /// Everything that clients can see, as lines.
  func picture(of directory: Int = 0, _ prefix: Text = "") -> [Text] {
    var lines: [Text] = []
    var cookie: UInt64 = 0
    while let entry = nextName(of: directory, after: cookie) {
      cookie = entry.cookie
      let path = prefix + entry.name
      var sum: UInt64 = 0
      if !isDirectory(entry.inode) {
        for byte in content(entry.inode) { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
      lines.append(
        Text { line in
          line.put(path)
          for number in [UInt64(mode(entry.inode)), links(entry.inode), size(entry.inode), sum] {
            line.put(" ")
            line.put(decimal: number)
          }
        })
      if isDirectory(entry.inode) { lines += picture(of: entry.inode, path + "/") }
    }
    return lines.sorted()
  }
}
