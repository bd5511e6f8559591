// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFS

/// Damages volumes at random, and does with them what one does with volumes: none of it may trap or go
/// on without end. Then repairs them: nothing may be wrong with them after that, and what could be read
/// before can be read again.
public struct DamageCampaign {
  public private(set) var volumes = 0
  /// Volumes that could not be opened; ones of which the checker said something; the rest.
  public private(set) var refused = 0
  public private(set) var found = 0
  public private(set) var silent = 0
  /// Volumes that were repaired, those that had no room for it, and those without any tree of nodes.
  public private(set) var repaired = 0
  public private(set) var crowded = 0
  public private(set) var hopeless = 0
  /// What was wrong after a repair, for the first volume with which something was.
  public private(set) var failure: String?
  /// That volume, before it was repaired.
  public private(set) var failed: [UInt8] = []
  private var random: CampaignGenerator
  /// A volume that was written, used and committed a few times.
  private let used: [UInt8]

  public init(seed: UInt64) throws {
    random = CampaignGenerator(seed)
    let store = MemoryStore(blockCount: 640)
    let mounted = try FileSystem.format(
      store, identifier: InlineBytes(),
      root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: Timestamp())
    for number in 0..<40 {
      var name: Text = "some file "
      name.put(decimal: UInt64(number))
      let node = try mounted.make(
        NewNode(.file, permissions: 0o644, user: 0, group: 0), name, in: 1, now: Timestamp())
      let bytes = (0..<number * 700).map { UInt8(truncatingIfNeeded: $0 / 3 &* number) }
      try mounted.write(bytes.span, to: node, at: UInt64(number % 3) << 22, now: Timestamp())
      if number % 9 == 0 { try mounted.commit() }
      if number % 7 == 3 {
        try mounted.unlink(name, from: 1, isOpen: { $0 % 2 == 0 }, now: Timestamp())
      }
    }
    try mounted.makeSnapshot("kept", now: Timestamp())
    try mounted.commit()
    used = store.bytes
  }

  public mutating func run(_ count: Int) {
    for _ in 0..<count where failure == nil {
      volumes += 1
      let image = random.below(2) == 0 ? withRightHashes() : withWrongHashes()
      use(image)
      if failure != nil { failed = image }
    }
  }

