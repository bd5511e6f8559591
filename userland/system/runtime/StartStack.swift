// SPDX-License-Identifier: MIT
import Base
import Core

/// What lies on a program's first stack: texts at the top, the start record below them.
///
/// From the stack pointer on: argument count, argument addresses, 0, environment addresses, 0,
/// auxiliary pairs, 0 0; the stack pointer is a multiple of 16.
public struct StartStack {
  /// The bytes from the stack pointer up to `top`.
  public private(set) var bytes: [UInt8] = []
  public private(set) var stackPointer: UInt64 = 0

  /// The most bytes that all of it may take: arguments and environment of a program.
  public static var limit: Int { 4 << 20 }

  /// Auxiliary values whose value is the address of bytes that are put on the stack, too.
  public struct Bytes {
    public var tag: UInt64
    public var bytes: [UInt8]
    public init(tag: UInt64, bytes: [UInt8]) {
      self.tag = tag
      self.bytes = bytes
    }
  }

  /// - Parameters:
  ///   - top: where the stack ends, a multiple of 16.
  ///   - words: auxiliary tags with their values.
  ///   - texts: auxiliary tags with bytes for their value to point to; texts need their zero byte.
  /// - Returns: `nil` if it takes more than `limit` bytes.
  public init?(
    top: UInt64, arguments: [Text], environment: [Text], words: [(tag: UInt64, value: UInt64)],
    texts: [Bytes]
  ) {
    guard
      let textBytes = Self.textBytes(arguments, environment, texts),
      let count = Self.recordBytes(arguments, environment, words.count + texts.count),
      count + textBytes <= Self.limit
    else { return nil }
    let textStart = top - UInt64(textBytes)
    stackPointer = (textStart - UInt64(count)) & ~15
    bytes.reserveCapacity(Int(top - stackPointer))

    var place = textStart
    put(UInt64(arguments.count))
    for argument in arguments { putAddress(&place, argument.count + 1) }
    put(0)
    for variable in environment { putAddress(&place, variable.count + 1) }
    put(0)
    for word in words {
      put(word.tag)
      put(word.value)
    }
    for text in texts {
      put(text.tag)
      putAddress(&place, text.bytes.count)
    }
    put(0)
    put(0)
    while UInt64(bytes.count) < textStart - stackPointer { bytes.append(0) }
    for argument in arguments { put(argument) }
    for variable in environment { put(variable) }
    for text in texts { bytes += text.bytes }
    while UInt64(bytes.count) < top - stackPointer { bytes.append(0) }
  }

  private static func textBytes(
    _ arguments: [Text], _ environment: [Text], _ texts: [Bytes]
  ) -> Int? {
    var count = 0
    for text in arguments { count += text.count + 1 }
    for text in environment { count += text.count + 1 }
    for text in texts { count += text.bytes.count }
    return count <= limit ? (count + 15) & ~15 : nil
  }

  private static func recordBytes(
    _ arguments: [Text], _ environment: [Text], _ auxiliaryCount: Int
  ) -> Int? {
    let words = 1 + arguments.count + 1 + environment.count + 1 + 2 * (auxiliaryCount + 1)
    return words <= limit / 8 ? words * 8 : nil
  }

  private mutating func put(_ word: UInt64) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
  }

  private mutating func putAddress(_ place: inout UInt64, _ byteCount: Int) {
    put(place)
    place += UInt64(byteCount)
  }

  private mutating func put(_ text: Text) {
    bytes += text.bytes
    bytes.append(0)
  }
}
