// SPDX-License-Identifier: MIT

/// CRC-32 as GPT, PNG and Ethernet have it (ISO 3309): reflected, polynomial 0x04C11DB7.
public struct CyclicRedundancyCheck: Sendable {
  private var state: UInt32 = .max

  public init() {}

  /// The sum of `bytes`.
  @export(interface)
  public static func sum(of bytes: Span<UInt8>) -> UInt32 {
    var check = CyclicRedundancyCheck()
    check.add(bytes)
    return check.value
  }

  @export(interface)
  public mutating func add(_ bytes: Span<UInt8>) {
    var state = state
    for index in bytes.indices {
      state ^= UInt32(bytes[index])
      // Four bits at a time: a table of sixteen words is small and quick enough for a table of
      // partitions.
      state = state >> 4 ^ Self.steps[Int(state & 0xF)]
      state = state >> 4 ^ Self.steps[Int(state & 0xF)]
    }
    self.state = state
  }

  /// The sum of what was added so far.
  public var value: UInt32 { ~state }

  /// What four zero bits after each pattern of four bits make of the state.
  private static let steps: InlineArray<16, UInt32> = [
    0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158,
    0x5005_713C, 0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4,
    0xA00A_E278, 0xBDBD_F21C,
  ]
}
