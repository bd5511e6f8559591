// SPDX-License-Identifier: MIT
import Core
import Cryptography
import Memory
import RandomSources
import System

/// A generator with what it is seeded from.
///
/// The record in the capsule is stored before it is used, and replaced by bytes of the new generator
/// before anybody gets some, so no state is ever used a second time.
struct RandomSource: ~Copyable {
  private var generator: DeterministicGenerator
  private let record: Capsule<SeedRecord>
  private var hardware: HardwareWords
  private var policy: ReseedPolicy

  /// Words from the processor that go into one seed: 512 bits.
  private static var hardwareWords: Int { 8 }
  private static var timingSamples: Int { 256 }

  private init(
    _ generator: consuming DeterministicGenerator, _ record: consuming Capsule<SeedRecord>,
    _ hardware: consuming HardwareWords
  ) {
    self.generator = generator
    self.record = record
    self.hardware = hardware
    policy = ReseedPolicy(now: Clock.now().nanoseconds)
  }

  /// - Throws: what Mbed TLS says, which happens to a program that is damaged.
  ///
  /// - Parameter boot: what the boot loader left; empty if it left nothing, or a predecessor had it.
  static func seeded(
    keeping record: consuming Capsule<SeedRecord>, boot: Span<UInt8>
  ) throws(GeneratorError) -> RandomSource {
    var hardware = HardwareWords()
    var seed = seed(record, &hardware)
    if !boot.isEmpty {
      var digest = SHA256()
      digest.update(boot)
      let own = digest.finish()
      for index in own.indices { seed.append(own[index]) }
    }
    let generator = try DeterministicGenerator(entropy: seed.span, personal: Span())
    var source = RandomSource(generator, record, hardware)
    try source.keepSeed()
    return source
  }

  /// What hardware sources there are, for the log.
  static func report() {
    var source = HardwareWords()
    if HardwareRandom.hasSeed, !source.take(1, from: HardwareRandom.seed).isEmpty {
      return Log.info("seeded from the processor (RDSEED)")
    }
    if HardwareRandom.hasRandom, !source.take(1, from: HardwareRandom.random).isEmpty {
      return Log.info("seeded from the processor (RDRAND)")
    }
    Log.warning(
      HardwareRandom.hasSeed || HardwareRandom.hasRandom
        ? "the processor's source of random numbers does not work: NOT SECURE, do not make keys"
        : "no hardware source of random numbers: NOT SECURE, do not make keys on this machine")
  }

  /// Everything that can be had, at most `DeterministicGenerator.inputLimit` bytes: the processor's
  /// words, a digest of timing, what this program was started with, and the record.
  private static func seed(
    _ record: borrowing Capsule<SeedRecord>, _ hardware: inout HardwareWords
  ) -> [UInt8] {
    let turn = (record[0] ?? SeedRecord()).next()
    record[0] = turn
    var bytes = turn.bytes
    for word in words(&hardware) { put(word, &bytes) }
    var digest = SHA256()
    let samples = TimingSamples(timingSamples) { HardwareRandom.counter() }
    digest.update(samples.bytes.span)
    let timing = digest.finish()
    for index in timing.indices { bytes.append(timing[index]) }
    var own = [UInt8](repeating: 0, count: 32)
    var span = own.mutableSpan
    fillRandom(&span)
    bytes += own
    put(Clock.now().nanoseconds, &bytes)
    put(Clock.wallClock(), &bytes)
    return bytes
  }

  private static func words(_ hardware: inout HardwareWords) -> [UInt64] {
    if HardwareRandom.hasSeed {
      let words = hardware.take(hardwareWords, from: HardwareRandom.seed)
      if words.count == hardwareWords { return words }
    }
    guard HardwareRandom.hasRandom else { return [] }
    return hardware.take(hardwareWords, from: HardwareRandom.random)
  }

  private static func put(_ word: UInt64, _ bytes: inout [UInt8]) {
    for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * index))) }
  }

  /// Leaves a seed for the successor that nobody has seen.
  private mutating func keepSeed() throws(GeneratorError) {
    var next = record[0] ?? SeedRecord()
    try generator.generate(into: next.seed.mutableSpan)
    record[0] = next
  }

  private mutating func reseed() throws(GeneratorError) {
    let seed = Self.seed(record, &hardware)
    try generator.reseed(entropy: seed.span, additional: Span())
    policy.reseeded(now: Clock.now().nanoseconds)
    try keepSeed()
  }

  /// Fills the output. New entropy goes in first if it is time.
  mutating func fill(_ output: inout OutputSpan<UInt8>) throws(GeneratorError) {
    var block = [UInt8](
      repeating: 0, count: min(output.freeCapacity, DeterministicGenerator.outputLimit))
    while output.freeCapacity > 0, !block.isEmpty {
      if policy.isDue(before: block.count, now: Clock.now().nanoseconds) { try reseed() }
      try generator.generate(into: block.mutableSpan)
      policy.made(output.append(copying: block.span))
    }
  }

  /// Makes bytes that somebody brings part of the state. They can do no harm, whoever knows them.
  mutating func mix(_ bytes: Span<UInt8>) throws(GeneratorError) {
    var nothing = [UInt8](repeating: 0, count: 1)
    var done = 0
    while done < bytes.count {
      let count = min(DeterministicGenerator.inputLimit, bytes.count - done)
      try generator.generate(
        into: nothing.mutableSpan, additional: bytes.extracting(done..<done + count))
      done += count
    }
    try keepSeed()
  }
}
