// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Who pays: a node in the tree of accounts.
///
/// For each resource an account has a use, a maximum and a guaranteed minimum. The minimum is set
/// aside in the parent when it is promised, whether it is used or not; so a charge goes up the tree
/// only as far as it exceeds what was set aside, and can fail at any account on the way. A parent's
/// use includes what its children use or were promised.
struct Account: PoolObject {
  var slot = PoolSlot<Account>()
  /// Handles, processes, child accounts and objects that name it.
  var references: UInt32 = 0
  var parent: Ref<Account>?
  /// Zero for the root; bounds how far a charge climbs.
  var depth: UInt8 = 0
  var used = InlineArray<6, UInt64>(repeating: 0)
  var minimum = InlineArray<6, UInt64>(repeating: 0)
  var maximum = InlineArray<6, UInt64>(repeating: UInt64.max)
  /// Nanoseconds of processor time charged.
  var processorTime: UInt64 = 0

  static let maximumDepth: UInt8 = 8
  static let resourceCount = 6

  init() {}

  /// Makes an account below `parent` (nil: the root), without limits of its own, with one reference.
  ///
  /// - Throws: `outOfMemory`, `quotaExceeded` eight levels down.
  static func create(below parent: Ref<Account>?) throws(SystemError) -> Ref<Account> {
    if let parent, parent.value.depth == maximumDepth { throw .quotaExceeded }
    let account = try takeObject(&kernel.accounts)
    account.value.references = 1
    account.value.parent = parent
    account.value.depth = 0
    account.value.processorTime = 0
    for index in 0..<resourceCount {
      account.value.used[index] = 0
      account.value.minimum[index] = 0
      account.value.maximum[index] = UInt64.max
    }
    if let parent {
      account.value.depth = parent.value.depth &+ 1
      parent.retain()
    }
    return account
  }
}

extension Ref where T == Account {
  @inline(__always)
  func retain() { value.references &+= 1 }

  /// Gives one reference up. With the last one the account ends, and what was set aside for it
  /// goes back to its parent.
  @inline(__always)
  func drop() {
    value.references &-= 1
    if value.references == 0 { end() }
  }

  @inline(never)
  private func end() {
    for index in 0..<Account.resourceCount {
      assert(value.used[index] == 0)  // An account that ends pays for nothing.
      let promised = max(value.used[index], value.minimum[index])
      if promised != 0 { value.parent?.release(at: index, promised) }
      value.minimum[index] = 0
    }
    let parent = value.parent
    value.parent = nil
    kernel.accounts.put(self)
    parent?.drop()
  }

  /// Uses `amount` more of a resource.
  ///
  /// - Throws: `outOfMemory` for frames, else `quotaExceeded`, if a limit on the way to the root
  ///   would be exceeded; then nothing is charged.
  @inline(__always)
  func charge(_ resource: AccountResource, _ amount: UInt64) throws(SystemError) {
    guard charge(at: Int(resource.rawValue), amount) else {
      throw resource == .frames ? .outOfMemory : .quotaExceeded
    }
  }

  /// Uses `amount` less.
  @inline(__always)
  func release(_ resource: AccountResource, _ amount: UInt64) {
    release(at: Int(resource.rawValue), amount)
  }

  @inline(never)
  func charge(at index: Int, _ amount: UInt64) -> Bool {
    var account = self
    var rest = amount
    while true {
      let used = account.value.used[index]
      let (sum, overflowed) = used.addingReportingOverflow(rest)
      if overflowed || sum > account.value.maximum[index] {
        if account != self { release(at: index, amount, before: account) }
        return false
      }
      account.value.used[index] = sum
      let minimum = account.value.minimum[index]
      guard sum > minimum, let parent = account.value.parent else { return true }
      if used < minimum { rest = sum &- minimum }
      account = parent
    }
  }

  /// Undoes a charge of `amount` on the accounts below `end`, or on all.
  @inline(never)
  func release(at index: Int, _ amount: UInt64, before end: Ref<Account>? = nil) {
    var account = self
    var rest = amount
    while rest != 0 {
      let used = account.value.used[index]
      assert(used >= rest)  // Nothing is released that was not charged.
      account.value.used[index] = used &- rest
      let minimum = account.value.minimum[index]
      guard used > minimum, let parent = account.value.parent else { return }
      rest = min(rest, used &- minimum)
      if parent == end { return }
      account = parent
    }
  }

  /// Sets what the account and those below it may use, and what is kept for it.
  ///
  /// - Throws: `invalidArgument` if the minimum is above the maximum, `outOfMemory` if the minimum
  ///   cannot be promised.
  func setLimit(
    _ resource: AccountResource, minimum: UInt64, maximum: UInt64
  ) throws(SystemError) {
    guard minimum <= maximum else { throw .invalidArgument }
    let index = Int(resource.rawValue)
    let used = value.used[index]
    let before = max(used, value.minimum[index])
    let after = max(used, minimum)
    if after > before, let parent = value.parent {
      guard parent.charge(at: index, after &- before) else { throw .outOfMemory }
    }
    if after < before { value.parent?.release(at: index, before &- after) }
    value.minimum[index] = minimum
    value.maximum[index] = maximum
  }

  /// The least maximum on the way to the root, for the resources that are not charged: processor
  /// share and priority.
  func limit(_ resource: AccountResource) -> UInt64 {
    let index = Int(resource.rawValue)
    var limit = value.maximum[index]
    var next = value.parent
    while let account = next {
      limit = min(limit, account.value.maximum[index])
      next = account.value.parent
    }
    return limit
  }
}

/// Charges frames to `account`, or to the root account for the kernel's own.
@inline(__always)
func chargeFrames(_ count: UInt64, to account: Ref<Account>?) throws(SystemError) {
  guard let payer = account ?? kernel.rootAccount else { return }
  guard payer.charge(at: Int(AccountResource.frames.rawValue), count) else { throw .outOfMemory }
}

@inline(__always)
func releaseFrames(_ count: UInt64, of account: Ref<Account>?) {
  guard let payer = account ?? kernel.rootAccount else { return }
  payer.release(at: Int(AccountResource.frames.rawValue), count)
}
