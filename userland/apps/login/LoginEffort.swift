// SPDX-License-Identifier: MIT
import Core
import Users

/// What is computed for every wrong answer, whoever was named: as much as the most expensive line of
/// `/etc/shadow` takes. Else time would tell who has such a line, and who has any.
struct LoginEffort {
  private let cost: PasswordHash.Cost

  init(_ shadow: ShadowTable) { cost = shadow.highestCost ?? .standard }

  /// What is compared for whom there is nothing to compare.
  var nobody: PasswordHash { Self.nobody(cost) }

  /// What is compared after a line's hash with less work; `nil` if that was all.
  func rest(after done: PasswordHash.Cost) -> PasswordHash? {
    let least: UInt64 = 8
    guard done.work + least <= cost.work else { return nil }
    let work = cost.work - done.work
    // Mostly as many passes over less memory, as work takes longer in much memory than in little.
    let memory = max(work / UInt64(cost.passes), least)
    return Self.nobody(
      PasswordHash.Cost(
        memory: UInt32(truncatingIfNeeded: memory),
        passes: UInt32(truncatingIfNeeded: work / memory), lanes: 1))
  }

  private static func nobody(_ cost: PasswordHash.Cost) -> PasswordHash {
    PasswordHash(
      variant: .id, cost: cost, salt: [UInt8](repeating: 0, count: 16),
      digest: [UInt8](repeating: 0, count: 32))
  }
}
