// SPDX-License-Identifier: MIT
import Synchronization

/// Mapped memory that others may read and write at the same time, and that stays mapped as long as
/// anybody holds this view.
///
/// Nothing is lent from it: values are copied out once and judged after that, because what lies
/// there may change between two looks. A place outside the memory is the caller's mistake.
@safe
public struct SharedBytes: BitwiseCopyable, Sendable {
  /// For calls; not to be used as a pointer.
  public let address: UInt
  /// In bytes.
  public let count: Int

  /// - Safety: `count` bytes at `address`, which is a multiple of 8, are mapped for reading, and
  ///   for writing if anything is stored, for as long as this value or a copy of it is used.
  @unsafe
  @inline(__always)
  public init(address: UInt, count: Int) {
    self.address = address
    self.count = count
  }

  /// Part of the memory, from a multiple of 8.
  @inline(__always)
  public func extracting(_ range: Range<Int>) -> SharedBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && range.lowerBound & 7 == 0)
    // SAFETY: inside this memory.
    return unsafe SharedBytes(
      address: address &+ UInt(range.lowerBound), count: range.upperBound &- range.lowerBound)
  }

  @inline(__always)
  private func place(_ offset: Int, _ byteCount: Int) -> UnsafeMutableRawPointer {
    precondition(
      offset >= 0 && byteCount >= 0 && offset <= count &- byteCount, "outside the memory")
    // SAFETY: inside the memory, which is mapped by the initialiser's contract.
    return unsafe UnsafeMutableRawPointer(bitPattern: address &+ UInt(offset)).unsafelyUnwrapped
  }

  /// A copy of the value at `offset`, a multiple of its alignment. What another process wrote must
  /// be of a type whose every bit pattern is a value: integers, and structures of them.
  @inline(__always)
  public func load<Value: BitwiseCopyable>(at offset: Int, as _: Value.Type) -> Value {
    unsafe place(offset, MemoryLayout<Value>.size).load(as: Value.self)
  }

  @inline(__always)
  public func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    unsafe place(offset, MemoryLayout<Value>.size).storeBytes(of: value, as: Value.self)
  }

  /// Copies `bytes.count` bytes from `offset` on.
  @inline(__always)
  public func copy(from offset: Int, to bytes: inout MutableSpan<UInt8>) {
    let source = unsafe place(offset, bytes.count)
    unsafe bytes.withUnsafeMutableBytes { target in
      if let base = target.baseAddress {
        unsafe base.copyMemory(from: source, byteCount: target.count)
      }
    }
  }

  @inline(__always)
  public func copy(_ bytes: Span<UInt8>, to offset: Int) {
    let target = unsafe place(offset, bytes.count)
    unsafe bytes.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe target.copyMemory(from: base, byteCount: source.count)
      }
    }
  }

  /// Adds a copy of the bytes of `range` to `output`, as far as there is room.
  @inline(__always)
  @_lifetime(output: copy output)
  public func append(_ range: Range<Int>, to output: inout OutputSpan<UInt8>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside the memory")
    // SAFETY: inside this memory.
    let part = unsafe SharedBytes(
      address: address &+ UInt(range.lowerBound), count: range.upperBound &- range.lowerBound)
    output.append(copying: part)
  }

  public func clear(_ range: Range<Int>) {
    let target = unsafe place(range.lowerBound, range.count)
    _ = unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: range.count)
  }

  // MARK: Words that order what is around them

  @inline(__always)
  private func atomic32(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    precondition(offset & 3 == 0)
    // SAFETY: an atomic integer is the integer in memory.
    return unsafe place(offset, 4).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  @inline(__always)
  private func atomic64(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    precondition(offset & 7 == 0)
    // SAFETY: an atomic integer is the integer in memory.
    return unsafe place(offset, 8).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Everything that its writer stored before the word is visible after this.
  @inline(__always)
  public func loadAcquiring32(at offset: Int) -> UInt32 {
    unsafe atomic32(offset).pointee.load(ordering: .acquiring)
  }

  /// Everything stored before is visible to whoever reads the word acquiring.
  @inline(__always)
  public func storeReleasing32(_ value: UInt32, at offset: Int) {
    unsafe atomic32(offset).pointee.store(value, ordering: .releasing)
  }

  @inline(__always)
  public func loadAcquiring64(at offset: Int) -> UInt64 {
    unsafe atomic64(offset).pointee.load(ordering: .acquiring)
  }

  @inline(__always)
  public func storeReleasing64(_ value: UInt64, at offset: Int) {
    unsafe atomic64(offset).pointee.store(value, ordering: .releasing)
  }

  /// Stores the word and, before anything later is read, makes it visible to all.
  @inline(__always)
  public func storeAndFence32(_ value: UInt32, at offset: Int) {
    unsafe atomic32(offset).pointee.store(value, ordering: .releasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }
}
