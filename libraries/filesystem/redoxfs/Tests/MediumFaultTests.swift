// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

/// A medium that fails at each place in turn: once, so that whoever tries again succeeds.
@Suite("Media faults under RedoxFS") struct MediumFaultTests {
  /// A volume with something of everything, and the names in its root.
  private func used() throws -> MemoryStore {
    let (store, mounted) = try makeVolume(blocks: 900)
    let inner = try mounted.make(newDirectory, "inner", in: 1, now: moment(1))
    for number in 0..<60 {
      let name = Text("name \(number) " + String(repeating: "x", count: 180))
      _ = try mounted.make(newFile, name, in: inner, now: moment(1))
    }
    let long = try mounted.make(newFile, "long", in: 1, now: moment(1))
    var generator = Workload(seed: 6).generator
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    try mounted.write(noise.span, to: long, at: 0, now: moment(1))
    try mounted.write(noise.span.extracting(first: 50), to: long, at: 17 << 20, now: moment(1))
    try mounted.makeSnapshot("s", now: moment(1))
    let short = try mounted.make(newFile, "short", in: 1, now: moment(2))
    try mounted.write([1, 2, 3].span, to: short, at: 0, now: moment(2))
    try mounted.unlink("short", from: 1, isOpen: { _ in true }, now: moment(2))
    _ = try mounted.make(newFile, "last", in: 1, now: moment(3))
    try mounted.commit()
    return store
  }

  /// Everything that changes a volume, one after the other; each may be refused.
  private func changeAll(_ mounted: Mounted) -> [FileSystemError] {
    var errors: [FileSystemError] = []
    func attempt(_ body: () throws(FileSystemError) -> Void) {
      do throws(FileSystemError) { try body() } catch { errors.append(error) }
    }
    let now = moment(20)
    let inner = (try? mounted.find("inner", in: 1)) ?? nil
    let long = (try? mounted.find("long", in: 1)) ?? nil
    let last = (try? mounted.find("last", in: 1)) ?? nil
    attempt { () throws(FileSystemError) in _ = try mounted.make(newFile, "new", in: 1, now: now) }
    attempt { () throws(FileSystemError) in
      _ = try mounted.make(newDirectory, "folder", in: inner ?? 1, now: now)
    }
    attempt { () throws(FileSystemError) in
      try mounted.write([9, 9].span, to: long ?? 1, at: 131_000, now: now)
    }
    attempt { () throws(FileSystemError) in
      try mounted.write([9, 9].span, to: long ?? 1, at: 18 << 20, now: now)
    }
    attempt { () throws(FileSystemError) in
      try mounted.link(last ?? 1, as: "linked", in: inner ?? 1, now: now)
    }
    attempt { () throws(FileSystemError) in
      try mounted.rename("last", from: 1, to: "moved", in: inner ?? 1, now: now)
    }
    attempt { () throws(FileSystemError) in try mounted.truncate(long ?? 1, to: 1000, now: now) }
    attempt { () throws(FileSystemError) in try mounted.commit() }
    for number in 0..<60 where number % 3 == 0 {
      let name = Text("name \(number) " + String(repeating: "x", count: 180))
      attempt { () throws(FileSystemError) in
        try mounted.unlink(name, from: inner ?? 1, now: now)
      }
    }
    attempt { () throws(FileSystemError) in try mounted.unlink("long", from: 1, now: now) }
    attempt { () throws(FileSystemError) in try mounted.removeSnapshot("s") }
    attempt { () throws(FileSystemError) in try mounted.commit() }
    return errors
  }

  /// Each block that is in use cannot be read: errors name it, and what is on the medium in the end is
  /// right. Blocks behind an index that could not be read may be lost, but none is used twice.
  @Test func anyBlockMayBeUnreadableWhileAllIsChanged() throws {
    let before = try used().bytes
    let whole = try Mounted(mounting: MemoryStore(before), keepsReleased: true)
    for block in Layout.firstBlock..<900 where !whole.free[block] {
      let store = MemoryStore(before)
      store.unreadable = [block]
      let mounted: Mounted
      do throws(FileSystemError) { mounted = try Mounted(mounting: store) } catch {
        #expect(error == .volume(.medium(block: block)))
        #expect(store.bytes == before, "block \(block)")
        continue
      }
      for error in changeAll(mounted) {
        switch error {
        // A record is named by its first block.
        case .volume(.medium(let named)): #expect((named..<named + 32).contains(block))
        case .notFound, .isDirectory, .notDirectory, .exists, .invalidArgument: break
        default: Issue.record("block \(block): \(error)")
        }
      }
      store.unreadable = []
      var checker = Checker(try Volume(opening: store))
      checker.run()
      #expect(checker.findings == [], "block \(block)")
      let again = try Mounted(mounting: store)
      _ = changeAll(again)
      var second = Checker(try Volume(opening: store))
      second.run()
      #expect(second.findings == [], "block \(block), after another mount")
    }
  }

  /// Each write and each flush is refused once. The volume refuses changes from then on; mounted anew it
  /// is that of the last commit, or of the one under way, and takes all changes.
  @Test func anyWriteOrFlushMayBeRefused() throws {
    let before = try used().bytes
    let trial = MemoryStore(before)
    let mounted = try Mounted(mounting: trial)
    #expect(changeAll(mounted) == [])
    let events = trial.eventCount
    #expect(events > 10)
    for event in 0..<events {
      let store = MemoryStore(before)
      store.refusedEvents = [event]
      let mounted: Mounted
      do throws(FileSystemError) { mounted = try Mounted(mounting: store) } catch {
        #expect(error == .medium)
        continue
      }
      var states = [mounted.generation: try Contents(store)]
      mounted.didCommit = { generation in states[generation] = try? Contents(store) }
      let errors = changeAll(mounted)
      #expect(!errors.isEmpty && errors.allSatisfy { $0 == .medium }, "event \(event)")
      #expect(throws: FileSystemError.medium) {
        try mounted.make(newFile, "late", in: 1, now: moment(30))
      }
      let volume = try Volume(opening: store)
      let generation = volume.header.generation
      if let state = states[generation] { #expect(try Contents(volume) == state) }
      #expect(generation <= (states.keys.max() ?? 0) + 1)
      #expect(try findings(store) == [], "event \(event)")
      let again = try Mounted(mounting: store)
      for error in changeAll(again) {
        #expect(error == .notFound || error == .exists || error == .isDirectory, "\(error)")
      }
      #expect(try findings(store) == [], "event \(event), after another mount")
    }
  }
}
