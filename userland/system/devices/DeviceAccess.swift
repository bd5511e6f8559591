// SPDX-License-Identifier: MIT
import ABI
import Core

// What drivers reach devices through, each by a handle that somebody with authority gave them.

extension MemoryObject {
  /// Device memory at a physical address.
  ///
  /// - Parameters:
  ///   - authority: a handle of `/scheme/memory/physical` with the right to manage.
  ///   - kind: how the processor treats it: 0 as ordinary memory, 1 with its writes gathered, 2
  ///     without its caches.
  /// - Throws: `accessDenied`, `invalidArgument` if the range holds ordinary memory.
  @export(interface)
  public init(
    device address: UInt64, byteCount: UInt64, kind: UInt32 = 2, authority: Handle
  ) throws(SystemError) {
    self.init(
      OwnedHandle(
        try perform(
          CreateDeviceMemory {
            $0.authority = authority
            $0.address = address
            $0.length = byteCount
            $0.kind = kind
          })))
  }
}

extension Handle {
  /// The addresses by which devices know the pages of this memory object, which must be wired, up to
  /// 64 of them.
  ///
  /// - Parameter authority: a handle of `/scheme/memory/translation`, or of `/scheme/memory/physical`
  ///   with the right to manage.
  @export(interface)
  public func deviceAddresses(
    authority: Handle, from offset: UInt64 = 0
  ) throws(SystemError) -> [UInt64] {
    var addresses = InlineArray<64, UInt64>(repeating: 0)
    let count = try fill(&addresses) { (claim) throws(SystemError) in
      try perform(
        MapForDevice {
          $0.authority = authority
          $0.object = self
          $0.offset = offset
          $0.buffer = claim
        })
    }
    var found: [UInt64] = []
    for index in 0..<min(Int(count), 64) { found.append(addresses[index]) }
    return found
  }
}

/// Device ports of machines that have them.
public struct PortRange: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a handle of `/scheme/irq/ports`, or of a range of it.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// Reads a port of 1, 2 or 4 bytes.
  /// - Throws: `accessDenied` outside the range.
  @export(interface)
  public func read(_ port: UInt16, width: UInt32 = 1) throws(SystemError) -> UInt32 {
    try access(port, width, 0, .read)
  }

  /// Writes a port of 1, 2 or 4 bytes.
  /// - Throws: `accessDenied` outside the range.
  @export(interface)
  public func write(_ port: UInt16, _ value: UInt32, width: UInt32 = 1) throws(SystemError) {
    _ = try access(port, width, value, .write)
  }

  private func access(
    _ port: UInt16, _ width: UInt32, _ value: UInt32, _ direction: TransferDirection
  ) throws(SystemError) -> UInt32 {
    try perform(
      AccessPort {
        $0.authority = owned.handle
        $0.port = UInt32(port)
        $0.width = width
        $0.value = value
        $0.direction = direction
      })
  }
}
