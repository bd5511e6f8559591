// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFS

/// Cuts the power at every write of many workloads, and looks at what is on the medium then.
///
/// What was written and not flushed is all there, or any of it is lost, or torn; what comes to the
/// medium in another order is what is lost of it. In each such state the volume has to mount, the
/// checker has to be silent, and what the volume holds has to be the state of a commit: the last one
/// that returned, or the one under way.
public final class CrashCampaign {
  public typealias Mounted = FileSystem<MemoryStore>

  /// How often a state was looked at, workloads, and what was wrong.
  public private(set) var states = 0
  public private(set) var workloads = 0
  public private(set) var failure: String?
  private var random: CampaignGenerator

  public init(seed: UInt64) { random = CampaignGenerator(seed) }

  // MARK: Workloads

  /// What is done in exhaustive workloads: every row of three of these.
  enum Step: CaseIterable {
    case makeA, makeB, makeDirectory, makeInside, writeShort, writeLong, writeFar, truncate, rename
    case renameInto, link, unlink, unlinkOpen, removeDirectory
  }

  private static func time(_ number: Int) -> Timestamp {
    var time = Timestamp()
    time.seconds = UInt64(number)
    return time
  }

  private static let file = NewNode(.file, permissions: 0o644, user: 1, group: 2)
  private static let directory = NewNode(.directory, permissions: 0o755, user: 1, group: 2)

  /// What a step refuses is no part of the state.
  private func carryOut(_ step: Step, _ mounted: Mounted, _ time: Timestamp) {
    do throws(FileSystemError) {
      let directory = try mounted.find("d", in: 1)
      let inside = directory ?? 1
      var target = try mounted.find("a", in: 1)
      if target == nil { target = try mounted.find("b", in: 1) }
      try carryOut(step, mounted, inside, target ?? 1, time)
    } catch { return }
  }

  private func carryOut(
    _ step: Step, _ mounted: Mounted, _ inside: UInt32, _ target: UInt32, _ time: Timestamp
  ) throws(FileSystemError) {
    switch step {
    case .makeA: _ = try mounted.make(Self.file, "a", in: 1, now: time)
    case .makeB: _ = try mounted.make(Self.file, "b", in: 1, now: time)
    case .makeDirectory: _ = try mounted.make(Self.directory, "d", in: 1, now: time)
    case .makeInside: _ = try mounted.make(Self.file, "x", in: inside, now: time)
    case .writeShort: try write(300, at: 10, to: target, mounted, time)
    case .writeLong: try write(20_000, at: 0, to: target, mounted, time)
    case .writeFar: try write(100, at: 17 << 20, to: target, mounted, time)
    case .truncate: try mounted.truncate(target, to: 5000, now: time)
    case .rename: try mounted.rename("a", from: 1, to: "b", in: 1, now: time)
    case .renameInto: try mounted.rename("a", from: 1, to: "x", in: inside, now: time)
    case .link: try mounted.link(target, as: "c", in: 1, now: time)
    case .unlink: try mounted.unlink("a", from: 1, now: time)
    case .unlinkOpen: try mounted.unlink("b", from: 1, isOpen: { _ in true }, now: time)
    case .removeDirectory: try mounted.removeDirectory("d", from: 1, now: time)
    }
  }

