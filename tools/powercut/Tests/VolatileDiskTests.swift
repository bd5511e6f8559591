// SPDX-License-Identifier: MIT
import Host
import Mutation
import Testing

@testable import PowerCuts

/// A disk of 64 KiB of ones, and its file.
private func withDisk(_ body: (VolatileDisk, () throws -> [UInt8]) throws -> Void) throws {
  let path = "/tmp/apus-volatile-\(Environment.processIdentifier)-\(Int.random(in: 0..<1 << 30))"
  defer { try? Files.remove(path) }
  try Files.write([UInt8](repeating: 1, count: 65_536), to: path)
  try body(VolatileDisk(try RandomAccessFile(updating: path))) { try Files.read(path) }
}

private func bytes(_ count: Int, _ value: UInt8) -> [UInt8] {
  [UInt8](repeating: value, count: count)
}

@Suite("A disk that forgets") struct VolatileDiskTests {
  @Test func whatIsWrittenIsReadAtOnce() throws {
    try withDisk { disk, medium in
      #expect(disk.write(bytes(1024, 2), at: 512, isForced: false))
      #expect(disk.write(bytes(512, 3), at: 1024, isForced: false))
      let wanted = bytes(256, 1) + bytes(512, 2) + bytes(512, 3) + bytes(256, 1)
      #expect(disk.read(at: 256, count: 1536) == wanted)
      let before = try medium()
      #expect(before == bytes(65_536, 1))
      #expect(disk.flush())
      let flushed = try medium()
      #expect(Array(flushed[256..<1792]) == wanted)
      #expect(disk.read(at: 65_536, count: 1) == nil && disk.read(at: .max, count: 1) == nil)
      #expect(!disk.write([1], at: 65_536, isForced: true))
    }
  }

  @Test func whatIsFlushedOrForcedStays() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      try withDisk { disk, medium in
        var random = SeededGenerator(seed: seed)
        _ = disk.write(bytes(4096, 2), at: 0, isForced: false)
        #expect(disk.flush())
        _ = disk.write(bytes(4096, 3), at: 4096, isForced: true)
        for place in 2..<10 {
          _ = disk.write(bytes(4096, 4), at: UInt64(place) * 4096, isForced: false)
        }
        let loss = disk.cutPower(&random, isTotal: seed == 1)
        #expect(loss.kept + loss.torn + loss.lost == 8)
        if seed == 1 { #expect(loss.lost == 8) }
        let found = try medium()
        #expect(Array(found[..<8192]) == bytes(4096, 2) + bytes(4096, 3))
        // Sectors are whole, and each is old or new.
        for sector in stride(from: 8192, to: 40_960, by: 512) {
          let part = Array(found[sector..<sector + 512])
          #expect(part == bytes(512, 1) || part == bytes(512, 4))
        }
        #expect(found[40_960...].allSatisfy { $0 == 1 })
      }
    }
  }

  /// A later write may be there without an earlier one.
  @Test func anythingMayBeMissing() throws {
    var states: Set<[UInt8]> = []
    for seed in 1...200 as ClosedRange<UInt64> {
      try withDisk { disk, medium in
        var random = SeededGenerator(seed: seed)
        for place in 0..<3 {
          _ = disk.write(bytes(512, 2), at: UInt64(place) * 512, isForced: false)
        }
        _ = disk.cutPower(&random, isTotal: false)
        states.insert([0, 512, 1024].map { (try? medium())?[$0] ?? 0 })
      }
    }
    #expect(states.count == 8)
  }
}

