// SPDX-License-Identifier: MIT
import ABI
import Testing

@Test func thePermissionsOfTheNearestRelationCount() {
  var file = FileStatus()
  (file.mode, file.user, file.group) = (FileMode.regular | 0o247, 10, 20)
  func allows(_ bits: UInt32, _ user: UInt32, _ group: UInt32, _ groups: [UInt32] = []) -> Bool {
    file.allows(bits, user: user, group: group, groups: groups.span)
  }
  #expect(!allows(4, 10, 20) && allows(2, 10, 20) && !allows(1, 10, 20))
  #expect(allows(4, 11, 20) && !allows(2, 11, 20) && !allows(5, 11, 20))
  #expect(allows(7, 11, 21) && !allows(2, 11, 21, [7, 20]) && allows(4, 11, 21, [7, 20]))
  #expect(allows(4, 0, 0) && allows(3, 0, 0))
  file.mode = FileMode.regular | 0o666
  #expect(!allows(1, 0, 0))
  file.mode = FileMode.directory
  #expect(allows(1, 0, 0))
}
