// SPDX-License-Identifier: MIT
import FileLocking
import RedoxFS
import System
import VolumeService

// Locks on files, which last as long as who has them open does, and their space.
extension VolumeServer {
  mutating func lock(
    _ file: UInt64, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord? {
    _ = try volume.access(of: try node(file))
    return try locks.lock(file, operation, start: start, length: length, for: &request)
  }

  mutating func cancel(_ tag: RequestTag, on file: UInt64, for request: inout Request) {
    // Nothing else is ever answered late.
    _ = locks.cancel(tag)
  }

  mutating func allocate(
    _ file: UInt64, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    for request: inout Request
  ) throws(SystemError) {
    let node = try node(file)
    lent.release()
    volume.beginChange(mark(request))
    defer { volume.endChange() }
    let change = try volume.allocate(
      node, from: offset, byteCount: byteCount, flags, user: request.caller.user,
      now: Clock.wallClock(), mark(request))
    if let change { try mapped.show(change) }
    planCommit()
  }
}
