// SPDX-License-Identifier: MIT
import Base
import Core
import Testing

@testable import FATWriter

/// Reads a volume by its own knowledge of the format.
private struct Reader {
  let image: [UInt8]
  func word(_ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(image[offset + $1]) << (8 * $1) }
  }
  var clusterBytes: Int { word(13, 1) * 512 }
  var rootStart: Int { (word(14, 2) + word(16, 1) * word(22, 2)) * 512 }
  var dataStart: Int { rootStart + word(17, 2) * 32 }
  var clusterCount: Int {
    let total = word(19, 2) == 0 ? word(32, 4) : word(19, 2)
    return (total * 512 - dataStart) / clusterBytes
  }

  /// What the chain that begins with `cluster` holds; both tables have to say the same.
  func chain(_ cluster: Int) -> [UInt8] {
    var result: [UInt8] = []
    var next = cluster
    while next >= 2 && next < 0xFFF8 {
      let start = dataStart + (next - 2) * clusterBytes
      result += image[start..<start + clusterBytes]
      let second = word(512 + word(22, 2) * 512 + 2 * next, 2)
      next = word(512 + 2 * next, 2)
      #expect(second == next)
    }
    return result
  }

  func find(_ path: String) -> [UInt8]? {
    var folder = Array(image[rootStart..<dataStart])
    for part in path.split(separator: "/") {
      guard
        let place = stride(from: 0, to: folder.count, by: 32).first(where: {
          let name = String(decoding: folder[$0..<$0 + 8], as: UTF8.self).filter { $0 != " " }
          let ending = String(decoding: folder[$0 + 8..<$0 + 11], as: UTF8.self).filter {
            $0 != " "
          }
          return folder[$0 + 11] != 8 && (ending.isEmpty ? name : "\(name).\(ending)") == part
        })
      else { return nil }
      let cluster = Int(folder[place + 26]) | Int(folder[place + 27]) << 8
      let size = (0..<4).reduce(0) { $0 | Int(folder[place + 28 + $1]) << (8 * $1) }
      if folder[place + 11] == 0x20 { return Array(chain(cluster).prefix(size)) }
      folder = chain(cluster)
    }
    return nil
  }
}

@Suite("FATVolume") struct FATVolumeTests {
  @Test func sizes() throws {
    #expect(try FATBootSector.measuredByteCount() == FATBootSector.byteCount)
    #expect(try FATEntry.measuredByteCount() == FATEntry.byteCount)
  }

  @Test(arguments: [4300, 32768, 1 << 20, 4_190_000] as [UInt64])
  func filesAreFound(_ sectorCount: UInt64) throws {
    let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7 >> 3) }
    var volume = FATVolume(sectorCount: sectorCount)
    volume.serial = 0x1234_5678
    volume.hiddenSectors = 2048
    let image = try volume.bytes(of: [
      FATFile("EFI/BOOT/BOOTX64.EFI", long), FATFile("apus/kernel", [1, 2, 3]),
      FATFile("apus/empty", []), FATFile("EFI/x.y", Array(long.prefix(513))),
    ])
    let reader = Reader(image: image)
    #expect((4085...65_524).contains(reader.clusterCount))
    #expect(image.count <= Int(sectorCount) * 512)
    #expect(reader.word(510, 2) == 0xAA55 && reader.word(28, 4) == 2048)
    #expect(reader.find("EFI/BOOT/BOOTX64.EFI") == long)
    #expect(reader.find("APUS/KERNEL") == [1, 2, 3])
    #expect(reader.find("APUS/EMPTY") == [])
    #expect(reader.find("EFI/X.Y") == Array(long.prefix(513)))
    #expect(reader.find("APUS/OTHER") == nil)
  }

  private func failure(_ sectors: UInt64, _ files: [FATFile]) -> FATFailure? {
    do throws(FATFailure) {
      _ = try FATVolume(sectorCount: sectors).bytes(of: files)
      return nil
    } catch { return error }
  }

  @Test func whatCannotBeMade() {
    #expect(failure(4000, []) == .size)
    #expect(failure(1 << 23, []) == .size)
    #expect(failure(4300, [FATFile("a", [UInt8](repeating: 1, count: 3 << 20))]) == .full)
    for name in ["", "abcdefghi", "a.bcde", "a.b.c", "a b", "é", "a/", "/a", "a."] {
      let path = Text(Array(name.utf8))
      #expect(failure(4300, [FATFile(path, [])]) == .name(path))
    }
    #expect(failure(4300, [FATFile("a", []), FATFile("A", [])]) == .name("A"))
    #expect(failure(4300, [FATFile("a", []), FATFile("a/b", [])]) == .name("a/b"))
    let many = (0..<512).map { FATFile(Text(Array("F\($0)".utf8)), []) }
    #expect(failure(32768, many) == .rootFull)
    #expect(failure(32768, Array(many.dropLast())) == nil)
  }
}
