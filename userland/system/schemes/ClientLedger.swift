// SPDX-License-Identifier: MIT
import ABI
import Core

/// How much of a server's own each account uses, and how much it may: so that one client's files or
/// buffers leave room for the others.
///
/// Keeps up to `capacity` accounts; a further one is refused until another has given everything
/// back.
public struct ClientLedger<let capacity: Int>: Sendable {
  private struct Entry: BitwiseCopyable {
    var account: UInt32 = 0
    var used: UInt32 = 0
  }

  private var entries = InlineArray<capacity, Entry>(repeating: Entry())
  /// What each account may use.
  public let limit: UInt32

  public init(limit: UInt32) { self.limit = limit }

  /// Charges `amount` to the caller's account.
  /// - Throws: `quotaExceeded`.
  public mutating func charge(_ account: UInt32, _ amount: UInt32 = 1) throws(SystemError) {
    guard let index = find(account) ?? findFree() else { throw .quotaExceeded }
    let used = entries[index].used
    guard amount <= limit, used <= limit &- amount else { throw .quotaExceeded }
    entries[index] = Entry(account: account, used: used &+ amount)
  }

  /// Gives `amount` back.
  public mutating func release(_ account: UInt32, _ amount: UInt32 = 1) {
    guard let index = find(account) else { return }
    entries[index].used = entries[index].used > amount ? entries[index].used &- amount : 0
  }

  /// What the account uses now.
  public func used(by account: UInt32) -> UInt32 { find(account).map { entries[$0].used } ?? 0 }

  private func find(_ account: UInt32) -> Int? {
    for index in 0..<capacity where entries[index].used > 0 && entries[index].account == account {
      return index
    }
    return nil
  }

  private func findFree() -> Int? {
    for index in 0..<capacity where entries[index].used == 0 { return index }
    return nil
  }
}
