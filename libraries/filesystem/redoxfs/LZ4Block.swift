// SPDX-License-Identifier: MIT
import Base
import Core

/// LZ4's block format, as RedoxFS packs records with it (LZ4 Block Format Description, 2022-07-31).
///
/// A block is a row of sequences: a token, literal bytes, and a match that repeats `length` bytes
/// from `offset` before the end of what is there. The last sequence has literals only.
enum LZ4Block {
  private static var shortestMatch: Int { 4 }

  /// Unpacks `input`, onto the end of `output`.
  /// - Parameter limit: how many bytes `output` may have in the end.
  /// - Returns: false if the input is no block, or would unpack to more.
  @export(interface)
  static func unpack(_ input: Span<UInt8>, onto output: inout [UInt8], limit: Int) -> Bool {
    let start = output.count
    var reader = Reader(input)
    while let token = reader.byte() {
      guard let literals = reader.length(Int(token >> 4)), literals <= input.count &- reader.offset,
        literals <= limit &- output.count
      else { return false }
      output.append(copyOf: input.extracting(reader.offset..<(reader.offset &+ literals)))
      reader.offset &+= literals
      if reader.offset == input.count { return true }
      guard let low = reader.byte(), let high = reader.byte(),
        let extra = reader.length(Int(token & 15))
      else { return false }
      let distance = Int(low) | Int(high) << 8
      let length = extra &+ shortestMatch
      guard distance > 0, distance <= output.count &- start, length <= limit &- output.count
      else { return false }
      // What is repeated may overlap what it makes.
      for _ in 0..<length { output.append(output[output.count &- distance]) }
    }
    return false
  }

  private struct Reader: ~Escapable {
    private let bytes: Span<UInt8>
    var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    mutating func byte() -> UInt8? {
      guard offset < bytes.count else { return nil }
      defer { offset &+= 1 }
      return bytes[offset]
    }

    /// A length of which the token had `first`: 15 means that further bytes add to it, up to the
    /// first that is not 255.
    mutating func length(_ first: Int) -> Int? {
      var length = first
      if first < 15 { return length }
      while let more = byte() {
        length &+= Int(more)
        if more != 255 { return length }
      }
      return nil
    }
  }
}
