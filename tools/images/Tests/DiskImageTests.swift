// SPDX-License-Identifier: MIT
import Base
import Host
import Partitions
import Project
import RedoxFS
import Testing
import Volumes

@testable import DiskImages

@Suite("Disk images") struct DiskImageTests {
  private static let items = [
    ArchiveItem("etc/hostname", mode: 0o644, .file(Array("apus".utf8))),
    ArchiveItem("bin", mode: 0o777, .link("usr/bin")),
    ArchiveItem("home", mode: 0o755, .folder),
  ]

  @Test func theLayoutLeavesRoomForBothTables() throws {
    let layout = DiskLayout(system: 16, root: 32)
    let usable = try #require(
      NewPartitionTable.usable(sectorBytes: 512, sectorCount: layout.sectorCount))
    #expect(layout.biosBoot.first == usable.first)
    let root = try #require(layout.root)
    #expect(layout.system.first + layout.system.count == root.first)
    #expect(root.first + root.count <= usable.first + usable.count)
    #expect(DiskLayout(system: 16, root: 0).root == nil)
  }

  @Test func identifiersFollowFromTheContents() {
    let identity = ImageIdentity(of: Self.items, parts: [[1], [2]])
    #expect(identity == ImageIdentity(of: Self.items, parts: [[1], [2]]))
    #expect(identity.identifier("a") != identity.identifier("b"))
    var others = [
      ImageIdentity(of: Self.items, parts: [[1], [3]]),
      ImageIdentity(of: Array(Self.items.dropLast()), parts: [[1], [2]]),
    ]
    for change in [
      { (item: inout ArchiveItem) in item.mode = 0o600 },
      { $0.user = 7 }, { $0.content = .file([]) }, { $0.content = .link("x") }, { $0.path = "x" },
    ] as [(inout ArchiveItem) -> Void] {
      var items = Self.items
      change(&items[0])
      others.append(ImageIdentity(of: items, parts: [[1], [2]]))
    }
    for other in others { #expect(other.identifier("a") != identity.identifier("a")) }
  }

  /// A volume behind other bytes of its file.
  @Test func theRootVolumeHasAllFiles() throws {
    let path = "/tmp/apus-image-tests-\(Environment.processIdentifier).img"
    defer { try? Files.remove(path) }
    let identifier = GUID.derived(high: 5, low: 6)
    var owned = ArchiveItem("home/user/x", mode: 0o600, .file([1, 2, 3]))
    owned.user = 1000
    owned.group = 1001
    for _ in 0..<2 {
      let file = try RandomAccessFile(creating: path, byteCount: 8 << 20)
      let store = ImageStore(file, from: 1 << 20, byteCount: 4 << 20)
      #expect(store.blockCount == 1024)
      _ = try RootVolume.write(Self.items + [owned], to: store, identifier: identifier)
    }
    let bytes = try Files.read(path)
    #expect(bytes[0..<1 << 20].allSatisfy { $0 == 0 } && bytes[(5 << 20)...].allSatisfy { $0 == 0 })
    let store = ImageStore(
      try RandomAccessFile(reading: path), from: 1 << 20, byteCount: 4 << 20)
    let volume = try Volume(opening: store)
    #expect(volume.header.identifier.bytes[0] == identifier.bytes[0])
    let node = try volume.node(at: "home/user/x")
    #expect(node.record.user == 1000 && node.record.group == 1001 && node.record.mode == 0o100600)
    #expect(try volume.read(node, from: 0, count: 9) == [1, 2, 3])
    var checker = Checker(volume)
    checker.run { _, _ in }
    #expect(checker.findings.isEmpty)
  }

  /// By our own knowledge of the format.
  @Test func qcow2HasWhatTheRawImageHas() throws {
    let folder = "/tmp/apus-qcow2-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    var raw = [UInt8](repeating: 0, count: 700_000)
    for index in 130_000..<270_000 { raw[index] = UInt8(truncatingIfNeeded: index) }
    raw[699_999] = 9
    try Files.write(raw, to: "\(folder)/a.img")
    try QCOW2Image.convert("\(folder)/a.img", to: "\(folder)/a.qcow2")
    let image = try Files.read("\(folder)/a.qcow2")
    func word(_ place: Int, _ count: Int = 8) -> Int {
      image[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(word(0, 4) == 0x5146_49FB && word(4, 4) == 2 && word(24) == raw.count)
    let directory = word(40)
    var found: [UInt8] = []
    for cluster in 0..<(raw.count + 65535) / 65536 {
      let table = word(directory + 8 * (cluster / 8192)) & (1 << 56 - 1)
      let place = word(table + 8 * (cluster % 8192)) & (1 << 56 - 1)
      let bytes = place == 0 ? [] : Array(image[place..<min(place + 65536, image.count)])
      found += bytes + [UInt8](repeating: 0, count: 65536 - bytes.count)
    }
    #expect(Array(found.prefix(raw.count)) == raw)
    // Each cluster of the file is counted once.
    let counts = word(word(48))
    for cluster in 0..<image.count / 65536 { #expect(word(counts + 2 * cluster, 2) == 1) }
    #expect(word(counts + 2 * (image.count / 65536), 2) == 0)
  }
}
