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

@Test func kindsAreTold() {
  #expect(PathFacts(status(FileMode.directory | 0o755)).kind == .directory)
  #expect(PathFacts(status(0o644)).kind == .file)
  let link = PathFacts(status(FileMode.fifo | 0o4755))
  #expect(link.kind == .pipe && link.mode == 0o4755 && link.size == 7)
}
