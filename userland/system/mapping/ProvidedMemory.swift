// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// A memory object whose pages this program supplies when somebody touches them: how a file system
/// lets its files be mapped.
public struct ProvidedMemory: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a handle of such an object.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// Makes an object of `byteCount` bytes without any page.
  ///
  /// - Parameters:
  ///   - server: `SchemeSession.handle` of the session that hears of wanted pages.
  ///   - word: names the object in these requests.
  @export(interface)
  public init(server: Handle, word: UInt64, byteCount: UInt64) throws(SystemError) {
    owned = OwnedHandle(
      try perform(
        CreateProvidedMemory {
          $0.server = server
          $0.word = word
          $0.length = byteCount
        }))
  }

  public var handle: Handle { owned.handle }

  /// A handle to answer a client's `map` with.
  @export(interface)
  public func handleToPass(_ rights: Rights) throws(SystemError) -> Handle {
    try handle.duplicate(rights: rights | .transfer, flags: .runtimeHandle)
  }

  /// Makes `bytes`, whole pages, the object's content from `offset` on, and lets those go on who
  /// wait for it. Pages that are there stay as they are.
  @export(interface)
  public func supply(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) {
    _ = try bytes.withClaim { (claim) throws(SystemError) in
      try perform(
        SupplyPages {
          $0.object = handle
          $0.offset = offset
          $0.source = claim
        })
    }
  }

  /// Says that pages cannot be had: who waits for them faults.
  @export(interface)
  public func fail(at offset: UInt64, byteCount: UInt64) throws(SystemError) {
    _ = try perform(
      FailPages {
        $0.object = handle
        $0.offset = offset
        $0.length = byteCount
      })
  }

  /// Takes pages back from everyone; later touches ask again.
  /// - Returns: how many there were.
  @export(interface)
  public func withdraw(at offset: UInt64, byteCount: UInt64) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try perform(
        WithdrawPages {
          $0.object = handle
          $0.offset = offset
          $0.length = byteCount
        }))
  }

  /// Takes pages back and copies what they hold to `output` first.
  /// - Returns: how many there were.
  @export(interface)
  public func withdraw(
    at offset: UInt64, into output: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try output.withClaim { (claim) throws(SystemError) in
        try perform(
          WithdrawPages {
            $0.object = handle
            $0.offset = offset
            $0.length = UInt64(claim.count)
            $0.output = claim.address
          })
      })
  }

  /// The offsets of pages that were written since they were last asked for, up to 64 at a time.
  @export(interface)
  public func dirtyPages(at offset: UInt64, byteCount: UInt64) throws(SystemError) -> [UInt64] {
    var offsets = InlineArray<64, UInt64>(repeating: 0)
    let count = try fill(&offsets) { (claim) throws(SystemError) in
      try perform(
        FindDirtyPages {
          $0.object = handle
          $0.offset = offset
          $0.length = byteCount
          $0.buffer = claim
        })
    }
    var found: [UInt64] = []
    for index in 0..<min(Int(count), 64) { found.append(offsets[index]) }
    return found
  }

  /// The same, written to memory that outlives this program by the call that forgets them.
  /// - Returns: how many there are.
  @export(interface)
  public func dirtyPages(
    at offset: UInt64, byteCount: UInt64, into memory: SharedBytes
  ) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try perform(
        FindDirtyPages {
          $0.object = handle
          $0.offset = offset
          $0.length = byteCount
          $0.buffer = UserSpan(address: memory.address, count: UInt(memory.count))
        }))
  }

  /// Changes the length; pages past the end are withdrawn.
  @export(interface)
  public func resize(to byteCount: UInt64) throws(SystemError) {
    _ = try perform(
      ResizeMemory {
        $0.object = handle
        $0.length = byteCount
      })
  }
}
