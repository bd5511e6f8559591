// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import RedoxFS
import Testing

@testable import VolumeService

@Suite("A mounted volume") struct MountedVolumeTests {
  private func session(blocks: Int = 1024) throws -> (Session, TestDisk) {
    let disk = TestDisk(try emptyDisk(blocks: blocks))
    return (Session(try TestVolume(mounting: disk, TestCapsule())), disk)
  }

  private func findings(_ disk: TestDisk) throws -> [Text] {
    var checker = Checker(try Volume(opening: disk))
    checker.run()
    return checker.findings.map(\.explanation) + (checker.lostBlocks == 0 ? [] : ["lost blocks"])
  }

  @Test func filesDirectoriesAndLinks() throws {
    var (session, disk) = try session()
    let directory = try session.open("d", .create | .directory, mode: 0o755)
    let file = try session.open("d/f", .create | .write, mode: 0o640)
    try session.write(file, Array("hello".utf8))
    try session.write(file, Array(" there".utf8), appends: true)
    #expect(try session.read(file) == Array("hello there".utf8))
    let link = try session.open("l", .create | .exclusive | .symbolicLink | .noFollow)
    try session.write(link, Array("d/f".utf8))
    #expect(try session.open("l") == file)
    #expect(throws: SystemError.nameTooLong) {
      try session.write(link, [UInt8](repeating: 1, count: 4000), at: 200)
    }
    try session.link(file, "second")
    #expect(try session.volume.status(file).links == 2)
    #expect(throws: SystemError.notPermitted) { try session.link(directory, "x") }
    #expect(throws: SystemError.alreadyExists) { try session.link(file, "l") }
    #expect(throws: SystemError.directoryNotEmpty) { try session.unlink("d", ofDirectory: true) }
    #expect(throws: SystemError.isDirectory) { try session.unlink("d") }
    #expect(throws: SystemError.notDirectory) { try session.unlink("l", ofDirectory: true) }
    #expect(throws: SystemError.invalidArgument) { try session.open("a:b", .create | .write) }
    #expect(throws: SystemError.nameTooLong) {
      try session.open(Text([UInt8](repeating: 0x61, count: 253)), .create | .write)
    }
    try session.rename("d/f", "moved")
    #expect(try session.volume.path(of: file) == "moved")
    #expect(try session.volume.path(of: directory) == "d")
    #expect(throws: SystemError.invalidArgument) { try session.rename("d", "d/e") }
    try session.volume.commit()
    #expect(try findings(disk).isEmpty)
  }

  @Test func pathsAreFoundWithoutHavingBeenWalked() throws {
    var (session, disk) = try session()
    _ = try session.open("a", .create | .directory)
    let inner = try session.open("a/b", .create | .directory)
    let file = try session.open("a/b/c", .create | .write)
    try session.volume.commit()
    let other = try TestVolume(mounting: disk, nil)
    #expect(try other.path(of: file) == "a/b/c")
    #expect(try other.parent(of: inner) == 2)
    #expect(throws: SystemError.notFound) { try other.path(of: 99) }
    // Paths go upwards from a directory that was opened before.
    #expect(
      try other.follow("../b/c", from: inner, followsLast: true, root) == .found(file))
  }

  @Test func permissions() throws {
    var (session, _) = try session()
    let alice = FileUser(user: 5, group: 50)
    let bob = FileUser(user: 6, group: 60)
    let shared = try session.open("t", .create | .directory, mode: 0o777)
    try session.setMode(shared, 0o1777)
    let file = try session.open("t/f", .create | .write, mode: 0o600, alice)
    #expect(try session.volume.status(file).user == 5)
    #expect(throws: SystemError.accessDenied) { try session.open("t/f", .read, bob) }
    #expect(throws: SystemError.notPermitted) { try session.unlink("t/f", bob) }
    #expect(throws: SystemError.notPermitted) { try session.rename("t/f", "t/g", bob) }
    _ = try session.open("t/g", .create | .write, bob)
    #expect(throws: SystemError.notPermitted) { try session.rename("t/g", "t/f", bob) }
    #expect(throws: SystemError.accessDenied) { try session.open("x", .create | .write, bob) }
    try session.setMode(file, 0o6755)
    try session.write(file, [1], user: 5)
    #expect(try session.volume.status(file).mode & 0o7777 == 0o755)
  }

  @Test func listingWhileNamesChange() throws {
    var (session, _) = try session(blocks: 4096)
    for number in 0..<300 {
      var name: Text = "n"
      name.put(decimal: UInt64(number))
      _ = try session.open(name, .create | .write)
    }
    var seen: [Text: Int] = [:]
    var cookie: UInt64 = 0
    var turn = 0
    while true {
      var found: [Text] = []
      try session.volume.list(1, after: cookie) { name, _, _, next in
        if found.count == 20 { return false }
        found.append(Text(name))
        cookie = next
        return true
      }
      if found.isEmpty { break }
      for name in found { seen[name, default: 0] += 1 }
      turn += 1
      // Names that nobody counts come and go.
      var name: Text = "other"
      name.put(decimal: UInt64(turn))
      _ = try session.open(name, .create | .write)
      if turn > 2 {
        var old: Text = "other"
        old.put(decimal: UInt64(turn - 2))
        try session.unlink(old)
      }
    }
    let counted = seen.filter { $0.key.hasPrefix("n") }
    #expect(counted.count == 300 && counted.values.allSatisfy { $0 == 1 })
  }

  @Test func aFullVolumeSaysSoAndCanBeEmptied() throws {
    var (session, disk) = try session(blocks: 700)
    var random = Generator(3)
    let noise = (0..<60_000).map { _ in UInt8(random.below(256)) }
    var made: [Text] = []
    var refusal: SystemError?
    for number in 0..<200 where refusal == nil {
      var name: Text = "f"
      name.put(decimal: UInt64(number))
      do throws(SystemError) {
        let node = try session.open(name, .create | .write)
        made.append(name)
        try session.write(node, noise)
      } catch { refusal = error }
    }
    #expect(refusal == .noSpace)
    try session.volume.commit()
    #expect(try findings(disk).isEmpty)
    for name in made { try session.unlink(name) }
    try session.volume.commit()
    #expect(try findings(disk).isEmpty)
    #expect(session.volume.fileSystemStatus().freeBlocks > 350)
  }

  @Test func whatTheMediumRefusesIsAnErrorAndNoEnd() throws {
    for patience in 0..<30 {
      var (session, disk) = try session()
      var said: [Text] = []
      session.volume.complain = { said.append($0) }
      let node = try session.open("a", .create | .write)
      try session.write(node, [1, 2, 3])
      disk.patience = patience
      var failed = false
      do throws(SystemError) { try session.volume.commit() } catch {
        failed = error == .inputOutput
      }
      #expect(failed == !said.isEmpty)
      disk.patience = Int.max
      if failed {
        #expect(throws: SystemError.inputOutput) { try session.write(node, [4]) }
        #expect(try session.read(node) == [1, 2, 3])
      }
      #expect(try findings(disk).isEmpty)
    }
  }

  @Test func aCapsuleWithoutMemoryRefuses() throws {
    let capsule = TestCapsule()
    capsule.memoryPages = 2
    var session = Session(try TestVolume(mounting: TestDisk(try emptyDisk(blocks: 700)), capsule))
    let node = try session.open("a", .create | .write)
    #expect(throws: SystemError.outOfMemory) {
      try session.write(node, [UInt8](repeating: 1, count: 9000))
    }
    try session.write(node, [1, 2])
    #expect(try session.read(node) == [1, 2])
  }

  @Test func snapshotsAndARequestForOneThatComesAgain() throws {
    var (session, disk) = try session()
    let node = try session.open("a", .create | .write)
    try session.write(node, [1])
    try session.volume.makeSnapshot("s", now: 5_000_000_000, isRepeated: false)
    #expect(throws: SystemError.alreadyExists) {
      try session.volume.makeSnapshot("s", now: 6, isRepeated: false)
    }
    try session.volume.makeSnapshot("s", now: 6, isRepeated: true)
    #expect(session.volume.snapshotList.hasSuffix("\t5\ts\n"))
    try session.write(node, [2])
    try session.volume.rollBack(to: "s")
    #expect(try session.read(node) == [1])
    try session.volume.removeSnapshot("s", isRepeated: false)
    try session.volume.removeSnapshot("s", isRepeated: true)
    #expect(throws: SystemError.notFound) {
      try session.volume.removeSnapshot("s", isRepeated: false)
    }
    try session.volume.commit()
    #expect(try findings(disk).isEmpty)
  }

  @Test func theDiskIsLarger() throws {
    let (session, disk) = try session(blocks: 700)
    disk.bytes += [UInt8](repeating: 0, count: 100 * 4096)
    let later = try TestVolume(mounting: disk, nil)
    #expect(try later.grow() == 100)
    #expect(later.fileSystemStatus().blocks == session.volume.fileSystemStatus().blocks + 100)
  }

  @Test func argumentsOfMkfs() throws {
    let command = try FormatCommand(["-f", "--size", "16", "disk"])
    #expect(command.disk == "disk" && command.overwrites && command.blockCount == 4096)
    #expect(throws: FormatUsage.help) { try FormatCommand(["--help"]) }
    for wrong in [[], ["a", "b"], ["-s", "1", "a"], ["-s", "x", "a"], ["-q", "a"]] as [[Text]] {
      #expect(throws: FormatUsage.self) { try FormatCommand(wrong) }
    }
  }
}
