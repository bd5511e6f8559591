// SPDX-License-Identifier: MIT
import Core

/// Several archives one after another, as the boot loader hands them over in one piece.
public struct ArchiveSequence: ~Escapable {
  private var rest: Span<UInt8>

  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) { rest = bytes }

  /// The next archive, or `nil` after the last. Zeros after the last archive are padding.
  ///
  /// - Throws: what is wrong with the next archive; `trailingBytes` if there is none but other
  ///   bytes
  ///   follow. The sequence is then at its end.
  @export(interface)
  @_lifetime(copy self)
  public mutating func next() throws(ArchiveError) -> ArchiveReader? {
    let bytes = rest
    rest = bytes.extracting(first: 0)
    guard !bytes.isEmpty else { return nil }
    guard bytes.count >= 8, !isZero(bytes.extracting(first: 8)) else {
      guard isZero(bytes) else { throw ArchiveError(.trailingBytes) }
      return nil
    }
    let archive = try ArchiveReader(parsing: bytes)
    guard archive.byteCount > 0 else { throw ArchiveError(.truncated) }
    rest = bytes.extracting(archive.byteCount..<bytes.count)
    return archive
  }

  private func isZero(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where bytes[index] != 0 { return false }
    return true
  }
}
