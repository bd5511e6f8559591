// SPDX-License-Identifier: MIT
import Core
import Mutation
import Testing

private enum Kind: UInt16 { case first = 1, second = 0x0203 }

private struct Header: WireFormat, Equatable {
  static var byteCount: Int { 26 }
  var kind = Kind.first
  var length: UInt32 = 0
  var big: UInt16 = 0
  var signed: Int64 = 0
  var tag = [UInt8](repeating: 0, count: 4)
  var flag: UInt8 = 0

  mutating func layout(_ coder: inout some ByteCoder & ~Copyable & ~Escapable) throws(WireError) {
    try coder.little(&kind)
    try coder.little(&length)
    try coder.big(&big)
    try coder.big(&signed)
    var bytes = InlineArray<4, UInt8> { tag[$0] }
    try coder.bytes(&bytes)
    tag = (0..<4).map { bytes[$0] }
    try coder.reserved(5)
    try coder.little(&flag)
  }
}

private struct Longer: WireFormat, Equatable {
  static var byteCount: Int { 3 }
  var value: UInt32 = 0
  mutating func layout(_ coder: inout some ByteCoder & ~Copyable & ~Escapable) throws(WireError) {
    try coder.big(&value)
  }
}

@Suite("WireFormat")
struct WireFormatTests {
  @Test func bytesStandInTheOrderOfTheLayout() throws {
    var header = Header()
    header.kind = .second
    header.length = 0x0102_0304
    header.big = 0x0506
    header.signed = -2
    header.tag = [9, 8, 7, 6]
    header.flag = 0xFF
    var bytes = [UInt8](repeating: 0xA5, count: 27)
    try header.encode(into: bytes.mutableSpan)
    #expect(
      bytes == [
        3, 2, 4, 3, 2, 1, 5, 6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 9, 8, 7, 6,
        0, 0, 0, 0, 0, 0xFF, 0xA5,
      ])
    let decoded = try Header(decoding: bytes.span)
    #expect(decoded == header)
  }

  @Test func theCommonPropertiesHold() {
    #expect(WireFormatCheck.violation(of: Header.self, seed: 1) == nil)
  }

  @Test func aWrongByteCountIsFound() {
    #expect(WireFormatCheck.violation(of: Longer.self, seed: 1) != nil)
  }

  @Test func anUnknownRawValueIsMalformed() {
    let bytes = [UInt8](repeating: 0, count: 26)
    #expect(throws: WireError.malformed) { _ = try Header(decoding: bytes.span) }
  }

  @Test func encodingIntoTooFewBytesIsTruncated() {
    var bytes = [UInt8](repeating: 0, count: 25)
    #expect(throws: WireError.truncated) { try Header().encode(into: bytes.mutableSpan) }
  }

  @Test(
    arguments: [
      (0, 4, true), (4, 0, true), (1, 3, true), (0, 5, false), (5, 0, false), (4, 1, false),
      (UInt64.max, 1, false), (1, UInt64.max, false), (UInt64.max, UInt64.max, false),
    ] as [(UInt64, UInt64, Bool)])
  func aSliceLiesWithinItsSpan(_ offset: UInt64, _ count: UInt64, _ fits: Bool) {
    let bytes: [UInt8] = [1, 2, 3, 4]
    if fits {
      #expect(throws: Never.self) {
        let length = try bytes.span.slice(at: offset, count: count).count
        #expect(length == Int(count))
      }
    } else {
      #expect(throws: WireError.truncated) {
        _ = try bytes.span.slice(at: offset, count: count).count
      }
    }
  }
}
