// SPDX-License-Identifier: MIT
import System

/// The memory that calls are told of.
struct Arena: Sendable {
  /// Always there: buffers, and the records and paths that calls are given.
  let data: SharedBytes
  /// A range of addresses where calls map, unmap and protect what they like.
  let play: UInt
  /// Instructions for threads that have no program (`Stub`), executable here and in the processes
  /// that a worker makes, and the records that tell them what to do.
  let code: UInt
  let records: SharedBytes
  /// The object of both.
  let stubs: Handle

  static let dataBytes = 64 * 4096
  static let playBytes: UInt = 256 * 4096
  /// Each thread of a worker has a page of `data` for what it prepares.
  static let scratchBytes = 4096
  static let stubBytes = 2 * 4096

  init() throws(SystemError) {
    // Both are followed by addresses where nothing is: a call with a count that is too large, but for
    // which the kernel has bytes, must not fill what else this process has.
    let bytes = try Mapping(byteCount: 2 * Self.dataBytes).shared()
    data = bytes.extracting(0..<Self.dataBytes)
    _ = try perform(
      Protect {
        $0.address = bytes.address &+ UInt(Self.dataBytes)
        $0.length = UInt(Self.dataBytes)
      })
    // Reserved, so that nothing of this process's own comes to lie there.
    let reserved = Int(Self.playBytes) + Self.dataBytes
    play = try Mapping(byteCount: reserved, .guardRange).release().address
    let object = try MemoryObject(byteCount: Self.stubBytes)
    let writable = try Mapping(
      object.handle, byteCount: Self.stubBytes, .read | .write | .shared
    ).shared()
    Stub.write(to: writable)
    records = writable.extracting(4096..<Self.stubBytes)
    let executable = try Mapping(
      object.handle, byteCount: Self.stubBytes, .read | .execute | .shared)
    code = executable.release().address
    stubs = try object.handle.duplicate(flags: .runtimeHandle)
  }

  /// Where a lane prepares what a call reads.
  @inline(__always)
  func scratch(_ lane: Int) -> SharedBytes {
    data.extracting((lane &* Self.scratchBytes)..<((lane &+ 1) &* Self.scratchBytes))
  }

  /// Bytes that calls may overwrite: behind the scratch pages.
  static let bufferStart = Board.lanes * scratchBytes

  @inline(__always)
  func buffer(_ random: inout Random, _ count: Int) -> UserSpan {
    let room = Self.dataBytes &- Self.bufferStart &- count
    let offset = random.below(room &+ 1)
    return UserSpan(
      address: data.address &+ UInt(Self.bufferStart &+ offset), count: UInt(count))
  }
}