  private func write(
    _ count: Int, at offset: UInt64, to node: UInt32, _ mounted: Mounted, _ time: Timestamp
  ) throws(FileSystemError) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(time.seconds)) }
    try mounted.write(bytes.span, to: node, at: offset, now: time)
  }

  /// Every workload of three steps, on a volume with a file and an empty one, with a commit after each
  /// step and with one after all three.
  /// - Parameter stride: only every so manieth workload.
  public func runExhaustive(stride: Int = 1, until limit: Int = .max) throws {
    let all = Array(Step.allCases)
    var number = 0
    for first in all {
      for second in all {
        for third in all {
          for commitsEach in [false, true] {
            number += 1
            guard number % stride == 0 else { continue }
            guard states < limit, failure == nil else { return }
            let name = "\(first), \(second), \(third)\(commitsEach ? ", each committed" : "")"
            try run(name, blocks: 768) { mounted, commit in
              for (index, step) in [first, second, third].enumerated() {
                carryOut(step, mounted, Self.time(100 + index))
                if commitsEach || index == 2 { try commit() }
              }
            }
          }
        }
      }
    }
  }

  /// Long workloads of random steps, until so many states were looked at.
  public func runRandom(until limit: Int) throws {
    while states < limit, failure == nil {
      let number = workloads
      var steps: [(Step, Bool)] = []
      for _ in 0..<40 {
        steps.append((Step.allCases[random.below(Step.allCases.count)], random.below(4) == 0))
      }
      try run("random workload \(number)", blocks: 1024) { mounted, commit in
        var open: [UInt32] = []
        for (index, (step, commits)) in steps.enumerated() {
          carryOut(step, mounted, Self.time(1000 + index))
          open = mounted.releasedNodes
          if open.count > 2 { try mounted.release(open[0]) }
          if commits || index == steps.count - 1 { try commit() }
        }
      }
    }
  }

  // MARK: A workload's life

  private func run(
    _ name: String, blocks: Int,
    _ body: (Mounted, _ commit: () throws -> Void) throws -> Void
  ) throws {
    workloads += 1
    let store = MemoryStore(blockCount: blocks)
    let mounted = try Mounted.format(
      store, identifier: InlineBytes(), root: Self.directory, now: Self.time(1))
    try write(
      6000, at: 0, to: mounted.make(Self.file, "a", in: 1, now: Self.time(2)), mounted,
      Self.time(2))
    try mounted.commit()
    let replica = MemoryStore(store.bytes)
    var digests = [mounted.generation: try Self.digest(Volume(opening: store))]
    var returned = [(events: 0, generation: mounted.generation)]
    store.remembers = true
    try body(mounted) {
      try mounted.commit()
      digests[mounted.generation] = try Self.digest(Volume(opening: store))
      returned.append((store.history.count, mounted.generation))
    }
    let history = store.history
    var unflushed: [(UInt64, [UInt8])] = []
    var least = 0
    for cut in 0...history.count {
      while least + 1 < returned.count, returned[least + 1].events <= cut { least += 1 }
      for loss in 0..<3 {
        states += 1
        if let wrong = judge(replica, unflushed, loss, returned[least].generation, digests) {
          failure = "\(name), cut after \(cut) of \(history.count) events, loss \(loss): \(wrong)"
          return
        }
        // Nothing can be lost.
        if unflushed.isEmpty { break }
      }
      guard cut < history.count else { return }
      switch history[cut] {
      case .flush:
        for (block, bytes) in unflushed { replica.apply(block, bytes[...]) }
        unflushed = []
      case .write(let block, let bytes): unflushed.append((block, bytes))
      }
    }
  }

  /// - Returns: what is wrong with what may be on the medium.
  private func judge(
    _ medium: MemoryStore, _ unflushed: [(UInt64, [UInt8])], _ loss: Int, _ least: UInt64,
    _ digests: [UInt64: UInt64]
  ) -> String? {
    var before: [(UInt64, [UInt8])] = []
    for (block, bytes) in unflushed {
      let start = Int(block) * 4096
      let old = Array(medium.bytes[start..<start + bytes.count])
      let written: [UInt8]
      switch loss {
      case 0: written = bytes
      case 1:
        if random.below(2) == 0 { continue }
        written = bytes
      default:
        // Sectors of 512 bytes are written whole.
        let split = random.below(bytes.count / 512 + 1) * 512
        written =
          random.below(2) == 0
          ? Array(bytes[..<split]) + Array(old[split...])
          : Array(old[..<split]) + Array(bytes[split...])
      }
      before.append((block, old))
      medium.apply(block, written[...])
    }
    defer { for (block, old) in before.reversed() { medium.apply(block, old[...]) } }
    do {
      let volume = try Volume(opening: medium)
      let generation = volume.header.generation
      guard generation == least || generation == least + 1 else {
        return "generation \(generation), not \(least)"
      }
      guard try Self.digest(volume) == digests[generation] else { return "not what was committed" }
      var checker = Checker(volume)
      checker.run()
      if let finding = checker.findings.first {
        return String(decoding: finding.explanation.bytes, as: UTF8.self)
      }
      if checker.lostBlocks > 0 { return "\(checker.lostBlocks) blocks are lost" }
      if states % 8 == 0 { _ = try Mounted(mounting: medium) }
      return nil
    } catch { return "\(error)" }
  }

  /// Of names, kinds, links and contents of all files.
  static func digest(_ volume: Volume<MemoryStore>) throws -> UInt64 {
    var sum: [UInt8] = []
    var waiting: [UInt32] = [Mounted.rootIdentifier]
    while let identifier = waiting.popLast() {
      for entry in try volume.entries(of: volume.node(identifier)) {
        let node = try volume.node(entry.node)
        sum += entry.name.bytes + [0]
        var words = [UInt64(identifier), UInt64(entry.node), UInt64(node.record.mode)]
        words += [UInt64(node.record.links), node.record.byteCount]
        words += [node.record.modified.seconds]
        if node.record.kind == .directory {
          waiting.append(entry.node)
        } else {
          // Long files are mostly holes.
          let first = try volume.read(node, from: 0, count: 25_000)
          let last = try volume.read(
            node, from: node.record.byteCount > 5000 ? node.record.byteCount - 5000 : 0, count: 5000
          )
          words += [SeaHash.digest(first.span), SeaHash.digest(last.span)]
        }
        for word in words {
          for shift in 0..<8 { sum.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
        }
      }
    }
    return SeaHash.digest(sum.span)
  }
}

/// Numbers that depend on the seed alone.
struct CampaignGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int((state >> 11) % UInt64(limit))
  }
}
