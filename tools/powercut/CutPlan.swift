// SPDX-License-Identifier: MIT
public import Mutation

/// When and how the power goes in one round; it follows from the campaign's seed.
public struct CutPlan: Equatable, Sendable {
  public enum Moment: Equatable, Sendable {
    /// After so many acknowledgements, so long after the last of them.
    case acknowledgements(Int, then: Duration)
    /// In the middle of this write, which only a disk that loses its cache knows.
    case write(Int)
  }

  public var moment: Moment
  /// Whether the disk loses what was not flushed; if not, the host keeps all that QEMU wrote.
  public var losesCache: Bool
  /// For what becomes of the cache.
  public var seed: UInt64

  public init(_ random: inout SeededGenerator) {
    let kind = Int.random(in: 0..<4, using: &random)
    let acknowledgements = Int.random(in: 1...120, using: &random)
    let delay = Duration.microseconds(Int.random(in: 0..<8000, using: &random))
    let write = Int.random(in: 1...900, using: &random)
    losesCache = kind > 0
    moment = kind > 1 ? .write(write) : .acknowledgements(acknowledgements, then: delay)
    seed = random.next()
  }

  /// For people.
  public var description: String {
    switch moment {
    case .acknowledgements(let count, let delay): "after \(count) acknowledgements and \(delay)"
    case .write(let number): "in write \(number)"
    }
  }
}

/// What the guest says of its work, line by line.
public struct WorkLog: Sendable {
  public static let workers = 3

  /// How many steps of each worker are on the medium, as far as was heard.
  public private(set) var done = [Int](repeating: 0, count: WorkLog.workers)
  public private(set) var acknowledgements = 0
  /// Steps that were acknowledged before the cut, and steps that were found, of each worker.
  public private(set) var verified: [(acknowledged: Int, found: Int)] = []
  public private(set) var failure: String?
  private var line: [UInt8] = []

  public init() {}

  public mutating func append(_ bytes: [UInt8]) {
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        line.append(byte)
        continue
      }
      take(String(decoding: line, as: UTF8.self))
      line = []
    }
  }

  private mutating func take(_ line: String) {
    let words = line.split(separator: " ")
    let numbers = words.dropFirst().compactMap { Int($0) }
    switch words.first {
    case "done" where numbers.count == 2 && done.indices.contains(numbers[0]):
      done[numbers[0]] = max(done[numbers[0]], numbers[1])
      acknowledgements += 1
    case "verified" where numbers.count == 3: verified.append((numbers[1], numbers[2]))
    default: failure = failure ?? line
    }
  }
}
