// SPDX-License-Identifier: MIT

/// Two rings in one memory object: what a client submits, and what its server completes.
public enum RingPair {
  /// The memory that both take, in bytes.
  public static func byteCount<Submission: BitwiseCopyable, Completion: BitwiseCopyable>(
    _: Submission.Type, _: Completion.Type, capacity: UInt32
  ) -> Int {
    RingSize.byteCount(of: Submission.self, capacity: capacity)
      &+ RingSize.byteCount(of: Completion.self, capacity: capacity)
  }

  /// Makes both in `memory`, before either side uses them.
  public static func prepare<Submission: BitwiseCopyable, Completion: BitwiseCopyable>(
    _ memory: SharedBytes, _: Submission.Type, _: Completion.Type, capacity: UInt32
  ) throws(RingError) {
    let middle = RingSize.byteCount(of: Submission.self, capacity: capacity)
    guard
      memory.count >= byteCount(Submission.self, Completion.self, capacity: capacity)
    else { throw .tooSmall }
    try RingSize.prepare(memory, of: Submission.self, capacity: capacity)
    try RingSize.prepare(
      memory.extracting(middle..<memory.count), of: Completion.self, capacity: capacity)
  }

  /// Where the second ring begins; the first one's header says how large that is.
  static func middle<Submission: BitwiseCopyable>(
    _ memory: SharedBytes, _: Submission.Type
  ) throws(RingError) -> Int {
    let shape = try RingShape(memory, entryBytes: MemoryLayout<Submission>.stride)
    let middle = RingSize.byteCount(of: Submission.self, capacity: shape.capacity)
    guard middle <= memory.count else { throw .tooSmall }
    return middle
  }
}

/// A client's side of a pair of rings.
public struct RingClientSide<
  Submission: BitwiseCopyable, Completion: BitwiseCopyable
>: ~Copyable {
  public var submissions: RingProducer<Submission>
  public var completions: RingConsumer<Completion>

  /// - Throws: `tooSmall`, `mismatch`, `broken`.
  public init(_ memory: SharedBytes) throws(RingError) {
    let middle = try RingPair.middle(memory, Submission.self)
    let submissions = try RingProducer<Submission>(memory)
    let completions = try RingConsumer<Completion>(memory.extracting(middle..<memory.count))
    self.submissions = submissions
    self.completions = completions
  }
}

/// A server's side of a pair of rings.
public struct RingServerSide<
  Submission: BitwiseCopyable, Completion: BitwiseCopyable
>: ~Copyable {
  public var submissions: RingConsumer<Submission>
  public var completions: RingProducer<Completion>

  /// - Throws: `tooSmall`, `mismatch`, `broken`.
  public init(_ memory: SharedBytes) throws(RingError) {
    let middle = try RingPair.middle(memory, Submission.self)
    let submissions = try RingConsumer<Submission>(memory)
    let completions = try RingProducer<Completion>(memory.extracting(middle..<memory.count))
    self.submissions = submissions
    self.completions = completions
  }
}
