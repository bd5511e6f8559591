// SPDX-License-Identifier: MIT

/// The operation codes by which rings are set up and rung, the same for all schemes that have
/// rings.
public enum RingOperation {
  /// `SendHandle`: a memory object with a pair of rings in it; word: its size in bytes.
  public static var attach: UInt32 { 0x5269_0001 }
  /// `CallScheme`: there are submissions, and the server waits for them.
  public static var doorbell: UInt32 { 0x5269_0002 }
}
