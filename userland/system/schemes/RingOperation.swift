// SPDX-License-Identifier: MIT

/// The operation codes by which rings are set up and rung, the same for all schemes that have
/// rings.
public enum RingOperation {
  /// `SendHandle`: a memory object with a pair of rings in it; word: its size in bytes.
  public static var attach: UInt32 { 0x5269_0001 }
  /// `CallScheme`: there are submissions, and the server waits for them.
  public static var doorbell: UInt32 { 0x5269_0002 }
  /// `CallScheme`, of schemes that have it: as `doorbell`, and answered once there are completions that
  /// the client has not taken: one call for both, where a client has nothing else to wait for.
  public static var wait: UInt32 { 0x5269_0003 }
  /// As `wait`, but answered once nothing is under way any more.
  public static var drain: UInt32 { 0x5269_0004 }
}
