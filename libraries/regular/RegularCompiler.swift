// SPDX-License-Identifier: MIT
import Base
import Core

/// Compiles a regular expression: groups, `|`, sets with classes, repetition, anchors.
struct RegularCompiler {
  let pattern: Text
  var index = 0
  private var depth = 0
  private(set) var groupCount = 0
  private typealias Code = [RegularExpression.Instruction]

  init(_ pattern: Text) { self.pattern = pattern }

  mutating func compile() throws(RegularExpressionError) -> [RegularExpression.Instruction] {
    let body = try alternatives()
    guard index == pattern.count else { throw failure("unopened group") }
    return [.save(0)] + Self.moved(body, by: 1) + [.save(1), .match]
  }

  func failure(_ what: Text) -> RegularExpressionError {
    RegularExpressionError("invalid regular expression '" + pattern + "': " + what)
  }

  var current: UInt8? { index < pattern.count ? pattern[index] : nil }

  /// The same code for another place: what it jumps to moves with it.
  private static func moved(_ code: Code, by distance: Int) -> Code {
    code.map { instruction in
      switch instruction {
      case .either(let first, let second): .either(first + distance, second + distance)
      case .jump(let place): .jump(place + distance)
      default: instruction
      }
    }
  }

  private func checked(_ code: Code) throws(RegularExpressionError) -> Code {
    guard code.count <= RegularExpression.sizeLimit else { throw failure("it is too large") }
    return code
  }

  private mutating func alternatives() throws(RegularExpressionError) -> Code {
    depth += 1
    guard depth <= 50 else { throw failure("groups are nested too deeply") }
    var code = try sequence()
    while current == 0x7C {
      index += 1
      let other = try sequence()
      code = try checked(
        [.either(1, code.count + 2)] + Self.moved(code, by: 1)
          + [.jump(code.count + 2 + other.count)] + Self.moved(other, by: code.count + 2))
    }
    depth -= 1
    return code
  }

  private mutating func sequence() throws(RegularExpressionError) -> Code {
    var code = Code()
    while let byte = current, byte != 0x7C, byte != 0x29 {
      let item = try repeated(try atom())
      code += Self.moved(item, by: code.count)
      code = try checked(code)
    }
    return code
  }

  private mutating func atom() throws(RegularExpressionError) -> Code {
    guard let byte = current else { return [] }
    index += 1
    switch byte {
    case 0x2E: return [.any]
    case 0x5E: return [.start]
    case 0x24: return [.end]
    case 0x5B: return [.set(try set())]
    case 0x28: return try group()
    case 0x5C: return [try escape()]
    case 0x2A, 0x2B, 0x3F: throw failure("repetition of nothing")
    default: return [.byte(byte)]
    }
  }

  private mutating func group() throws(RegularExpressionError) -> Code {
    var slot: Int?
    if current == 0x3F, index + 1 < pattern.count, pattern[index + 1] == 0x3A {
      index += 2
    } else {
      groupCount += 1
      slot = groupCount * 2
    }
    let body = try alternatives()
    guard current == 0x29 else { throw failure("unclosed group") }
    index += 1
    guard let slot else { return body }
    return [.save(slot)] + Self.moved(body, by: 1) + [.save(slot + 1)]
  }

  private mutating func repeated(_ atom: Code) throws(RegularExpressionError) -> Code {
    var code = atom
    while let byte = current {
      var bounds: (Int, Int?)
      switch byte {
      case 0x2A: bounds = (0, nil)
      case 0x2B: bounds = (1, nil)
      case 0x3F: bounds = (0, 1)
      case 0x7B:
        guard let found = counts() else { return code }
        bounds = found
        index -= 1
      default: return code
      }
      index += 1
      var isLazy = false
      if current == 0x3F {
        isLazy = true
        index += 1
      }
      guard bounds.0 <= 1000, bounds.1 ?? 0 <= 1000, bounds.0 <= bounds.1 ?? 1000 else {
        throw failure("invalid repetition")
      }
      code = try expand(code, bounds.0, bounds.1, isLazy: isLazy)
    }
    return code
  }

  /// `{2}`, `{2,}`, `{2,5}`, after which it goes on; `nil`, and nothing taken, if it is none.
  private mutating func counts() -> (Int, Int?)? {
    guard let close = pattern.firstIndex(of: 0x7D, from: index) else { return nil }
    let parts = pattern[(index + 1)..<close].split(at: 0x2C)
    guard parts.count <= 2, let low = try? Int(decimal: parts[0]), low >= 0 else { return nil }
    var high: Int? = low
    if parts.count == 2 {
      if parts[1].isEmpty {
        high = nil
      } else {
        guard let number = try? Int(decimal: parts[1]), number >= 0 else { return nil }
        high = number
      }
    }
    index = close + 1
    return (low, high)
  }

  private func expand(
    _ code: Code, _ low: Int, _ high: Int?, isLazy: Bool
  ) throws(RegularExpressionError) -> Code {
    let copies = max(low, high ?? low + 1)
    guard (code.count + 2) * copies <= RegularExpression.sizeLimit else {
      throw failure("it is too large")
    }
    var result = Code()
    for _ in 0..<low { result += Self.moved(code, by: result.count) }
    func either(_ inside: Int, _ outside: Int) -> RegularExpression.Instruction {
      isLazy ? .either(outside, inside) : .either(inside, outside)
    }
    guard let high else {
      let start = result.count
      result.append(either(start + 1, start + code.count + 2))
      result += Self.moved(code, by: start + 1)
      result.append(.jump(start))
      return result
    }
    let end = result.count + (high - low) * (code.count + 1)
    for _ in low..<high {
      result.append(either(result.count + 1, end))
      result += Self.moved(code, by: result.count)
    }
    return result
  }

  private mutating func escape() throws(RegularExpressionError) -> RegularExpression.Instruction {
    guard let letter = current else { throw failure("it ends in a backslash") }
    index += 1
    if let set = Self.letterClass(letter) { return .set(set) }
    switch letter {
    case 0x62: return .wordEdge(true)
    case 0x42: return .wordEdge(false)
    case 0x41: return .start
    case 0x7A: return .end
    default: return .byte(Self.meaning(of: letter))
    }
  }

  /// What a letter after a backslash stands for; itself unless it is a control character's.
  static func meaning(of letter: UInt8) -> UInt8 {
    switch letter {
    case 0x61: 0x07
    case 0x65: 0x1B
    case 0x66: 0x0C
    case 0x6E: 0x0A
    case 0x72: 0x0D
    case 0x74: 0x09
    case 0x76: 0x0B
    default: letter
    }
  }

  static func isWordPart(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5F || byte >= 0x80
  }

  /// `\d`, `\w`, `\s` and their opposites.
  static func letterClass(_ letter: UInt8) -> ByteSet? {
    var set = ByteSet()
    switch letter | 0x20 {
    case 0x64: set.insert { $0.isASCIIDigit }
    case 0x77: set.insert(where: isWordPart)
    case 0x73: set.insert { $0.isASCIISpace }
    default: return nil
    }
    return letter & 0x20 == 0 ? set.inverted : set
  }
}
