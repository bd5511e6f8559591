// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS
import Testing

@testable import VolumeService

@Suite("Reading snapshots") struct SnapshotTreeTests {
  typealias Tree = SnapshotTree<TestDisk, TestCapsule>

  private func open(
    _ tree: Tree, _ path: Text, _ flags: OpenFlags = .read, _ user: FileUser = root
  ) throws(SystemError) -> SnapshotNode {
    guard let start = tree.start(of: path.span) else { throw .notFound }
    let opened = try tree.open(path[start...].span, below: .all, flags, user)
    guard case .file(let node) = opened else {
      throw .crossDevice
    }
    return node
  }

  private func names(_ tree: Tree, _ node: SnapshotNode, atOnce: Int = 2) throws -> [String] {
    var names: [String] = []
    var cookie: UInt64 = 0
    while true {
      var count = 0
      try tree.list(node, after: cookie) { name, _, _, next in
        guard count < atOnce else { return false }
        names.append(String(decoding: Text(name).bytes, as: UTF8.self))
        cookie = next
        count += 1
        return true
      }
      if count == 0 { return names.sorted() }
    }
  }

  private func made() throws -> (Session, Tree, TestDisk) {
    let disk = TestDisk(try emptyDisk(blocks: 1200))
    var session = Session(try TestVolume(mounting: disk, TestCapsule()))
    _ = try session.open("d", .create | .directory, mode: 0o700)
    let file = try session.open("d/f", .create | .write, mode: 0o640)
    try session.write(file, [UInt8](repeating: 7, count: 300_000))
    let link = try session.open("link", .create | .symbolicLink, mode: 0o777)
    try session.write(link, Array("d/f".utf8))
    let away = try session.open("away", .create | .symbolicLink, mode: 0o777)
    try session.write(away, Array("/etc/x".utf8))
    try session.volume.makeSnapshot("old", now: session.now, isRepeated: false)
    try session.write(file, [UInt8](repeating: 8, count: 100))
    try session.unlink("link")
    return (session, Tree(session.volume), disk)
  }

  @Test func aSnapshotIsReadAsItWas() throws {
    let (session, tree, _) = try made()
    let file = try open(tree, ".snapshots/old/d/f")
    #expect(try tree.bytes(of: file, from: 0, count: 5) == [7, 7, 7, 7, 7])
    #expect(try tree.bytes(of: file, from: 131_070, count: 400_000).count == 168_930)
    #expect(try tree.status(file).size == 300_000 && tree.status(file).mode & 0o777 == 0o640)
    #expect(try open(tree, "/.snapshots/old/link") == file)
    #expect(try open(tree, ".snapshots/old/d/../d/./f") == file)
    #expect(try tree.path(of: file) == ".snapshots/old/d/f")
    #expect(SnapshotNode(word: file.word) == file)
    #expect(try names(tree, .all) == ["old"])
    #expect(try names(tree, open(tree, ".snapshots/old/")) == ["away", "d", "link"])
    #expect(try open(tree, ".snapshots/old/d/../..") == .all)
    #expect(try open(tree, ".snapshots/old/../old/../..") == .all)
    // The present state is another.
    #expect(try session.read(session.find("d/f") ?? 0, count: 2) == [8, 8])
    #expect(session.find(".snapshots") == nil)
    // Programs of this word cannot be meant for files of the volume, nor for places.
    #expect(SnapshotNode(word: 5) == nil && SnapshotNode(word: 1 << 62) == nil)
  }

  @Test func nothingCanBeChangedAndRightsCount() throws {
    let (_, tree, _) = try made()
    for flags in [.write, .read | .write, .write | .truncate] as [OpenFlags] {
      #expect(throws: SystemError.readOnlyFileSystem) {
        try open(tree, ".snapshots/old/d/f", flags)
      }
    }
    #expect(throws: SystemError.readOnlyFileSystem) {
      try open(tree, ".snapshots/old/new", .create | .write)
    }
    #expect(throws: SystemError.alreadyExists) {
      try open(tree, ".snapshots", .create | .exclusive | .directory)
    }
    #expect(throws: SystemError.notFound) { try open(tree, ".snapshots/new/f") }
    #expect(throws: SystemError.accessDenied) {
      try open(tree, ".snapshots/old/d/f", .read, FileUser(user: 9, group: 9))
    }
    guard
      case .place("/etc/x") = try tree.open(
        ("old/away" as Text).span, below: .all, .symbolicLink, root)
    else {
      Issue.record("the link leads out of the scheme")
      return
    }
  }

  @Test func aSnapshotThatIsDeletedIsGone() throws {
    let (session, tree, disk) = try made()
    let file = try open(tree, ".snapshots/old/d/f")
    #expect(try tree.bytes(of: file, from: 0, count: 1) == [7])
    // A successor knows the file by the same word.
    try session.volume.commit()
    let successor = Tree(try TestVolume(mounting: TestDisk(disk.bytes), TestCapsule()))
    #expect(try successor.bytes(of: file, from: 0, count: 1) == [7])
    try session.volume.removeSnapshot("old", isRepeated: false)
    #expect(throws: SystemError.gone) { try tree.bytes(of: file, from: 0, count: 1) }
    #expect(throws: SystemError.gone) { try tree.status(file) }
    #expect(throws: SystemError.gone) { try tree.list(file, after: 0) { _, _, _, _ in true } }
    #expect(try names(tree, .all) == [])
  }

  @Test func aFileOfThatNameHidesThem() throws {
    var (session, tree, _) = try made()
    _ = try session.open(".snapshots", .create | .write)
    for path in [".snapshots/old", ".snapshotsx", "d"] as [Text] {
      #expect(tree.start(of: path.span) == nil)
    }
  }
}
