// SPDX-License-Identifier: MIT
import ABI
import Core

/// Memory that can be mapped into several processes, passed on, and kept.
public struct MemoryObject: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a handle of a memory object.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// Makes an object of zeroed bytes, brought in when touched; wired ones are there at once.
  ///
  /// - Throws: `outOfMemory`, `quotaExceeded`.
  @export(interface)
  public init(byteCount: Int, _ flags: MemoryFlags = MemoryFlags()) throws(SystemError) {
    owned = OwnedHandle(
      try perform(
        CreateMemory {
          $0.length = UInt64(truncatingIfNeeded: byteCount)
          $0.flags = flags
        }))
  }

  public var handle: Handle { owned.handle }
  public consuming func release() -> Handle { owned.release() }

  /// Length, pages present, mappings, seals.
  @export(interface)
  public func status() throws(SystemError) -> MemoryStatusRecord {
    try handle.memoryStatus(of: 0..<0)
  }

  /// Changes the length; pages past the end are withdrawn from every mapping.
  /// - Throws: `notPermitted` if a seal forbids it.
  @export(interface)
  public func resize(to byteCount: Int) throws(SystemError) {
    _ = try perform(
      ResizeMemory {
        $0.object = handle
        $0.length = UInt64(truncatingIfNeeded: byteCount)
      })
  }

  /// Gives the pages of a range of zeroed memory back to the system: they are zero again, for all who map
  /// them.
  /// - Returns: how many there were.
  /// - Throws: `notPermitted` if a seal forbids it.
  @discardableResult
  @export(interface)
  public func giveBack(_ range: Range<Int>) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try perform(
        WithdrawPages {
          $0.object = handle
          $0.offset = UInt64(truncatingIfNeeded: range.lowerBound)
          $0.length = UInt64(truncatingIfNeeded: range.count)
        }))
  }

  /// Forbids growing, shrinking or writing for ever.
  /// - Throws: `busy` when sealing writes while a writable mapping exists.
  @export(interface)
  public func seal(_ seals: MemorySeals) throws(SystemError) {
    _ = try perform(
      SealMemory {
        $0.object = handle
        $0.seals = seals
      })
  }

  /// A handle to answer a client's `map` with.
  @export(interface)
  public func handleToPass(_ rights: Rights) throws(SystemError) -> Handle {
    try handle.duplicate(rights: rights | .transfer, flags: .runtimeHandle)
  }

  /// Maps the object, seen by all who map it.
  @export(interface)
  public func map(
    byteCount: Int, at offset: UInt64 = 0, _ flags: MapFlags = .read | .write | .shared
  ) throws(SystemError) -> Mapping {
    try Mapping(handle, byteCount: byteCount, at: offset, flags)
  }
}

extension Handle {
  /// What the kernel says of a memory object, counting only mappings that show some of `range`, or
  /// all of them if that is empty.
  @export(interface)
  public func memoryStatus(of range: Range<UInt64>) throws(SystemError) -> MemoryStatusRecord {
    var record = MemoryStatusRecord()
    _ = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        MemoryStatus {
          $0.object = self
          $0.buffer = claim
          $0.offset = range.lowerBound
          $0.length = UInt64(range.count)
        })
    }
    return record
  }
}
