// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// Space that files ask for and give back. None is kept for them: what is written goes to other blocks than
// what it takes the place of, and takes as many as it is hard to pack. So whoever asks hears whether there
// is enough now, and nothing else; see docs/decisions/0051.
extension MountedVolume {
  /// Does what `flags` say to a range; see `AllocateFile`.
  /// - Returns: what changed in the file's contents.
  /// - Throws: `isDirectory`, `noDevice` for what is no file, `invalidArgument`, `fileTooLarge`, `noSpace`;
  ///   what writing throws. Then nothing has changed.
  @discardableResult
  public func allocate(
    _ node: UInt32, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    user: UInt32, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> FileChange? {
    let file = try self.record(of: node)
    guard file.kind != .directory else { throw .isDirectory }
    guard file.kind == .file else { throw .noDevice }
    guard byteCount > 0, !flags.contains(.punchHole | .zeroRange) else { throw .invalidArgument }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end <= Limits.fileBytes else { throw .fileTooLarge }
    try makeRoom()
    let newMode = newMode(of: file, changedBy: user)
    var record = OperationRecord(
      flags, node: node, offset..<end, newMode: newMode, oldSize: file.byteCount, now: now)
    guard let (range, asked) = record.rangeChange else { throw .invalidArgument }
    var change = asked
    change.needsRoom = !flags.contains(.punchHole)
    do throws(FileSystemError) {
      try files.allocate(node, range, change, now: time(now))
    } catch { throw report(error, node) }
    record.mark = mark
    note(record)
    return record.change
  }
}
