// SPDX-License-Identifier: MIT

/// How much there can be of everything.
public enum Limits {
  /// Terminals, the console among them.
  public static var terminals: Int { 32 }
  /// Terminals whose masters one account has opened.
  static var terminalsOfAccount: Int { 16 }
  /// Requests that wait; beyond that, those of dead clients are looked for and further ones refused.
  static var waiters: Int { 1024 }
  /// Bytes of a waiting request that are looked at in one go.
  static var portion: Int { 4096 }
  /// Bytes that the console's device takes and gives in one call.
  static var consolePortion: Int { 512 }
}
