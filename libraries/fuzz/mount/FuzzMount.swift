// SPDX-License-Identifier: MIT
import Base
import Core
import FuzzInput
import RedoxFS
import RedoxFSExample

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in
    use(CompactVolume.store(bytes.indices.map { bytes[$0] }))
  }
  return 0
}

/// Mounts what the bytes say, in a build that takes every hash for right: reads all, changes much, and
/// mounts it again. What was in order before is in order after it.
private func use(_ store: SparseStore) {
  guard let isSilent = check(store) else { return }
  guard let mounted = try? FileSystem(mounting: store) else { return }
  walk(mounted)
  let now = Timestamp()
  if let name = mounted.snapshots.first?.name {
    _ = try? mounted.rollBack(to: name)
    _ = try? mounted.removeSnapshot(name)
  }
  _ = try? mounted.makeSnapshot("fuzz", now: now)
  _ = try? mounted.makeSnapshot("fuzz more", now: now)
  _ = try? mounted.removeSnapshot("fuzz")
  walk(mounted)
  _ = try? mounted.grow()
  guard (try? mounted.commit()) != nil else { return }
  guard let isStillSilent = check(store) else { fatalError("it can be mounted again") }
  precondition(isStillSilent || !isSilent, "what was in order stays so")
}

/// Reads everything.
/// - Returns: whether all is in order; `nil` for what is no volume.
private func check(_ store: SparseStore) -> Bool? {
  guard let volume = try? Volume(opening: store) else { return nil }
  var checker = Checker(volume)
  checker.run { _, node in
    let bytes = try? volume.read(node, from: node.record.byteCount / 2, count: 5000)
    precondition((bytes?.count ?? 0) <= 5000, "no more than was asked for")
  }
  for finding in checker.findings { precondition(!finding.explanation.isEmpty) }
  return checker.findings.isEmpty
}

/// Goes through some directories, and changes something in each.
private func walk(_ mounted: FileSystem<SparseStore>) {
  let now = Timestamp()
  var waiting: [UInt32] = [1]
  var seen: UInt64 = 0
  while let directory = waiting.popLast(), seen < 20 {
    seen += 1
    guard let entries = try? mounted.entries(of: directory, after: 0, limit: 20) else { continue }
    for (entry, _) in entries {
      _ = try? mounted.read(entry.node, from: 0, count: 3000)
      if (try? mounted.record(of: entry.node))?.kind == .directory { waiting.append(entry.node) }
    }
    let new: Text = "new name"
    let file = NewNode(.file, permissions: 0o644, user: 0, group: 0)
    if let made = try? mounted.make(file, new, in: directory, now: now) {
      _ = try? mounted.write([UInt8](repeating: 7, count: 9000).span, to: made, at: 100, now: now)
    }
    guard let entry = entries.last?.entry else { continue }
    _ = try? mounted.punch(entry.node, 50 * seen..<UInt64.max, now: now)
    let zeroes = RangeChange(zeroes: true, grows: seen % 2 == 0, needsRoom: seen % 3 == 0)
    _ = try? mounted.allocate(entry.node, 3000..<3000 << seen, zeroes, now: now)
    _ = try? mounted.write([1, 2, 3].span, to: entry.node, at: 5000 << (4 * seen), now: now)
    _ = try? mounted.truncate(entry.node, to: 100, now: now)
    _ = try? mounted.link(entry.node, as: "linked", in: 1, now: now)
    _ = try? mounted.rename(entry.name, from: directory, to: new, in: 1, now: now)
    if seen % 2 == 0 {
      _ = try? mounted.unlink("linked", from: 1, now: now)
      _ = try? mounted.unlink(new, from: directory, now: now)
      _ = try? mounted.removeDirectory(new, from: 1, now: now)
    }
  }
}
