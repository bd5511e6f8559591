// SPDX-License-Identifier: MIT
import Base
import Core

extension LZ4Block {
  /// Matches may not begin in a block's last twelve bytes, nor reach into its last five.
  private static var quietBytes: Int { 12 }
  private static var lastLiterals: Int { 5 }
  private static var tableBits: UInt32 { 12 }

  /// Packs `input`, onto the end of `output`, by the first match that a table of hashes offers.
  /// - Parameter limit: how many bytes `output` may have in the end.
  /// - Returns: false if it does not fit; `output` then has more than before.
  @export(interface)
  static func pack(_ input: Span<UInt8>, onto output: inout [UInt8], limit: Int) -> Bool {
    var table = [Int32](repeating: -1, count: 1 << Int(tableBits))
    var literals = 0
    var position = 0
    // What does not repeat is passed over in growing steps.
    var misses = 0
    while position &+ quietBytes < input.count {
      let word = fourBytes(input, position)
      let slot = Int((word &* 2_654_435_761) >> (32 &- tableBits))
      let candidate = Int(table[slot])
      table[slot] = Int32(truncatingIfNeeded: position)
      // Whatever follows, what lies before it has to be there.
      if output.count &+ position &- literals > limit { return false }
      guard candidate >= 0, position &- candidate <= 0xFFFF, fourBytes(input, candidate) == word
      else {
        position &+= 1 &+ misses >> 6
        misses &+= 1
        continue
      }
      misses = 0
      var length = 4
      while position &+ length &+ lastLiterals < input.count,
        input[candidate &+ length] == input[position &+ length]
      {
        length &+= 1
      }
      put(
        literals: input.extracting(literals..<position), match: length &- 4,
        distance: position &- candidate, onto: &output)
      if output.count > limit { return false }
      position &+= length
      literals = position
    }
    guard output.count &+ input.count &- literals < limit else { return false }
    put(literals: input.extracting(literals..<input.count), match: nil, distance: 0, onto: &output)
    return output.count <= limit
  }

  @inline(__always)
  private static func fourBytes(_ input: Span<UInt8>, _ start: Int) -> UInt32 {
    // Twelve bytes at least lie behind every place that is looked at.
    UInt32(truncatingIfNeeded: input.littleWord(at: start))
  }

  /// One sequence. - Parameter match: the match's length less four; `nil` for the last.
  private static func put(
    literals: Span<UInt8>, match: Int?, distance: Int, onto output: inout [UInt8]
  ) {
    let first = min(literals.count, 15)
    let second = min(match ?? 0, 15)
    output.append(UInt8(first << 4 | second))
    if first == 15 { put(rest: literals.count &- 15, onto: &output) }
    output.append(copyOf: literals)
    guard let match else { return }
    output.append(UInt8(truncatingIfNeeded: distance))
    output.append(UInt8(truncatingIfNeeded: distance >> 8))
    if second == 15 { put(rest: match &- 15, onto: &output) }
  }

  private static func put(rest: Int, onto output: inout [UInt8]) {
    var rest = rest
    while rest >= 255 {
      output.append(255)
      rest &-= 255
    }
    output.append(UInt8(rest))
  }
}
