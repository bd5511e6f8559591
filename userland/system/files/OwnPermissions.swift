// SPDX-License-Identifier: MIT
public import ABI
import Core

extension FileStatus {
  /// Whether the permissions let this process do what `bits` ask: 4 read, 2 write, 1 execute or search.
  @export(interface)
  public func allowsThisProcess(_ bits: UInt32) -> Bool {
    let groups = Process.groups
    return allows(
      bits, user: UInt32(truncatingIfNeeded: Process.property(.effectiveUser)),
      group: UInt32(truncatingIfNeeded: Process.property(.effectiveGroup)), groups: groups.span)
  }
}
