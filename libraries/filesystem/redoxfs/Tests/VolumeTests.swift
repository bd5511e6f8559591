// SPDX-License-Identifier: MIT
import Base
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite("RedoxFS volumes") struct VolumeTests {
  private func open(_ image: [UInt8]) throws -> Volume<MemoryStore> {
    try Volume(opening: MemoryStore(image))
  }

  private func names(_ volume: Volume<MemoryStore>, _ path: Text) throws -> [String] {
    try volume.entries(of: volume.node(at: path)).map {
      String(decoding: $0.name.bytes, as: UTF8.self)
    }
  }

  @Test func filesAreFoundAndRead() throws {
    let volume = try open(VolumeExample.image())
    #expect(try names(volume, "/") == ["hello", "link", "big", "sub", "hello-too"])
    let hello = try volume.node(at: "/hello")
    #expect(hello.record.kind == .file && hello.record.user == 1000 && hello.record.links == 2)
    #expect(try volume.read(hello, from: 0, count: 100) == Array("hello\n".utf8))
    #expect(try volume.read(hello, from: 4, count: 100) == Array("o\n".utf8))
    #expect(try volume.read(hello, from: 6, count: 100).isEmpty)
    #expect(try volume.node(at: "hello-too").identifier == hello.identifier)
    let link = try volume.node(at: "/link")
    #expect(link.record.kind == .symbolicLink)
    #expect(try volume.read(link, from: 0, count: 100) == Array("hello".utf8))
  }

  @Test func recordsMayBeShortPackedHolesOrFarAway() throws {
    let volume = try open(VolumeExample.image())
    let big = try volume.node(at: "/big")
    let record = 131_072
    let start = try volume.read(big, from: 0, count: 10_000)
    #expect(Array(start[..<8192]) == VolumeExample.firstRecord)
    #expect(start[8192...].allSatisfy { $0 == 0 })
    let across = try volume.read(big, from: UInt64(record) - 2, count: record + 4)
    #expect(across.count == record + 4 && across[..<2] == [0, 0] && across.suffix(2) == [0, 0])
    #expect(across[2..<(record + 2)].allSatisfy { $0 == VolumeExample.packedByte })
    #expect(try volume.read(big, from: VolumeExample.bigBytes - 2, count: 9) == [0, 7])
  }

  @Test func aTreeOfNamesIsSearchedByHash() throws {
    let volume = try open(VolumeExample.image())
    #expect(try names(volume, "/sub").count == 20)
    for number in 0..<20 {
      #expect(try volume.node(at: Text(Array("/sub/file-\(number)".utf8))).identifier == 6)
    }
    for wrong in ["/sub/file-20", "/sub/x", "/nothing", "/sub/file-1/x"] as [Text] {
      #expect(throws: VolumeError.self) { try volume.node(at: wrong) }
    }
  }

  @Test func theRightVolumeHasNoFindings() throws {
    var checker = Checker(try open(VolumeExample.image()))
    var met = 0
    checker.run { _, _ in met += 1 }
    #expect(checker.findings == [])
    #expect(met == 26 && checker.nodeCount == 7 && checker.lostBlocks == 0)
  }

  @Test func theNewestWholeHeaderCounts() throws {
    var image = VolumeExample.image()
    // An older one beside it, and a newer one that is torn.
    var older = Array(image[2 * 4096..<3 * 4096])
    older[40] = 1
    let hash = SeaHash.digest(older.span.extracting(first: 4072))
    for index in 0..<8 {
      older[4072 + index] = UInt8(truncatingIfNeeded: hash >> UInt64(8 * index))
      older[4088 + index] = older[4072 + index]
    }
    image.replaceSubrange(4096..<8192, with: older)
    var torn = older
    torn[40] = 3
    image.replaceSubrange(3 * 4096..<4 * 4096, with: torn)
    #expect(try open(image).header.generation == 2)
  }

  @Test func aVolumeMayBeginBehindOtherBlocks() throws {
    let volume = try open([UInt8](repeating: 0xEE, count: 3 * 4096) + VolumeExample.image())
    #expect(volume.start == 3)
    #expect(try volume.read(volume.node(at: "/hello"), from: 0, count: 9).count == 6)
  }

  @Test func whatIsNoVolumeIsNamed() throws {
    #expect(throws: VolumeError.noVolume) { try open([]) }
    #expect(throws: VolumeError.noVolume) { try open([UInt8](repeating: 0, count: 40_960)) }
    var other = VolumeExample.image()
    other[2 * 4096 + 8] = 9
    #expect(throws: VolumeError.otherVersion(9)) { try open(other) }
    var encrypted = VolumeExample.image()
    encrypted[2 * 4096 + 4075] ^= 1
    #expect(throws: VolumeError.encrypted) { try open(encrypted) }
    #expect(throws: VolumeError.noVolume) {
      try open(Array(VolumeExample.image()[..<8192]))
    }
  }

  @Test func anyBlockMayBeDamagedOrUnreadable() throws {
    let whole = VolumeExample.image()
    for block in UInt64(257)..<290
    where whole[Int(block) * 4096..<Int(block + 1) * 4096].contains(where: { $0 != 0 }) {
      let store = MemoryStore(whole)
      store.bytes[Int(block) * 4096 + 11] ^= 0x10
      var checker = Checker(try Volume(opening: store))
      checker.run()
      #expect(
        checker.findings.contains {
          if case .unreadable(.damaged(.checksum, _), _) = $0 { true } else { false }
        }, "block \(block)")
      let broken = MemoryStore(whole)
      broken.unreadable = [block]
      var second = Checker(try Volume(opening: broken))
      second.run()
      #expect(
        second.findings.contains {
          if case .unreadable(.medium, _) = $0 { true } else { false }
        }, "block \(block)")
    }
  }
}
