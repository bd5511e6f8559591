// SPDX-License-Identifier: MIT
import ABI
import Core
public import Memory
import PCI

/// Memory of this program that a function reaches as well.
public struct DeviceArea: ~Copyable, Sendable {
  public let bytes: SharedBytes
  /// The address by which the function knows each page.
  public let pages: [UInt64]

  /// Makes `byteCount` bytes, for as long as the program runs.
  ///
  /// - Parameter isOnePiece: the pages lie side by side for the function, up to 4 MiB.
  /// - Throws: `outOfMemory`, `quotaExceeded`.
  @export(interface)
  public init(
    _ function: borrowing PCIFunction, byteCount: Int, isOnePiece: Bool
  ) throws(SystemError) {
    let object = try MemoryObject(byteCount: byteCount, isOnePiece ? .contiguous : .wired)
    let bytes = try object.map(
      byteCount: byteCount, .read | .write | .shared | .populate
    ).shared()
    let name = try function.share(object.handle)
    let pages = try function.addresses(of: name, count: byteCount / 4096)
    self.bytes = bytes
    self.pages = pages
  }
}
