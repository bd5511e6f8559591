// SPDX-License-Identifier: MIT
import Core
import ELF
import Mutation
import Testing

@testable import PEWriter

private func word(_ bytes: [UInt8], _ offset: Int, _ count: Int = 4) -> Int {
  (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
}

@Suite("PEImage") struct PEImageTests {
  @Test func sizes() throws {
    #expect(try PEHeaders.measuredByteCount() == PEHeaders.byteCount)
    #expect(try PESection.measuredByteCount() == PESection.byteCount)
  }

  /// The fields that firmware reads, by their offsets in Microsoft's description.
  @Test func headers() throws {
    let file = try PEImage.application(from: ELFExample.program.bytes.span)
    #expect(word(file, 0, 2) == 0x5A4D && word(file, 0x3C) == 64)
    #expect(word(file, 64) == 0x4550 && word(file, 68, 2) == 0x8664)
    let optional = 64 + 24
    #expect(word(file, 64 + 20, 2) == 240 && word(file, optional, 2) == 0x20B)
    #expect(word(file, optional + 16) == 0x2010, "the entry, a page up")
    #expect(word(file, optional + 32) == 4096 && word(file, optional + 36) == 512)
    #expect(word(file, optional + 68, 2) == 10 && word(file, optional + 108) == 16)
    let sectionCount = word(file, 70, 2)
    #expect(sectionCount == 4)
    var end = 4096
    for index in 0..<sectionCount {
      let place = optional + 240 + 40 * index
      let (memory, address) = (word(file, place + 8), word(file, place + 12))
      let (bytes, offset) = (word(file, place + 16), word(file, place + 20))
      #expect(address % 4096 == 0 && address >= end, "sections rise and do not overlap")
      #expect(offset % 512 == 0 && bytes % 512 == 0 && offset + bytes <= file.count)
      end = address + memory
    }
    #expect(word(file, optional + 56) == (end + 4095) / 4096 * 4096)
    #expect(file.count % 512 == 0)
  }

  @Test func relocations() throws {
    let file = try PEImage.application(from: ELFExample.program.bytes.span)
    let directory = 64 + 24 + 112 + 5 * 8
    let last = 64 + 24 + 240 + 3 * 40
    #expect(word(file, directory) == word(file, last + 12))
    let table = word(file, last + 20)
    // Two pointers at 0x3300 and 0x3308, a page up.
    #expect(word(file, table) == 0x4000 && word(file, table + 4) == 12)
    #expect(word(file, table + 8, 2) == 0xA300 && word(file, table + 10, 2) == 0xA308)
    let data = 64 + 24 + 240 + 2 * 40
    let place = word(file, data + 20) + 0x300
    #expect(word(file, place, 8) == 0x2010 && word(file, place + 8, 8) == 0x1040)
  }

  @Test func otherProgramsAreRefused() {
    #expect(throws: ELFError.notAProgram) {
      try PEImage.application(from: ELFExample.fixedProgram.bytes.span)
    }
    #expect(throws: ELFError.tooShort) { try PEImage.application(from: [UInt8]().span) }
  }

  @Test func damage() {
    var mutator = Mutator(examples: [ELFExample.program.bytes], seed: 9)
    for _ in 0..<1000 { _ = try? PEImage.application(from: mutator.mutate().span) }
  }
}
