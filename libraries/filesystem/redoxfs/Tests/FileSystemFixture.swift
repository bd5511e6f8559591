// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import RedoxFSExample

@testable import RedoxFS

typealias Mounted = FileSystem<MemoryStore>

extension Text {
  init(_ text: String) { self.init(Array(text.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// A moment for each number.
func moment(_ number: Int) -> Timestamp {
  var time = Timestamp()
  time.seconds = UInt64(number)
  return time
}

let newFile = NewNode(.file, permissions: 0o644, user: 1, group: 2)
let newDirectory = NewNode(.directory, permissions: 0o755, user: 0, group: 0)

func makeVolume(blocks: Int = 2048) throws -> (MemoryStore, Mounted) {
  let store = MemoryStore(blockCount: blocks)
  let fileSystem = try Mounted.format(
    store, identifier: InlineBytes(), root: newDirectory, now: moment(1))
  return (store, fileSystem)
}

/// What a volume holds, by path: kind, links, contents.
struct Contents: Equatable {
  struct File: Equatable {
    var kind: NodeKind?
    var links: UInt32
    var bytes: [UInt8]
  }

  var files: [String: File] = [:]

  /// As another program would find it on the medium.
  init(_ volume: Volume<MemoryStore>) throws {
    var waiting: [(UInt32, String)] = [(Mounted.rootIdentifier, "")]
    while let (identifier, path) = waiting.popLast() {
      for entry in try volume.entries(of: volume.node(identifier)) {
        let node = try volume.node(entry.node)
        let inner = path + "/" + entry.name.string
        var file = File(kind: node.record.kind, links: node.record.links, bytes: [])
        if node.record.kind == .directory {
          waiting.append((entry.node, inner))
        } else {
          file.bytes = try volume.read(node, from: 0, count: Int(node.record.byteCount))
        }
        files[inner] = file
      }
    }
  }

  init(_ store: MemoryStore) throws { try self.init(Volume(opening: store)) }

  /// As those see it who have the volume mounted.
  init(_ mounted: Mounted) throws {
    var waiting: [(UInt32, String)] = [(Mounted.rootIdentifier, "")]
    while let (identifier, path) = waiting.popLast() {
      var cookie: UInt64 = 0
      while let last = try mounted.entries(of: identifier, after: cookie, limit: 7).last {
        for (entry, _) in try mounted.entries(of: identifier, after: cookie, limit: 7) {
          let record = try mounted.record(of: entry.node)
          let inner = path + "/" + entry.name.string
          var file = File(kind: record.kind, links: record.links, bytes: [])
          if record.kind == .directory {
            waiting.append((entry.node, inner))
          } else {
            file.bytes = try mounted.read(entry.node, from: 0, count: Int(record.byteCount))
          }
          files[inner] = file
        }
        cookie = last.cookie
      }
    }
  }
}

/// What the checker says of the medium, lost blocks among it.
func findings(_ store: MemoryStore) throws -> [String] {
  var checker = Checker(try Volume(opening: store))
  checker.run()
  let lost = checker.lostBlocks == 0 ? [] : ["\(checker.lostBlocks) blocks are lost"]
  return checker.findings.map { $0.explanation.string } + lost
}

/// Repairs what `store` has.
@discardableResult
func repair(_ store: MemoryStore, _ options: RepairOptions = RepairOptions()) throws -> [Mend] {
  var repairer = try Repairer(of: store, now: moment(500), options: options)
  try repairer.run()
  return repairer.mends
}

/// Bytes that do not pack.
func noise(_ count: Int, seed: UInt64 = 77) -> [UInt8] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}

extension MemoryStore {
  /// Changes some bits of a block.
  func damage(_ block: UInt64) { bytes[Int(block) * 4096 + 100] ^= 0x5A }
}

/// Random operations on a few names.
struct Workload {
  var generator: SeededGenerator
  var time = 10
  private let names: [Text] = ["a", "b", "c", "d", "long name with spaces", "é"]
  /// Nodes that are held open.
  var open: [UInt32] = []
  /// How many operations were done, and how many were refused.
  var done = 0
  var refused = 0

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &generator)]
  }

  private mutating func directory(_ mounted: Mounted) throws -> UInt32 {
    var directory = Mounted.rootIdentifier
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      if let inner = try mounted.find(pick(names), in: directory),
        try mounted.record(of: inner).kind == .directory
      {
        directory = inner
      }
    }
    return directory
  }

  /// One operation; errors that a program would have to expect are counted.
  mutating func step(_ mounted: Mounted, largest: Int = 300_000) throws {
    time += 1
    let now = moment(time)
    let place = try directory(mounted)
    let name = pick(names)
    let held = open
    let isOpen = { (identifier: UInt32) in held.contains(identifier) }
    do throws(FileSystemError) {
      switch Int.random(in: 0..<12, using: &generator) {
      case 0, 1: _ = try mounted.make(newFile, name, in: place, now: now)
      case 2: _ = try mounted.make(newDirectory, name, in: place, now: now)
      case 3, 4, 5, 6:
        guard let file = try mounted.find(name, in: place) else { return }
        let offset = pick([0, 1, 4000, 131_000, Int.random(in: 0..<largest, using: &generator)])
        let byte = UInt8.random(in: 0...255, using: &generator)
        let count = Int.random(in: 1...pick([10, 5000, largest]), using: &generator)
        let noise = Bool.random(using: &generator)
        let seed = UInt64.random(in: 1...UInt64.max, using: &generator)
        let bytes = (0..<count).map {
          noise ? UInt8(truncatingIfNeeded: (seed &* UInt64($0 + 1)) >> 33) : byte
        }
        try mounted.write(bytes.span, to: file, at: UInt64(offset), now: now)
      case 7:
        guard let file = try mounted.find(name, in: place) else { return }
        try mounted.truncate(
          file, to: UInt64(Int.random(in: 0..<largest, using: &generator)), now: now)
      case 8:
        let (node, isUnnamed) = try mounted.unlink(name, from: place, isOpen: isOpen, now: now)
        if !isUnnamed, Bool.random(using: &generator) { open.append(node) }
      case 9: try mounted.removeDirectory(name, from: place, now: now)
      case 10:
        let target = (try? directory(mounted)) ?? place
        _ = try mounted.rename(
          name, from: place, to: pick(names), in: target, isOpen: isOpen, now: now)
      default:
        guard let file = try mounted.find(name, in: place) else { return }
        if Bool.random(using: &generator) {
          try mounted.link(file, as: pick(names), in: place, now: now)
        } else if let held = open.popLast() {
          if !open.contains(held) { try mounted.release(held) }
        } else if try mounted.record(of: file).kind == .file {
          open.append(file)
        }
      }
      done += 1
    } catch {
      switch error {
      case .volume, .medium: throw error
      default: refused += 1
      }
    }
  }
}
