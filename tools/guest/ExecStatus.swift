// SPDX-License-Identifier: MIT

/// What `apus exec` exits with when it is not the guest's command that decides. Commands rarely use
/// numbers above 125; a shell in the guest uses 126 to 165.
public enum ExecStatus {
  /// The request is wrong, or asks for something that is not there yet.
  public static let unavailable: Int32 = 126
  /// The kernel panicked.
  public static let panicked: Int32 = 190
  /// The time-out passed while the command ran.
  public static let timedOut: Int32 = 191
  /// The time-out passed before the system was ready to run a command.
  public static let neverReady: Int32 = 192
  /// The guest reset, powered off or stopped talking before the command had ended.
  public static let ended: Int32 = 193
  /// QEMU did not start, or failed.
  public static let machineFailed: Int32 = 194
  /// What was to be booted does not build.
  public static let buildFailed: Int32 = 195
  /// A file of `--put` or `--get` could not be carried.
  public static let transferFailed: Int32 = 196
}
