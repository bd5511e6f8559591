// SPDX-License-Identifier: MIT
import ABI
import Base
import IonShell
import ShellEvaluator
import Testing

private func status(_ mode: UInt32) -> FileStatus {
  var status = FileStatus()
  status.mode = mode
  status.user = 10
  status.group = 20
  status.size = 7
  return status
}

@Test func thePermissionBitsOfTheNearestRelationCount() {
  let owner = Accessor(user: 10, group: 20)
  let member = Accessor(user: 11, group: 20)
  let stranger = Accessor(user: 11, group: 21)
  let file = status(FileMode.regular | 0o247)
  #expect(!owner.may(.read, file) && owner.may(.write, file) && !owner.may(.execute, file))
  #expect(member.may(.read, file) && !member.may(.write, file))
  #expect(stranger.may(.read, file) && stranger.may(.execute, file))
}

@Test func rootExecutesOnlyWhatSomebodyMay() {
  let root = Accessor(user: 0, group: 0)
  #expect(root.may(.read, status(FileMode.regular)))
  #expect(!root.may(.execute, status(FileMode.regular | 0o666)))
  #expect(root.may(.execute, status(FileMode.regular | 0o010)))
  #expect(root.may(.execute, status(FileMode.directory)))
}

@Test func kindsAreTold() {
  #expect(PathFacts(status(FileMode.directory | 0o755)).kind == .directory)
  #expect(PathFacts(status(0o644)).kind == .file)
  let link = PathFacts(status(FileMode.fifo | 0o4755))
  #expect(link.kind == .pipe && link.mode == 0o4755 && link.size == 7)
}
