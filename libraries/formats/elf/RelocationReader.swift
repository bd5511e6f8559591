// SPDX-License-Identifier: MIT
import Core

/// Reads relocations one by one and checks each: a loader applies them in the same pass.
///
/// A program has thousands of relocations and each spawn reads them all, so `next` is inlined into
/// the loader's loop and keeps to fields. Linkers sort by address, so the writable segment that the
/// last relocation lay in is tried first.
public struct RelocationReader: ~Copyable, ~Escapable {
  private let table: Span<UInt8>
  private var offset = 0
  private let type: UInt32
  /// The segment that the last relocation lay in.
  private var current = AddressRange()
  private var writable = FixedArray<8, AddressRange>()

  @_lifetime(copy table)
  init(_ table: Span<UInt8>, type: UInt32, within segments: borrowing LoadSegments) {
    self.table = table
    self.type = type
    for index in segments.indices where segments[index].isWritable {
      _ = writable.append(segments[index].memory)
    }
  }

  /// The next relocation, or `nil` after the last.
  ///
  /// - Throws: `unsupportedRelocation` if it asks for more than base plus addend;
  ///   `relocationOutsideWritableSegment` if it would write where the program may not.
  @inline(__always)
  public mutating func next() throws(ELFError) -> RelativeRelocation? {
    guard offset < table.count else { return nil }
    let address: UInt64
    let kind: UInt64
    let addend: UInt64
    do throws(WireError) {
      address = try table.little(at: offset, as: UInt64.self)
      kind = try table.little(at: offset &+ 8, as: UInt64.self)
      addend = try table.little(at: offset &+ 16, as: UInt64.self)
    } catch { throw .relocationTableOutsideSegment }
    offset &+= RelocationEntry.byteCount
    // The high half would be a symbol, which base plus addend has none of.
    guard kind == UInt64(type) else { throw .unsupportedRelocation }
    if !current.containsWord(at: address) { current = try segment(around: address) }
    return RelativeRelocation(address: address, addend: addend)
  }

  @export(interface)
  func segment(around address: UInt64) throws(ELFError) -> AddressRange {
    for index in writable.indices where writable[index].containsWord(at: address) {
      return writable[index]
    }
    throw .relocationOutsideWritableSegment
  }
}

extension AddressRange {
  /// Whether the 8 bytes at `address` all lie within.
  @inline(__always)
  func containsWord(at address: UInt64) -> Bool {
    byteCount >= 8 && address >= start && address &- start <= byteCount &- 8
  }
}
