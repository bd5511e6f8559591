// SPDX-License-Identifier: MIT
import Mutation
import PCI
import Testing

/// Tables at addresses of a small memory.
private struct TableMemory: FirmwareMemory {
  var content = [UInt8](repeating: 0, count: 4096)

  func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    guard address < 4096, count <= 4096 - Int(address) else { return nil }
    return Array(content[Int(address)..<Int(address) + count])
  }

  mutating func put(_ bytes: [UInt8], at address: Int) {
    content.replaceSubrange(address..<address + bytes.count, with: bytes)
  }

  /// A table with its sum put right.
  mutating func putTable(_ name: String, _ body: [UInt8], at address: Int) {
    var table = Array(name.utf8) + little(UInt64(36 + body.count), 4)
    table += [UInt8](repeating: 0, count: 28) + body
    table[9] = 0 &- table.reduce(0, &+)
    put(table, at: address)
  }

  mutating func putRoot(wide: Bool) {
    var root = Array("RSD PTR ".utf8) + [UInt8](repeating: 0, count: 28)
    root[15] = wide ? 2 : 0
    root.replaceSubrange(16..<20, with: little(1024, 4))
    if wide { root.replaceSubrange(24..<32, with: little(1024, 8)) }
    root[8] = 0 &- root[0..<20].reduce(0, &+)
    put(root, at: 64)
  }
}

private func little(_ value: UInt64, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
}

@Suite("The firmware's PCI segments")
struct FirmwareTests {
  private func memory(wide: Bool) -> TableMemory {
    var memory = TableMemory()
    memory.putRoot(wide: wide)
    memory.putTable(
      wide ? "XSDT" : "RSDT", little(200, wide ? 8 : 4) + little(2048, wide ? 8 : 4), at: 1024)
    let segment = little(0xB000_0000, 8) + little(0, 2) + [0, 255] + little(0, 4)
    let second = little(0xA000_0000, 8) + little(1, 2) + [16, 31] + little(0, 4)
    let odd = little(0xA000_1000, 8) + little(2, 2) + [0, 1] + little(0, 4)
    memory.putTable("MCFG", little(0, 8) + segment + second + odd + segment, at: 2048)
    return memory
  }

  @Test(arguments: [false, true]) func segmentsAreFound(wide: Bool) {
    let found = FirmwareSegments.find(root: 64, memory(wide: wide))
    #expect(found.count == 2)
    #expect(found[0].start == 0xB000_0000 && found[0].byteCount == 256 << 20)
    #expect(found[1].start == 0xA100_0000 && found[1].byteCount == 16 << 20)
    #expect(FirmwareSegments.find(root: 65, memory(wide: wide)).isEmpty)
    #expect(FirmwareSegments.find(root: 1 << 60, memory(wide: wide)).isEmpty)
  }

  @Test func damagedTablesAreNoSegments() {
    for place in [1040, 2060, 70] {
      var broken = memory(wide: true)
      broken.content[place] &+= 1
      #expect(FirmwareSegments.find(root: 64, broken).isEmpty, "\(place)")
    }
  }

  @Test func anyBytesAreTaken() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<2_000 {
      var memory = memory(wide: Bool.random(using: &random))
      for _ in 0..<4 {
        memory.content[Int.random(in: 0..<4096, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      _ = FirmwareSegments.find(root: 64, memory)
    }
  }
}
