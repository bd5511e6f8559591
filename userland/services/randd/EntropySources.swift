// SPDX-License-Identifier: MIT
import Core

/// Words from a source in the processor that may be exhausted for a moment, or broken for ever.
public struct HardwareWords: ~Copyable {
  /// How often a word is asked for before the source counts as failed.
  public static var attempts: Int { 64 }

  private var last: UInt64?
  /// It gave the same word twice in a row, or all zeros or ones, which happens once in 2^63 words: a
  /// source that is stuck, as some processors' are after sleep.
  public private(set) var isStuck = false

  public init() {}

  /// Up to `count` words.
  ///
  /// - Parameter next: asks the source once; `nil` if it has nothing.
  /// - Returns: fewer words if the source fails, none at all from one that is stuck.
  public mutating func take(_ count: Int, from next: () -> UInt64?) -> [UInt64] {
    var words: [UInt64] = []
    while words.count < count, !isStuck {
      guard let word = Self.word(next) else { break }
      if word == last || word == 0 || word == .max {
        isStuck = true
        return []
      }
      last = word
      words.append(word)
    }
    return words
  }

  private static func word(_ next: () -> UInt64?) -> UInt64? {
    for _ in 0..<attempts {
      if let word = next() { return word }
    }
    return nil
  }
}

/// What the time between events says that nobody can foretell: each sample is how long a walk over
/// some memory took, in ticks of the processor's counter.
public struct TimingSamples: Sendable {
  /// The differences, eight bytes each.
  public private(set) var bytes: [UInt8] = []
  /// How many differed from the one before. None do in a machine that counts instructions.
  public private(set) var changes = 0

  /// - Parameter clock: the counter, which goes forward.
  public init(_ count: Int, clock: () -> UInt64) {
    var memory = [UInt8](repeating: 0, count: 4096)
    var place = 0
    var before = clock()
    var lastDifference: UInt64?
    for sample in 0..<count {
      for step in 0..<32 {
        place = (place &+ 67 &+ Int(memory[place]) &+ step) & 4095
        memory[place] = memory[place] &+ UInt8(truncatingIfNeeded: before) &+ UInt8(sample & 255)
      }
      let now = clock()
      let difference = now &- before
      if let lastDifference, lastDifference != difference { changes += 1 }
      lastDifference = difference
      before = now
      for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: difference >> (8 * index))) }
    }
    // What lies in the memory depends on all of them.
    for index in 0..<64 { bytes.append(memory[index &* 64]) }
  }
}

/// What a successor needs so that it never makes what its predecessor made, even on a machine without
/// any source of chance: a number that is never used twice, and bytes from the predecessor's generator
/// that nobody else has seen.
public struct SeedRecord: BitwiseCopyable, Sendable {
  /// Starts and reseedings so far.
  public var turn: UInt64 = 0
  public var seed = InlineArray<48, UInt8>(repeating: 0)

  public init() {}

  /// The record with which the next turn begins; it is stored before anything is made with it.
  public func next() -> SeedRecord {
    var record = self
    record.turn &+= 1
    return record
  }

  /// The bytes of the record, to be mixed in.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: turn >> (8 * index))) }
    for index in seed.indices { bytes.append(seed[index]) }
    return bytes
  }
}

/// When it is time for new entropy.
public struct ReseedPolicy: Sendable {
  /// Bytes after which the generator is reseeded.
  public static var byteLimit: UInt64 { 1 << 20 }
  /// Nanoseconds after which it is.
  public static var interval: UInt64 { 60_000_000_000 }

  private var bytes: UInt64 = 0
  private var since: UInt64

  /// - Parameter now: nanoseconds, when the generator was seeded.
  public init(now: UInt64) { since = now }

  /// Whether the generator is to be reseeded before it makes `count` bytes at `now`.
  public func isDue(before count: Int, now: UInt64) -> Bool {
    bytes &+ UInt64(clamping: count) > Self.byteLimit || now &- min(since, now) >= Self.interval
  }

  public mutating func made(_ count: Int) { bytes &+= UInt64(clamping: count) }

  public mutating func reseeded(now: UInt64) {
    bytes = 0
    since = now
  }
}
