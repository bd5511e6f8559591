// SPDX-License-Identifier: MIT
import FileLocking
import System
import TemporaryFiles

// Locks on files, which last as long as who has them open does, and their space.
extension TemporaryFileServer {
  mutating func lock(
    _ file: UInt64, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord? {
    _ = try volume.inode(for: file)
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
    let inode = try volume.inode(for: file)
    let (user, mark) = (request.caller.user, mark(request))
    try makingRoom { (volume) throws(SystemError) in
      try volume.allocate(
        inode, from: offset, byteCount: byteCount, flags, now: Clock.wallClock(), user: user, mark)
    }
    giveBackPages()
  }
}