  /// Values that numbers on a medium are wrong by.
  private mutating func value() -> UInt8 {
    let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0xFE]
    return random.below(3) == 0 ? UInt8(random.below(256)) : values[random.below(values.count)]
  }

  /// Bytes of one to three blocks are changed before their hashes are taken; often a pointer becomes
  /// that of another place, so that there are circles.
  private mutating func withRightHashes() -> [UInt8] {
    var edits: [(block: UInt64, place: Int, value: UInt8)] = []
    for _ in 0...random.below(3) {
      let block = random.below(6) == 0 ? 2 : UInt64(257 + random.below(32))
      for _ in 0...random.below(4) {
        // The beginnings of blocks have what counts.
        let place = random.below(random.below(2) == 0 ? 160 : 4072)
        edits.append((block, block == 2 ? 16 + place % 4000 : place, value()))
      }
    }
    return VolumeExample.image { block, bytes in
      for edit in edits where edit.block == block && edit.place < bytes.count {
        bytes[edit.place] = edit.value
      }
    }
  }

  /// Bytes anywhere are changed, parts are copied elsewhere, the end is cut off.
  private mutating func withWrongHashes() -> [UInt8] {
    var image = used
    for _ in 0...random.below(6) {
      switch random.below(4) {
      case 0:
        let (from, to) = (random.below(640) * 4096, random.below(640) * 4096)
        image.replaceSubrange(to..<to + 4096, with: used[from..<from + 4096])
      case 1: image[random.below(16) * 4096 + random.below(4096)] = value()
      default: image[(257 + random.below(200)) * 4096 + random.below(4096)] = value()
      }
    }
    if random.below(20) == 0 { image.removeLast((1 + random.below(500)) * 4096) }
    return image
  }

  private mutating func use(_ image: [UInt8]) {
    let store = MemoryStore(image)
    guard let volume = try? Volume(opening: store) else {
      refused += 1
      return
    }
    var checker = Checker(volume)
    checker.run { _, node in
      _ = try? volume.read(node, from: 0, count: 5000)
      _ = try? volume.read(node, from: node.record.byteCount &- 10, count: 5000)
    }
    for finding in checker.findings { precondition(!finding.explanation.isEmpty) }
    if checker.findings.isEmpty { silent += 1 } else { found += 1 }
    let before = ReadableFiles.ofAllStates(volume)
    change(store)
    repair(MemoryStore(image), checker.findings, before)
  }

  /// - Parameters:
  ///   - known: what the checker said before.
  ///   - before: what could be read.
  private mutating func repair(
    _ store: MemoryStore, _ known: [Finding], _ before: [Text: ReadableFiles],
    _ options: RepairOptions = RepairOptions()
  ) {
    var mends: [Mend] = []
    do throws(FileSystemError) {
      var repairer = try Repairer(of: store, now: Timestamp(), options: options)
      try repairer.run()
      mends = repairer.mends
      for mend in mends { precondition(!mend.explanation.isEmpty) }
    } catch {
      switch error {
      case .noSpace: crowded += 1
      case .volume(.noTree) where !options.mayEmpty:
        hopeless += 1
        if before[ReadableFiles.present]?.isEmpty == false { fail("files were given up") }
        repair(store, known, before, RepairOptions(mayEmpty: true))
      default: fail("it was not repaired: \(error)")
      }
      return
    }
    repaired += 1
    guard let volume = try? Volume(opening: store) else { return fail("there is no volume left") }
    var checker = Checker(volume)
    checker.run()
    for finding in checker.findings {
      // Snapshots stay as they are.
      if case .unreadableInSnapshot = finding, known.contains(finding) { continue }
      return fail(string(finding.explanation))
    }
    if checker.lostBlocks > 0 { return fail("\(checker.lostBlocks) blocks are lost") }
    compare(before, ReadableFiles.ofAllStates(volume), mends)
    do throws(FileSystemError) {
      let mounted = try FileSystem(mounting: store)
      _ = try mounted.make(
        NewNode(.file, permissions: 0o644, user: 0, group: 0), "after", in: 1, now: Timestamp())
      try mounted.commit()
    } catch { if error != .noSpace, error != .exists { fail("it cannot be used: \(error)") } }
  }

  /// What could be read before the repair has to be there.
  private mutating func compare(
    _ before: [Text: ReadableFiles], _ after: [Text: ReadableFiles], _ mends: [Mend]
  ) {
    for (state, files) in before {
      if state != ReadableFiles.present, mends.contains(where: { $0.takes(snapshot: state) }) {
        continue
      }
      for (node, file) in files.contents where after[state]?.contents[node] != file {
        if state == ReadableFiles.present, mends.contains(where: { $0.takes(node: node) }) {
          continue
        }
        fail("\(string(state)): node \(node), which could be read, is not what it was")
      }
    }
  }

  private func string(_ text: Text) -> String { String(decoding: text.bytes, as: UTF8.self) }

  private mutating func fail(_ reason: String) {
    failure = failure ?? "volume \(volumes), after its repair: \(reason)"
  }

  /// What somebody does who mounts it.
  private mutating func change(_ store: MemoryStore) {
    guard let mounted = try? FileSystem(mounting: store) else { return }
    var waiting: [UInt32] = [1]
    var seen = 0
    while let directory = waiting.popLast(), seen < 60 {
      seen += 1
      guard let entries = try? mounted.entries(of: directory, after: 0, limit: 50) else { continue }
      for (entry, _) in entries {
        _ = try? mounted.read(entry.node, from: 0, count: 3000)
        if (try? mounted.record(of: entry.node))?.kind == .directory { waiting.append(entry.node) }
      }
      if let entry = entries.first?.entry {
        _ = try? mounted.punch(entry.node, 100..<UInt64.max, now: Timestamp())
        _ = try? mounted.allocate(
          entry.node, 50..<9000, RangeChange(zeroes: true, grows: true), now: Timestamp())
        _ = try? mounted.write([1, 2, 3].span, to: entry.node, at: 5000, now: Timestamp())
        _ = try? mounted.truncate(entry.node, to: 100, now: Timestamp())
        _ = try? mounted.rename(entry.name, from: directory, to: "new", in: 1, now: Timestamp())
        _ = try? mounted.unlink("new", from: 1, now: Timestamp())
      }
    }
    _ = try? mounted.commit()
  }
}
