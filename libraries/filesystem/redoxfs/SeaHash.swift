// SPDX-License-Identifier: MIT
import Base
import Core

/// The checksum of every block: SeaHash with its default seeds. It finds damage, not forgery.
///
/// Four lanes take one word of eight bytes each in turn; a short last word is filled with zeros.
/// Source: the reference description of SeaHash 4.
public enum SeaHash {
  @export(interface)
  public static func digest(_ bytes: Span<UInt8>) -> UInt64 {
    var first: UInt64 = 0x16f1_1fe8_9b0d_677c
    var second: UInt64 = 0xb480_a793_d8e6_c86c
    var third: UInt64 = 0x6fe2_e5aa_f078_ebc9
    var fourth: UInt64 = 0x14f9_94a4_c525_9381
    let taken = bytes.forEachFourWords { one, two, three, four in
      first = diffuse(first ^ one)
      second = diffuse(second ^ two)
      third = diffuse(third ^ three)
      fourth = diffuse(fourth ^ four)
    }
    return finish(first, second, third, fourth, bytes, from: taken)
  }

  public typealias Lanes = InlineArray<4, UInt64>

  /// The same, by another way to take in whole runs of 32 bytes.
  /// - Parameter absorb: changes the lanes, and returns how many bytes it has taken.
  @export(interface)
  public static func digest(
    _ bytes: Span<UInt8>, _ absorb: (Span<UInt8>, inout Lanes) -> Int
  ) -> UInt64 {
    var lanes: Lanes = [
      0x16f1_1fe8_9b0d_677c, 0xb480_a793_d8e6_c86c, 0x6fe2_e5aa_f078_ebc9, 0x14f9_94a4_c525_9381,
    ]
    let taken = absorb(bytes, &lanes)
    return finish(lanes[0], lanes[1], lanes[2], lanes[3], bytes, from: taken)
  }

  /// Takes in what is left, and makes one of the lanes.
  @inline(__always)
  private static func finish(
    _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64, _ bytes: Span<UInt8>,
    from start: Int
  ) -> UInt64 {
    var (first, second, third, fourth) = (first, second, third, fourth)
    var offset = start
    while offset < bytes.count {
      let mixed = diffuse(first ^ shortWord(bytes, at: offset))
      first = second
      second = third
      third = fourth
      fourth = mixed
      offset &+= 8
    }
    return diffuse(first ^ second ^ third ^ fourth ^ UInt64(bytes.count))
  }

  /// The word at `offset`, of which fewer than eight bytes may be there.
  private static func shortWord(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    if offset &+ 8 <= bytes.count { return bytes.littleWord(at: offset) }
    var word: UInt64 = 0
    for index in offset..<bytes.count {
      word |= UInt64(bytes[index]) &<< UInt64(8 &* (index &- offset))
    }
    return word
  }

  @inline(__always)
  private static func diffuse(_ value: UInt64) -> UInt64 {
    let factor: UInt64 = 0x6eed_0e9d_a4d9_4a4f
    var mixed = value &* factor
    mixed ^= (mixed &>> 32) &>> (mixed &>> 60)
    return mixed &* factor
  }
}
