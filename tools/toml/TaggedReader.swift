// SPDX-License-Identifier: MIT

/// Reads the JSON of toml-test's expectations: objects, arrays and strings.
struct TaggedReader {
  struct Failure: Error {
    var offset: Int
  }

  private enum Node {
    case text(String)
    case tagged(Tagged)
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func read() throws(Failure) -> Tagged {
    guard case .tagged(let tagged) = try node() else { throw Failure(offset: position) }
    skipSpace()
    guard position == bytes.count else { throw Failure(offset: position) }
    return tagged
  }

  private mutating func node() throws(Failure) -> Node {
    skipSpace()
    switch position < bytes.count ? bytes[position] : 0 {
    case 0x22: return .text(try string())
    case 0x5B: return .tagged(try array())
    case 0x7B: return .tagged(try object())
    default: throw Failure(offset: position)
    }
  }

  private mutating func array() throws(Failure) -> Tagged {
    try expect(0x5B)
    var values: [Tagged] = []
    if take(0x5D) { return .array([]) }
    repeat {
      guard case .tagged(let value) = try node() else { throw Failure(offset: position) }
      values.append(value)
    } while take(0x2C)
    try expect(0x5D)
    return .array(values)
  }

  /// An object, or a value with the name of its type.
  private mutating func object() throws(Failure) -> Tagged {
    try expect(0x7B)
    var rows: [(key: String, value: Tagged)] = []
    var texts: [String: String] = [:]
    if take(0x7D) { return .object([]) }
    repeat {
      skipSpace()
      let key = try string()
      try expect(0x3A)
      switch try node() {
      case .text(let text): texts[key] = text
      case .tagged(let value): rows.append((key, value))
      }
    } while take(0x2C)
    try expect(0x7D)
    if texts.isEmpty { return .object(rows) }
    guard let type = texts["type"], let text = texts["value"], rows.isEmpty else {
      throw Failure(offset: position)
    }
    return .value(type: type, text: text)
  }

  private mutating func string() throws(Failure) -> String {
    try expect(0x22)
    var units: [UInt16] = []
    var start = position
    func plain() -> [UInt16] {
      Array(String(decoding: bytes[start..<position], as: UTF8.self).utf16)
    }
    while position < bytes.count, bytes[position] != 0x22 {
      guard bytes[position] == 0x5C else {
        position += 1
        continue
      }
      units += plain()
      units.append(try escaped())
      start = position
    }
    units += plain()
    try expect(0x22)
    return String(decoding: units, as: UTF16.self)
  }

  private mutating func escaped() throws(Failure) -> UInt16 {
    guard position + 1 < bytes.count else { throw Failure(offset: position) }
    let letter = bytes[position + 1]
    position += 2
    switch letter {
    case 0x22, 0x5C, 0x2F: return UInt16(letter)
    case 0x62: return 8
    case 0x66: return 12
    case 0x6E: return 10
    case 0x72: return 13
    case 0x74: return 9
    case 0x75:
      let digits = bytes[position..<min(position + 4, bytes.count)]
      guard let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
        throw Failure(offset: position)
      }
      position += 4
      return unit
    default: throw Failure(offset: position)
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(Failure) {
    guard take(byte) else { throw Failure(offset: position) }
  }
}
