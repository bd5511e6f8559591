// SPDX-License-Identifier: MIT

/// What clients of the scheme `ledger` ask by `CallScheme`. An account is a log that bytes are
/// appended to, and a total; one row of tickets is shared by all.
public enum LedgerOperation {
  /// Adds the input, eight bytes, to the account's total. Result: the new total.
  public static let add: UInt32 = 1
  /// Takes the next ticket. Result: its number; no number is given twice or left out.
  public static let takeTicket: UInt32 = 2
  /// Waits until the ticket whose number the input says has been given. Result: the last number.
  public static let awaitTicket: UInt32 = 3
  /// Output: length, checksum and total of the account, and the last ticket, eight bytes each.
  public static let report: UInt32 = 4

  /// Bytes that an account's log can hold.
  public static let logBytes = 32_768

  /// The input of an operation that takes a number.
  public static func input(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
  }

  /// A log's checksum after one more byte; that of an empty log is zero.
  @inline(__always)
  public static func checksum(_ sum: UInt64, _ byte: UInt8) -> UInt64 {
    (sum ^ UInt64(byte)) &* 0x100_0000_01B3 &+ 1
  }
}
