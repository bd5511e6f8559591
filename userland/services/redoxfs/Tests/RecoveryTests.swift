// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import RedoxFS
import Testing

@testable import VolumeService

@Suite("Disks that refuse writes") struct RecoveryTests {
  /// The disk refuses from its nth write on, for every n of a commit: the volume says so once and is read;
  /// when the disk takes writes again, everything that was answered is there.
  @Test func theVolumeComesBackWithAllThatWasAnswered() throws {
    let image = try emptyDisk(blocks: 900)
    for patience in 0..<24 {
      let disk = TestDisk(image)
      var session = Session(try TestVolume(mounting: disk, TestCapsule()))
      var lines: [Text] = []
      session.volume.complain = { lines.append($0) }
      let first = try session.open("first", .create | .write)
      try session.write(first, [1, 2, 3])
      try session.volume.commit()
      let second = try session.open("second", .create | .write)
      try session.write(second, [UInt8](repeating: 9, count: 50_000))
      let open = try session.open("open", .create | .write)
      session.open = [open]
      try session.write(open, [5])
      try session.unlink("open")
      let before = try Picture(session)
      disk.patience = patience
      let isCommitted = (try? session.volume.commit()) != nil
      #expect(isCommitted != session.volume.hasFailed, "patience \(patience)")
      if isCommitted { continue }
      #expect(throws: SystemError.inputOutput) { try session.open("third", .create | .write) }
      #expect(throws: SystemError.inputOutput) { try session.volume.commit() }
      #expect(try Picture(session) == before)
      #expect(!session.volume.recover() && session.volume.hasFailed)
      #expect(lines.count == 1, "\(lines.count) lines")
      disk.patience = Int.max
      #expect(session.volume.recover() && !session.volume.hasFailed)
      #expect(lines.count == 2)
      #expect(try Picture(session) == before, "patience \(patience)")
      try session.write(second, [4, 4], appends: true)
      try session.volume.commit()
      var checker = Checker(try Volume(opening: disk))
      checker.run()
      #expect(checker.findings.isEmpty && checker.lostBlocks == 0, "patience \(patience)")
      #expect(try session.read(second).suffix(3) == [9, 4, 4])
    }
  }

  @Test func readOnlyVolumesRefuseChangesAndWriteNothing() throws {
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var writer = Session(try TestVolume(mounting: disk, TestCapsule()))
    let file = try writer.open("f", .create | .write)
    try writer.write(file, [1, 2, 3])
    _ = try writer.open("d", .create | .directory)
    try writer.volume.commit()
    let before = disk.bytes
    disk.patience = 0
    var session = Session(try TestVolume(mounting: disk, TestCapsule(), readOnly: true))
    #expect(try session.open("f") == file)
    #expect(try session.read(file) == [1, 2, 3])
    #expect(throws: SystemError.readOnlyFileSystem) { try session.open("f", .write) }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.open("g", .create | .write) }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.write(file, [1]) }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.truncate(file, to: 0) }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.unlink("f") }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.unlink("d", ofDirectory: true) }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.rename("f", "g") }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.link(file, "g") }
    #expect(throws: SystemError.readOnlyFileSystem) { try session.setMode(file, 0o600) }
    #expect(throws: SystemError.readOnlyFileSystem) {
      try session.volume.makeSnapshot("s", now: 1, isRepeated: false)
    }
    try session.volume.commit()
    #expect(!session.volume.hasFailed && disk.bytes == before)
  }
}
