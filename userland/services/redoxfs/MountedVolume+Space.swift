// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// Space that files give back. None is promised to them: what is written goes to other blocks than what
// it takes the place of, and takes as many as it is hard to pack, so a file cannot have in advance what its
// next writes need, and a snapshot would take it away again.
extension MountedVolume {
  /// Does what `flags` say to a range; see `AllocateFile`.
  /// - Throws: `isDirectory`, `noDevice` for what is no file, `invalidArgument`, `fileTooLarge`;
  ///   `notSupported` for all but holes; what writing throws.
  public func allocate(
    _ node: UInt32, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    user: UInt32, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    let file = try self.record(of: node)
    guard file.kind != .directory else { throw .isDirectory }
    guard file.kind == .file else { throw .noDevice }
    guard byteCount > 0, !flags.contains(.punchHole | .zeroRange) else { throw .invalidArgument }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end <= Limits.fileBytes else { throw .fileTooLarge }
    guard flags.contains(.punchHole) else { throw .notSupported }
    try makeRoom()
    var record = OperationRecord(.punch)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = offset
    record.numbers[2] = now
    record.numbers[4] = file.byteCount
    record.numbers[5] = end
    do throws(FileSystemError) {
      if user != 0, file.mode & 0o6000 != 0 {
        record.numbers[3] = UInt64(file.mode & ~0o6000)
        try setMode(file.mode & ~0o6000, of: node)
      }
      try files.punch(node, offset..<end, now: time(now))
    } catch { throw report(error, node) }
    record.mark = mark
    note(record)
  }
}
