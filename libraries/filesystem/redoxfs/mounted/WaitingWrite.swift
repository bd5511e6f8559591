// SPDX-License-Identifier: MIT
import Base
import Core

/// Blocks that lie beside each other on the medium and are written at once. What a commit takes lies
/// together mostly, and to a disk a request costs as much as many blocks.
struct WaitingWrite {
  var start: UInt64 = 0
  var bytes: [UInt8] = []

  /// Longer runs are written as they are.
  static var longestPart: Int { 32_768 }
  /// As much as one request to a disk takes.
  static var longest: Int { 126_976 }

  /// The block behind the last.
  var end: UInt64 { start &+ UInt64(bytes.count / Layout.blockBytes) }
}

extension FileSystem {
  /// Writes blocks from number `index` on, now or with others before the next flush.
  func put(_ bytes: Span<UInt8>, at index: UInt64) throws(FileSystemError) {
    guard bytes.count <= WaitingWrite.longestPart else {
      guard volume.store.write(volume.start &+ index, bytes) else { throw fail(.medium) }
      return
    }
    if index != waiting.end || waiting.bytes.count &+ bytes.count > WaitingWrite.longest {
      try putWaiting()
    }
    if waiting.bytes.isEmpty { waiting.start = index }
    waiting.bytes.append(copyOf: bytes)
  }

  private func putWaiting() throws(FileSystemError) {
    guard !waiting.bytes.isEmpty else { return }
    guard write(waiting.bytes, isLast: false) else { throw fail(.medium) }
    waiting.bytes.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: [UInt8], isLast: Bool) -> Bool {
    let start = volume.start &+ waiting.start
    return isLast
      ? volume.store.writeThrough(start, bytes.span) : volume.store.write(start, bytes.span)
  }

  /// Returns once all that was put before is on the medium.
  func putThrough() throws(FileSystemError) {
    let isDone =
      waiting.bytes.isEmpty ? volume.store.flush() : write(waiting.bytes, isLast: true)
    guard isDone else { throw fail(.medium) }
    waiting.bytes.removeAll(keepingCapacity: true)
  }
}
