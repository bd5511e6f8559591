// SPDX-License-Identifier: MIT
import ABI

/// Pays for what its processes use, up to limits; with a minimum that is kept for it.
public struct Account: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over an account handle.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// Makes an account below `parent`, this process's own with `none`, without limits of its own.
  /// - Throws: `quotaExceeded`, `accessDenied` without the right to manage the parent.
  @export(interface)
  public init(below parent: Handle = .none) throws(SystemError) {
    owned = OwnedHandle(try perform(CreateAccount { $0.parent = parent }))
  }

  public var handle: Handle { owned.handle }

  /// Sets how much of `resource` it may use, with all accounts below it, and how much is kept for
  /// it.
  /// - Throws: `outOfMemory` if the minimum cannot be promised.
  @export(interface)
  public func setLimit(
    _ resource: AccountResource, minimum: UInt64 = 0, maximum: UInt64
  ) throws(SystemError) {
    _ = try perform(
      SetAccountLimit {
        $0.account = handle
        $0.resource = resource
        $0.minimum = minimum
        $0.maximum = maximum
      })
  }

  /// What it uses, and its limits.
  @export(interface)
  public func status() throws(SystemError) -> AccountStatusRecord {
    try Self.status(of: handle)
  }

  /// What this process's own account uses, and its limits.
  @export(interface)
  public static func currentStatus() throws(SystemError) -> AccountStatusRecord {
    try status(of: .none)
  }

  private static func status(of account: Handle) throws(SystemError) -> AccountStatusRecord {
    var record = AccountStatusRecord()
    _ = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        AccountStatus {
          $0.account = account
          $0.buffer = claim
        })
    }
    return record
  }
}
