// SPDX-License-Identifier: MIT
public import Host
public import Mutation

/// A disk whose cache the power takes with it: what was written is on the medium when it was flushed, or
/// forced; of the rest a power cut leaves what it likes.
public final class VolatileDisk {
  private struct Write {
    var offset: UInt64
    var bytes: [UInt8]
    var isForced: Bool
  }

  /// What became of writes that were not flushed.
  public struct Loss: Equatable, Sendable {
    public var kept = 0
    /// Some of their sectors are there.
    public var torn = 0
    public var lost = 0
    public init() {}
  }

  private static let sectorBytes = 512
  private let medium: RandomAccessFile
  /// In the order in which they came.
  private var cache: [Write] = []
  /// Writes until the power goes, if it is the disk that says when.
  private var writesLeft: Int?

  /// - Parameter lastWrite: the power goes with this write, counted from one, before it is answered; nil:
  ///   somebody else cuts it.
  public init(_ medium: RandomAccessFile, lastWrite: Int? = nil) {
    self.medium = medium
    writesLeft = lastWrite
  }

  /// Whether the last write has come.
  public var isCut: Bool { writesLeft == 0 }

  public var byteCount: UInt64 { medium.byteCount }

  private func isOnDisk(_ offset: UInt64, _ count: Int) -> Bool {
    offset <= byteCount && UInt64(count) <= byteCount - offset
  }

  /// What reads after all writes; nil if it is not on the disk.
  public func read(at offset: UInt64, count: Int) -> [UInt8]? {
    guard isOnDisk(offset, count) else { return nil }
    var bytes: [UInt8] = []
    guard medium.read(at: offset, count: count, onto: &bytes) else { return nil }
    let end = offset + UInt64(count)
    for write in cache {
      let first = max(offset, write.offset)
      let last = min(end, write.offset + UInt64(write.bytes.count))
      guard first < last else { continue }
      let source = Int(first - write.offset)..<Int(last - write.offset)
      bytes.replaceSubrange(Int(first - offset)..<Int(last - offset), with: write.bytes[source])
    }
    return bytes
  }

  /// - Parameter isForced: it is on the medium when this returns.
  /// - Returns: false if it is not on the disk.
  public func write(_ bytes: [UInt8], at offset: UInt64, isForced: Bool) -> Bool {
    guard isOnDisk(offset, bytes.count) else { return false }
    if let left = writesLeft { writesLeft = max(0, left - 1) }
    // Nobody hears that a write is done with which the power goes.
    cache.append(Write(offset: offset, bytes: bytes, isForced: isForced && !isCut))
    return true
  }

  /// - Returns: false if the medium refuses.
  public func flush() -> Bool {
    let writes = cache
    cache = []
    return writes.allSatisfy { medium.write($0.bytes.span, at: $0.offset) }
  }

  /// Each write that was not flushed is there, or in part, or not, whatever became of others.
  /// - Parameter isTotal: all of them are lost.
  public func cutPower(_ random: inout SeededGenerator, isTotal: Bool) -> Loss {
    var loss = Loss()
    for write in cache {
      let fate = isTotal ? 2 : Int.random(in: 0..<3, using: &random)
      switch write.isForced ? 0 : fate {
      case 0:
        _ = medium.write(write.bytes.span, at: write.offset)
        if !write.isForced { loss.kept += 1 }
      case 1:
        tear(write, &random)
        loss.torn += 1
      default: loss.lost += 1
      }
    }
    cache = []
    return loss
  }

  private func tear(_ write: Write, _ random: inout SeededGenerator) {
    var start = 0
    while start < write.bytes.count {
      let end = min(start + Self.sectorBytes, write.bytes.count)
      if Bool.random(using: &random) {
        _ = medium.write(write.bytes.span.extracting(start..<end), at: write.offset + UInt64(start))
      }
      start = end
    }
  }
}
