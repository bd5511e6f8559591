// SPDX-License-Identifier: MIT
import ABI
import Core

// The groups that processes are in beside their own.
extension Process {
  /// The groups that this process is in beside its own, at most 32.
  public static var groups: [UInt32] {
    @export(interface)
    get {
      var numbers = InlineArray<32, UInt32>(repeating: 0)
      var count: UInt = 0
      do throws(SystemError) {
        count = try fill(&numbers) { (claim) throws(SystemError) in
          try perform(GetGroups { $0.buffer = claim })
        }
      } catch {
        // One's own can always be read.
        return []
      }
      var groups: [UInt32] = []
      for index in 0..<min(Int(count), SetGroups.limit) { groups.append(numbers[index]) }
      return groups
    }
  }

  /// Says which groups this process is in beside its own.
  /// - Throws: `notPermitted` without the handle of `/scheme/sys/authority`, `invalidArgument` for more
  ///   than 32.
  @export(interface)
  public static func setGroups(
    _ groups: [UInt32], authority: Handle
  ) throws(SystemError) { try setGroups(of: .none, groups, authority) }

  static func setGroups(
    of process: Handle, _ groups: [UInt32], _ authority: Handle
  ) throws(SystemError) {
    guard groups.count <= SetGroups.limit else { throw .invalidArgument }
    var numbers = InlineArray<32, UInt32>(repeating: 0)
    for index in groups.indices { numbers[index] = groups[index] }
    _ = try show(numbers) { (claim) throws(SystemError) in
      try perform(
        SetGroups {
          $0.process = process
          $0.groups = UserSpan(address: claim.address, count: UInt(groups.count) * 4)
          $0.authority = authority
        })
    }
  }
}
