// SPDX-License-Identifier: MIT

/// Memory that outlives the process that uses it, seen as words of eight bytes. Stores happen in the
/// order in which they are made, also as seen by the successor of a server that died between two of
/// them.
public protocol WordStore {
  /// In bytes, whole pages of 4,096.
  var byteCount: Int { get }
  /// The word with this number.
  func word(_ index: Int) -> UInt64
  func setWord(_ index: Int, _ value: UInt64)
  func byte(at offset: Int) -> UInt8
  /// Copies `bytes` to `offset`.
  func put(_ bytes: Span<UInt8>, at offset: Int)
  /// Stores words from `index` on, in any order.
  func setWords(_ index: Int, _ values: InlineArray<12, UInt64>)
  /// Copies bytes from `offset` on.
  func get(_ bytes: consuming MutableSpan<UInt8>, at offset: Int)
  /// Adds the bytes of `range`, as far as there is room.
  @_lifetime(output: copy output)
  func append(_ range: Range<Int>, to output: inout OutputSpan<UInt8>)
  /// Makes the bytes zero.
  func clear(_ range: Range<Int>)
  /// Whether there is memory for this page, which nobody may have touched yet. Touching it without
  /// would be the end of the server.
  func hasMemory(forPage page: Int) -> Bool
}

extension WordStore {
  public func hasMemory(forPage page: Int) -> Bool { true }

  public func setWords(_ index: Int, _ values: InlineArray<12, UInt64>) {
    for place in 0..<12 { setWord(index &+ place, values[place]) }
  }

  public func get(_ bytes: consuming MutableSpan<UInt8>, at offset: Int) {
    for place in bytes.indices { bytes[place] = byte(at: offset &+ place) }
  }

  @_lifetime(output: copy output)
  public func append(_ range: Range<Int>, to output: inout OutputSpan<UInt8>) {
    for offset in range.prefix(output.freeCapacity) { output.append(byte(at: offset)) }
  }
}

/// The capsule of a server that runs.
public struct CapsuleStore: WordStore {
  public let bytes: SharedBytes
  /// Asks the kernel to bring the page at an address in.
  private let bringIn: (UInt) -> Bool

  public init(_ bytes: SharedBytes, bringIn: @escaping (UInt) -> Bool) {
    self.bytes = bytes
    self.bringIn = bringIn
  }

  private static var pageBytes: Int { 4096 }

  public var byteCount: Int { bytes.count & ~(Self.pageBytes &- 1) }
  @inline(__always)
  public func word(_ index: Int) -> UInt64 { bytes.loadAcquiring64(at: index &* 8) }
  @inline(__always)
  public func setWord(_ index: Int, _ value: UInt64) {
    // Releasing, so that the compiler keeps the order.
    bytes.storeReleasing64(value, at: index &* 8)
  }
  @inline(__always)
  public func byte(at offset: Int) -> UInt8 { bytes.load(at: offset, as: UInt8.self) }
  public func put(_ bytes: Span<UInt8>, at offset: Int) { self.bytes.copy(bytes, to: offset) }
  @inline(__always)
  public func setWords(_ index: Int, _ values: InlineArray<12, UInt64>) {
    bytes.store(values, at: index &* 8)
  }
  public func get(_ bytes: consuming MutableSpan<UInt8>, at offset: Int) {
    self.bytes.copy(from: offset, to: &bytes)
  }
  @_lifetime(output: copy output)
  public func append(_ range: Range<Int>, to output: inout OutputSpan<UInt8>) {
    bytes.append(range, to: &output)
  }
  public func clear(_ range: Range<Int>) { bytes.clear(range) }
  public func hasMemory(forPage page: Int) -> Bool {
    bringIn(bytes.address &+ UInt(page &* Self.pageBytes))
  }
}
