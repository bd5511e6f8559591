// SPDX-License-Identifier: MIT

/// How long to wait before a session that ended at once is begun again.
public struct Pause: Sendable {
  private var milliseconds: UInt64 = 0
  public init() {}

  /// - Parameter lasted: how long the last session lasted, in milliseconds.
  /// - Returns: milliseconds: none after one that lasted, else more and more, up to five seconds.
  @export(interface)
  public mutating func next(lasted: UInt64) -> UInt64 {
    milliseconds = lasted >= 2_000 ? 0 : min(max(milliseconds * 2, 100), 5_000)
    return milliseconds
  }
}
