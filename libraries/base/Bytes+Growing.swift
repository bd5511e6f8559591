// SPDX-License-Identifier: MIT
import Core

// Arrays that grow by many bytes at once. What the standard library has for this goes byte by byte
// under -Osize, six instructions each, also from one array to another.
extension [UInt8] {
  /// Adds a copy of `bytes`.
  public mutating func append(copyOf bytes: Span<UInt8>) {
    append(addingCapacity: bytes.count) { (output: inout OutputSpan<UInt8>) in
      output.append(copying: bytes)
    }
  }

  /// Adds so many zeros.
  public mutating func append(zeros count: Int) {
    append(addingCapacity: count) { (output: inout OutputSpan<UInt8>) in
      output.append(zeros: count)
    }
  }
}
