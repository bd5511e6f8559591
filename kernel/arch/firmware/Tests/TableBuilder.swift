// SPDX-License-Identifier: MIT
@testable import Firmware

/// Physical memory made of an array that begins at `base`.
struct ArrayMemory: PhysicalBytes {
  var base: UInt64 = 0x1000
  var bytes: [UInt8]

  init(byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

  func read<Result>(at address: UInt64, count: Int, _ body: (Span<UInt8>) -> Result) -> Result? {
    guard address >= base, count >= 0, address - base <= UInt64(bytes.count),
      count <= bytes.count - Int(address - base)
    else { return nil }
    let start = Int(address - base)
    return body(bytes.span.extracting(start..<start + count))
  }

  mutating func put(_ value: [UInt8], at address: UInt64) {
    bytes.replaceSubrange(Int(address - base)..<Int(address - base) + value.count, with: value)
  }
}

/// The little-endian bytes of a number.
func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
}

/// A table with a right length and checksum around `body`, which follows the header.
func table(_ signature: String, _ body: [UInt8], revision: UInt8 = 1) -> [UInt8] {
  var bytes = Array(signature.utf8) + little(UInt32(36 + body.count)) + [revision, 0]
  bytes += [UInt8](repeating: 0x20, count: 26) + body
  bytes[9] = 0 &- bytes.reduce(0, &+)
  return bytes
}

/// A revision-2 root pointer, or a revision-0 one without `xsdt`.
func rootPointer(rsdt: UInt32, xsdt: UInt64? = nil) -> [UInt8] {
  var bytes = Array("RSD PTR ".utf8) + [0] + Array("APUS  ".utf8) + [xsdt == nil ? 0 : 2]
  bytes += little(rsdt)
  bytes[8] = 0 &- bytes.reduce(0, &+)
  guard let xsdt else { return bytes }
  bytes += little(UInt32(36)) + little(xsdt) + [0, 0, 0, 0]
  bytes[32] = 0 &- bytes.reduce(0, &+)
  return bytes
}

/// A small generator, so that a failing case can be repeated.
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