@Suite("Serving a disk") struct BlockSessionTests {
  private static func big(_ number: some FixedWidthInteger) -> [UInt8] {
    stride(from: number.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }

  private static func option(_ number: UInt32, _ data: [UInt8] = []) -> [UInt8] {
    big(0x4948_4156_454F_5054 as UInt64) + big(number) + big(UInt32(data.count)) + data
  }

  private static func request(
    _ kind: UInt16, at offset: UInt64 = 0, _ count: UInt32 = 0, flags: UInt16 = 0,
    _ data: [UInt8] = []
  ) -> [UInt8] {
    big(0x2560_9513 as UInt32) + big(flags) + big(kind) + big(7 as UInt64) + big(offset)
      + big(count)
      + data
  }

  private static func answer(_ error: UInt32) -> [UInt8] {
    big(0x6744_6698 as UInt32) + big(error) + big(7 as UInt64)
  }

  /// All that a client sends in one piece, or byte by byte.
  @Test(arguments: [1, 7, 100_000])
  func aClientIsServed(_ piece: Int) throws {
    try withDisk { disk, medium in
      var session = BlockSession(disk)
      let sent =
        Self.big(3 as UInt32) + Self.option(8) + Self.option(7, Self.big(0 as UInt32) + [0, 0])
        + Self.request(1, at: 512, 512, bytes(512, 9)) + Self.request(0, at: 256, 512)
        + Self.request(3) + Self.request(0, at: 65_536, 512) + Self.request(4, at: 0, 512)
        + Self.request(2)
      var received: [UInt8] = []
      for start in stride(from: 0, to: sent.count, by: piece) {
        received += session.receive(Array(sent[start..<min(start + piece, sent.count)]))
      }
      let head = Self.big(0x0003_E889_0455_65A9 as UInt64)
      var wanted = head + Self.big(8 as UInt32) + Self.big(0x8000_0001 as UInt32) + bytes(4, 0)
      wanted += head + Self.big(7 as UInt32) + Self.big(3 as UInt32) + Self.big(12 as UInt32)
      wanted += [0, 0] + Self.big(65_536 as UInt64) + [0, 13]
      wanted += head + Self.big(7 as UInt32) + Self.big(1 as UInt32) + bytes(4, 0)
      wanted += Self.answer(0) + Self.answer(0) + bytes(256, 1) + bytes(256, 9) + Self.answer(0)
      wanted += Self.answer(22) + Self.answer(22)
      #expect(received == wanted)
      #expect(session.ending == .orderly)
      let flushed = try medium()
      #expect(Array(flushed[512..<1024]) == bytes(512, 9))
    }
  }

  /// The write with which the power goes is not answered, and what comes behind it is not read.
  @Test func theDiskSaysWhenThePowerGoes() throws {
    let path = "/tmp/apus-cut-\(Environment.processIdentifier)"
    defer { try? Files.remove(path) }
    try Files.write(bytes(4096, 1), to: path)
    let disk = VolatileDisk(try RandomAccessFile(updating: path), lastWrite: 2)
    var session = BlockSession(disk)
    _ = session.receive(Self.big(3 as UInt32) + Self.option(1))
    let write = Self.request(1, at: 0, 512, bytes(512, 9))
    #expect(session.receive(write + write + Self.request(3)) == Self.answer(0))
    #expect(session.ending == .cut && disk.isCut)
    #expect(try Files.read(path) == bytes(4096, 1))
  }

  @Test func nonsenseEndsIt() throws {
    try withDisk { disk, _ in
      var session = BlockSession(disk)
      _ = session.receive(Self.big(3 as UInt32) + Self.option(1) + bytes(28, 0))
      #expect(session.ending == .misled)
      session = BlockSession(disk)
      _ = session.receive(bytes(40, 0xFF))
      #expect(session.ending == .misled)
    }
  }
}

@Suite("Plans of power cuts") struct CutPlanTests {
  @Test func aSeedRepeatsThem() {
    var first = SeededGenerator(seed: 3)
    var second = SeededGenerator(seed: 3)
    let plans = (0..<40).map { _ in CutPlan(&first) }
    #expect(plans == (0..<40).map { _ in CutPlan(&second) })
    #expect(plans.contains { $0.losesCache } && plans.contains { !$0.losesCache })
    #expect(plans.contains { if case .write = $0.moment { $0.losesCache } else { false } })
    #expect(!plans.contains { if case .write = $0.moment { !$0.losesCache } else { false } })
  }

  @Test func whatTheGuestSays() {
    var log = WorkLog()
    log.append(Array("verified 0 5 7\ndone 1 4\ndo".utf8))
    log.append(Array("ne 2 9\ndone 1 12\n".utf8))
    #expect(log.done == [0, 12, 9] && log.acknowledgements == 3 && log.failure == nil)
    #expect(log.verified.count == 1 && log.verified[0] == (5, 7))
    log.append(Array("failed: there is still 1-0\n".utf8))
    #expect(log.failure == "failed: there is still 1-0")
  }
}
