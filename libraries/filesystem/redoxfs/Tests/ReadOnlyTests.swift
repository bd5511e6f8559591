// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite("Read-only RedoxFS volumes") struct ReadOnlyTests {
  @Test func nothingChangesAndEveryChangeIsRefused() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try mounted.write([1, 2, 3].span, to: file, at: 0, now: moment(1))
    let open = try mounted.make(newFile, "open", in: 1, now: moment(1))
    _ = try mounted.make(newDirectory, "d", in: 1, now: moment(1))
    try mounted.unlink("open", from: 1, isOpen: { _ in true }, now: moment(1))
    try mounted.makeSnapshot("s", now: moment(2))
    // Somebody who knows no snapshots has written, and the medium is larger than the volume.
    let careless = try Mounted(mounting: store, keepsReleased: true)
    careless.snapshotList = SnapshotList()
    try careless.setAttributes(of: 1) { $0.user = 7 }
    try careless.commit()
    store.bytes += [UInt8](repeating: 0, count: 40_960)
    let before = store.bytes
    store.remembers = true
    let fixed = try Mounted(mounting: store, readOnly: true)
    #expect(fixed.isReadOnly && !fixed.isDirty)
    #expect(fixed.releasedNodes == [open])
    #expect(try fixed.read(file, from: 0, count: 10) == [1, 2, 3])
    #expect(try fixed.entries(of: 1, after: 0, limit: 10).count == 2)
    let now = moment(9)
    let changes: [() throws -> Void] = [
      { _ = try fixed.make(newFile, "x", in: 1, now: now) },
      { try fixed.write([1].span, to: file, at: 0, now: now) },
      { try fixed.truncate(file, to: 1, now: now) },
      { try fixed.setAttributes(of: file) { $0.user = 3 } },
      { try fixed.link(file, as: "x", in: 1, now: now) },
      { try fixed.unlink("f", from: 1, now: now) },
      { try fixed.removeDirectory("d", from: 1, now: now) },
      { try fixed.rename("f", from: 1, to: "g", in: 1, now: now) },
      { try fixed.release(open) },
      { try fixed.makeSnapshot("t", now: now) },
      { try fixed.removeSnapshot("s") },
      { try fixed.rollBack(to: "s") },
      { try fixed.grow() },
    ]
    for (number, change) in changes.enumerated() {
      #expect(throws: FileSystemError.readOnly, "change \(number)") { try change() }
    }
    // Nothing is left to do, so synchronising is no error.
    try fixed.commit()
    try fixed.settle()
    #expect(store.history.isEmpty && store.bytes == before)
    #expect(fixed.blockCount == careless.blockCount)
  }
}
