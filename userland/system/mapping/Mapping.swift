// SPDX-License-Identifier: MIT
import ABI
import Core

/// A range of this program's addresses with something mapped there, unmapped when the value ends.
@frozen
public struct Mapping: ~Copyable, Sendable {
  /// The first address, a multiple of 4,096.
  public let address: UInt
  /// In bytes, whole pages.
  public let byteCount: Int

  /// Maps `byteCount` bytes, rounded up to whole pages, of a memory object or a file from `offset`
  /// on; private zeroed memory without one.
  ///
  /// - Throws: `accessDenied`, `outOfMemory`, `noDevice` if the file cannot be mapped, and others
  ///   that `ABI.Map` lists.
  @export(interface)
  public init(
    _ object: Handle = .none, byteCount: Int, at offset: UInt64 = 0,
    _ flags: MapFlags = .read | .write
  ) throws(SystemError) {
    guard byteCount > 0, byteCount <= Int.max &- 4095 else { throw .invalidArgument }
    let whole = (byteCount &+ 4095) & ~4095
    address = try perform(
      Map {
        $0.object = object
        $0.length = UInt(whole)
        $0.offset = offset
        $0.flags = flags
      })
    self.byteCount = whole
  }

  /// Takes over a range that was mapped by other means and is nobody else's to unmap.
  init(address: UInt, byteCount: Int) {
    self.address = address
    self.byteCount = byteCount
  }

  deinit {
    performIgnoringErrors(
      Unmap {
        $0.address = address
        $0.length = UInt(byteCount)
      })
  }

  /// Keeps the mapping for as long as the program runs.
  public consuming func release() -> (address: UInt, byteCount: Int) {
    let range = (address, byteCount)
    discard self
    return range
  }

  /// Changes what the program may do there.
  /// - Throws: `accessDenied` beyond what the object's handle allowed.
  @export(interface)
  public func protect(_ flags: MapFlags) throws(SystemError) {
    _ = try perform(
      Protect {
        $0.address = address
        $0.length = UInt(byteCount)
        $0.flags = flags
      })
  }
}
