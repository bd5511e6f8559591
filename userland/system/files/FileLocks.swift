// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// How a range of a file is locked.
public enum LockKind: Sendable {
  /// Together with others who lock it so.
  case shared
  /// Alone.
  case exclusive
}

// Locks that programs agree to heed; `ABI.LockFile` says what they are. `length` zero is everything from
// `start` on, so that the whole file is meant if nothing is said.
extension Handle {
  /// Locks a range for this handle's open description, and waits until it is to be had.
  /// - Throws: `interrupted` by a signal, `noLocks`, `invalidArgument`, `notSupported` by schemes without
  ///   locks.
  @export(interface)
  public func lock(
    _ kind: LockKind, start: UInt64 = 0, length: UInt64 = 0
  ) throws(SystemError) {
    _ = try perform(call(kind == .shared ? .shared : .exclusive, start, length))
  }

  /// Locks a range if it is to be had now.
  /// - Returns: false if somebody else's lock is in the way.
  @export(interface)
  public func tryLock(
    _ kind: LockKind, start: UInt64 = 0, length: UInt64 = 0
  ) throws(SystemError) -> Bool {
    do throws(SystemError) {
      _ = try perform(call(kind == .shared ? .tryShared : .tryExclusive, start, length))
      return true
    } catch {
      guard error == .wouldBlock else { throw error }
      return false
    }
  }

  /// Gives up what the description has locked of a range.
  @export(interface)
  public func unlock(start: UInt64 = 0, length: UInt64 = 0) throws(SystemError) {
    _ = try perform(call(.unlock, start, length))
  }

  /// The lock of somebody else that is in the way of one of `kind`, if there is any.
  @export(interface)
  public func lockInTheWay(
    of kind: LockKind, start: UInt64 = 0, length: UInt64 = 0
  ) throws(SystemError) -> FileLockRecord? {
    var record = FileLockRecord()
    var call = call(kind == .shared ? .findShared : .findExclusive, start, length)
    let count = try fill(&record) { (claim) throws(SystemError) in
      call.record = claim
      return try perform(call)
    }
    return count == 0 ? nil : record
  }

  private func call(_ operation: LockOperation, _ start: UInt64, _ length: UInt64) -> LockFile {
    LockFile {
      $0.handle = self
      $0.operation = operation
      $0.start = start
      $0.length = length
    }
  }

  /// Sees to space for `byteCount` bytes from `offset` on, or, by the flags, gives it back.
  /// - Throws: `noSpace`, with nothing changed, `fileTooLarge`, `invalidArgument`, `notSupported`.
  @export(interface)
  public func allocate(
    from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags = AllocationFlags()
  ) throws(SystemError) {
    _ = try perform(
      AllocateFile {
        $0.handle = self
        $0.offset = offset
        $0.length = byteCount
        $0.flags = flags
      })
  }
}
