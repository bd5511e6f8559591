// SPDX-License-Identifier: MIT

/// What the servers of volumes do beyond files: operation codes of `CallScheme`, on any file of the
/// volume. Snapshots are root's to change.
public enum VolumeOperation {
  /// Answers how many files are open, beside the one that is asked.
  public static var openFiles: UInt32 { 0x5266_0001 }
  /// Input: the snapshot's name.
  public static var makeSnapshot: UInt32 { 0x5266_0002 }
  public static var removeSnapshot: UInt32 { 0x5266_0003 }
  /// Makes a snapshot's state the present one. `busy` while files are open.
  public static var rollBack: UInt32 { 0x5266_0004 }
  /// Output: a line for each snapshot: commit, seconds since 1970, name, apart at tabs.
  public static var listSnapshots: UInt32 { 0x5266_0005 }
}
