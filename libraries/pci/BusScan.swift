// SPDX-License-Identifier: MIT
import Core

/// The buses of a segment whose registers can be reached.
public struct BusRange: Equatable, Sendable {
  public var segment: UInt16
  public var first: UInt8
  public var last: UInt8

  public init(segment: UInt16, first: UInt8, last: UInt8) {
    self.segment = segment
    self.first = first
    self.last = last
  }
}

/// Finds functions.
public enum BusScan {
  /// More functions than this are not looked for.
  public static var limit: Int { 128 }

  /// The functions of the range's first bus, and of those that bridges lead to.
  public static func functions(
    in range: BusRange, _ access: some ConfigurationAccess
  ) -> [(address: FunctionAddress, header: FunctionHeader)] {
    var found: [(address: FunctionAddress, header: FunctionHeader)] = []
    var seen = BitSet<4>()
    seen.insert(Int(range.first))
    var waiting = [range.first]
    while let bus = waiting.popLast() {
      for device: UInt8 in 0..<32 {
        var functionCount: UInt8 = 1
        var function: UInt8 = 0
        while function < functionCount {
          let address = FunctionAddress(
            segment: range.segment, bus: bus, device: device, function: function)
          function += 1
          guard found.count < limit else { return found }
          guard let header = FunctionHeader(address, access) else { continue }
          if address.function == 0, header.isOneOfMany { functionCount = 8 }
          found.append((address, header))
          guard header.isBridge else { continue }
          let next = access.read8(address, HeaderRegister.secondaryBus)
          // A bus that lies elsewhere, or was there before, is none that this bridge leads to.
          guard next > range.first, next <= range.last, seen.insert(Int(next)) else { continue }
          waiting.append(next)
        }
      }
    }
    return found
  }
}
