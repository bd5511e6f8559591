// SPDX-License-Identifier: MIT
import Base
import Core

/// A part of a file as it lies in memory.
public struct LentPart {
  /// A whole record.
  public var bytes: [UInt8]
  /// Where in it the part is.
  public var range: Range<Int>
  /// When the file was read last, in seconds since 1970.
  public var accessed: UInt64
}

extension FileSystem {
  /// Lends what `forEachPart` would give, for those who need not copy it.
  /// - Returns: `nil` unless all of it is in one record that there is.
  public func lend(
    _ identifier: UInt32, from offset: UInt64, count: Int
  ) throws(FileSystemError) -> LentPart? {
    let node = try node(identifier)
    try checkRecord(of: node)
    guard node.record.kind == .file, !node.record.isInline, offset < node.record.byteCount,
      count > 0
    else { return nil }
    let bits = UInt64(node.record.recordLevel) &+ 12
    let within = Int(truncatingIfNeeded: offset & ((1 << bits) &- 1))
    let wanted = Int(min(UInt64(count), node.record.byteCount &- offset))
    guard let known = try contents(offset >> bits, of: node, node.record),
      wanted <= known.bytes.count &- within
    else { return nil }
    if !known.wasLent {
      known.wasLent = true
      readAhead(of: node, node.record, behind: offset >> bits)
    }
    trimCache()
    return LentPart(
      bytes: known.bytes, range: within..<within &+ wanted,
      accessed: node.record.accessed.seconds)
  }
}
