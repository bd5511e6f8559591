// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Words that `/scheme/rand` gave to any client of a campaign.
private let words = Mutex<[UInt64]>([])

/// `/scheme/rand`: no word comes twice, whoever asked, before or after a kill.
struct RandomClient: CampaignClient, ~Copyable {
  private let file: File
  private var random: Random

  private static var longest: Int { 9_000 }
  /// Words that are kept to be compared.
  private static var limit: Int { 200_000 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    file = try succeed("opening the random device") { () throws(SystemError) in
      try File("/scheme/rand", .readWrite)
    }
    random = Random(seed: seed &+ UInt64(number) &+ 1)
  }

  mutating func step() throws(TestFailure) {
    if random.oneIn(8) {
      let bytes = random.bytes(1 + random.below(1000))
      let count = try succeed("writing") { () throws(SystemError) in try file.write(bytes.span) }
      return try expect(count == bytes.count, "what is written is mixed in")
    }
    try read(8 + random.below(random.oneIn(4) ? Self.longest : 100))
  }

  private func read(_ wanted: Int) throws(TestFailure) {
    var buffer = [UInt8](repeating: 0, count: wanted)
    let count = try succeed("reading") { () throws(SystemError) in
      try file.read(into: buffer.mutableSpan)
    }
    try expect(count == wanted, "as many bytes as wanted")
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(buffer[index]) << UInt64(8 * index) }
    words.withLock { known in if known.count < Self.limit { known.append(word) } }
    guard count >= 4096 else { return }
    // 4,096 bytes of 8 fair coins each: beyond 12 standard deviations.
    var ones = 0
    for byte in buffer[0..<4096] { ones += byte.nonzeroBitCount }
    try expect(ones > 16_384 - 1086 && ones < 16_384 + 1086, "as many ones as zeros")
  }

  mutating func check() throws(TestFailure) { try read(64) }

  mutating func end() throws(TestFailure) {
    let sorted = words.withLock { known in known.sorted() }
    for index in sorted.indices.dropFirst() where sorted[index] == sorted[index - 1] {
      throw TestFailure("random bytes come twice")
    }
  }
}
