// SPDX-License-Identifier: MIT

/// Servers decide who may use a file; this says beforehand what they will.
extension FileStatus {
  /// Whether the permissions let a user do what `bits` ask: 4 read, 2 write, 1 execute or search. Root
  /// may do all but execute what nobody may.
  ///
  /// - Parameter groups: those that the user is in beside `group`.
  public func allows(
    _ bits: UInt32, user: UInt32, group: UInt32, groups: Span<UInt32>
  ) -> Bool {
    if user == 0 {
      let isDirectory = mode & FileMode.typeMask == FileMode.directory
      return bits & 1 == 0 || isDirectory || mode & 0o111 != 0
    }
    if user == self.user { return mode >> 6 & bits == bits }
    var isMember = group == self.group
    for index in groups.indices where groups[index] == self.group { isMember = true }
    return (isMember ? mode >> 3 : mode) & bits == bits
  }
}
