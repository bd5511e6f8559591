// SPDX-License-Identifier: MIT
import Core

/// Where the high-precision event timer is (IA-PC HPET 1.0a, §3.2.4).
public struct EventTimer: Equatable, Sendable {
  /// Its registers' physical address.
  public let address: UInt64

  /// - Parameter table: A whole HPET table whose checksum is right.
  public init?(parsing table: Span<UInt8>) {
    do throws(WireError) {
      let base = try GenericAddress(decoding: table, at: 40)
      guard base.space == .memory, base.address != 0, base.address % 1024 == 0 else { return nil }
      address = base.address
    } catch {
      return nil
    }
  }
}
