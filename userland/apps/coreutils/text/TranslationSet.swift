// SPDX-License-Identifier: MIT
import Base
import Core
import Regular
import UtilityFrame

/// A set as `tr` takes it: bytes in an order.
struct TranslationSet {
  private(set) var bytes: [UInt8] = []
  /// The place and byte of `[x*]`, which is as long as is needed.
  private var filling: (place: Int, byte: UInt8)?

  private static var repetitionLimit: Int { 1 << 16 }

  init(_ text: Text, isSecond: Bool) throws(UtilityStop) {
    var reader = Reader(text: text)
    while reader.index < text.count {
      if let byte = text[reader.index] == 0x5B ? reader.repetition() : nil {
        guard isSecond else { throw .usage("[x*] may be in the second set only") }
        guard let count = byte.count else {
          guard filling == nil else { throw .usage("only one [x*] may be in a set") }
          filling = (bytes.count, byte.byte)
          continue
        }
        guard count <= Self.repetitionLimit else { throw .usage("too many repetitions") }
        for _ in 0..<count { bytes.append(byte.byte) }
      } else if let members = try reader.namedSet() {
        bytes += members
      } else {
        try addRange(&reader)
      }
    }
  }

  private mutating func addRange(_ reader: inout Reader) throws(UtilityStop) {
    let low = try reader.byte()
    guard reader.index + 1 < reader.text.count, reader.text[reader.index] == 0x2D else {
      bytes.append(low)
      return
    }
    reader.index += 1
    let high = try reader.byte()
    guard low <= high else {
      throw .usage("a range ends before it starts in " + reader.text.quotedForMessage)
    }
    for byte in low...high { bytes.append(byte) }
  }

  mutating func complement() {
    var isMember = [Bool](repeating: false, count: 256)
    for byte in bytes { isMember[Int(byte)] = true }
    bytes = []
    for byte in 0...255 where !isMember[byte] { bytes.append(UInt8(byte)) }
  }

  /// Makes `[x*]` so long that there are `count` bytes.
  mutating func fill(to count: Int) {
    guard let filling else { return }
    let missing = max(0, count - bytes.count)
    bytes.insert(contentsOf: [UInt8](repeating: filling.byte, count: missing), at: filling.place)
    self.filling = nil
  }

  struct Reader {
    let text: Text
    var index = 0

    /// `[x*5]`, `[x*]`; `nil`, and nothing taken, if it is none.
    mutating func repetition() -> (byte: UInt8, count: Int?)? {
      var reader = self
      reader.index += 1
      guard reader.index < text.count, let byte = try? reader.byte(), reader.index < text.count,
        text[reader.index] == 0x2A,
        let close = text.firstIndex(of: 0x5D, from: reader.index)
      else { return nil }
      let digits = text[(reader.index + 1)..<close]
      var count: Int?
      if !digits.isEmpty {
        guard digits.bytes.allSatisfy({ $0.isASCIIDigit }) else { return nil }
        let number =
          digits.hasPrefix("0")
          ? try? UInt64(octal: digits.span) : try? UInt64(decimal: digits.span)
        guard let number else { return nil }
        count = number == 0 ? nil : Int(min(number, UInt64(Int32.max)))
      }
      index = close + 1
      return (byte, count)
    }

    /// `[:alpha:]` or `[=x=]`; `nil`, and nothing taken, if it is none.
    mutating func namedSet() throws(UtilityStop) -> [UInt8]? {
      guard text[index] == 0x5B, index + 1 < text.count else { return nil }
      if text[index + 1] == 0x3D {
        var reader = self
        reader.index += 2
        guard reader.index < text.count, let byte = try? reader.byte(),
          text[reader.index...].hasPrefix("=]")
        else { return nil }
        index = reader.index + 2
        return [byte]
      }
      guard text[index + 1] == 0x3A, let close = text.firstIndex(of: ":]" as Text, from: index + 2)
      else { return nil }
      let name = text[(index + 2)..<close]
      guard let set = ByteSet(class: name) else {
        throw .usage("invalid character class " + name.quotedForMessage)
      }
      index = close + 2
      var members: [UInt8] = []
      for byte in 0...UInt8.max where set[byte] { members.append(byte) }
      return members
    }

    /// The next byte, which may be written with a backslash.
    mutating func byte() throws(UtilityStop) -> UInt8 {
      let byte = text[index]
      index += 1
      guard byte == 0x5C, index < text.count else { return byte }
      let letter = text[index]
      index += 1
      switch letter {
      case 0x61: return 0x07
      case 0x62: return 0x08
      case 0x66: return 0x0C
      case 0x6E: return 0x0A
      case 0x72: return 0x0D
      case 0x74: return 0x09
      case 0x76: return 0x0B
      case 0x30...0x37:
        var value = Int(letter - 0x30)
        var count = 1
        while count < 3, index < text.count, text[index] >= 0x30, text[index] <= 0x37,
          value * 8 + Int(text[index] - 0x30) < 256
        {
          value = value * 8 + Int(text[index] - 0x30)
          index += 1
          count += 1
        }
        return UInt8(value)
      default: return letter
      }
    }
  }
}
