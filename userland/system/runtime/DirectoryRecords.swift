// SPDX-License-Identifier: MIT
import ABI
import Core

/// Reads the `DirectoryEntry` records that a scheme answered, which it may have got wrong.
public struct DirectoryRecords: ~Escapable {
  private let bytes: Span<UInt8>
  private var position = 0

  /// One record's head, checked against the bytes.
  public struct Record {
    public let cookie: UInt64
    public let inode: UInt64
    public let type: UInt32
    let nameStart: Int
    let nameBytes: Int
  }

  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// The next record, or `nil` at the end.
  /// - Throws: `protocolError` for a record that is not whole.
  @export(interface)
  public mutating func next() throws(SystemError) -> Record? {
    if position == bytes.count { return nil }
    guard bytes.count &- position >= 24 else { throw .protocolError }
    let recordBytes = Int(word(16, 2))
    let nameBytes = Int(word(18, 2))
    guard recordBytes >= 24 &+ nameBytes, recordBytes <= bytes.count &- position, nameBytes > 0
    else { throw .protocolError }
    let record = Record(
      cookie: word(0, 8), inode: word(8, 8), type: UInt32(word(20, 4)) & 15,
      nameStart: position &+ 24, nameBytes: nameBytes)
    position &+= recordBytes
    return record
  }

  /// The bytes of the name of a record that came from here.
  @export(interface)
  @_lifetime(copy self)
  public func name(of record: Record) -> Span<UInt8> {
    bytes.extracting(record.nameStart..<(record.nameStart &+ record.nameBytes))
  }

  private func word(_ offset: Int, _ byteCount: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<byteCount {
      word |= UInt64(bytes[position &+ offset &+ index]) << UInt64(index &* 8)
    }
    return word
  }
}
