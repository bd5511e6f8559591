// SPDX-License-Identifier: MIT
import ABI

/// A scheme apart from who serves it: what a supervisor holds, and hands to one server after
/// another.
public struct ManagedScheme: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a management handle.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// Makes a scheme without a server.
  ///
  /// - Parameter isPersistent: whether requests wait for a successor when its server dies;
  ///   otherwise they fail.
  @export(interface)
  public init(isPersistent: Bool) throws(SystemError) {
    owned = OwnedHandle(
      try perform(CreateScheme { $0.flags = isPersistent ? .persistent : SchemeFlags() }))
  }

  public var handle: Handle { owned.handle }

  /// A root to bind to a name; opens below it come to the server with its word.
  @export(interface)
  public func makeRoot(word: UInt64 = 0) throws(SystemError) -> OwnedHandle {
    OwnedHandle(
      try perform(
        CreateRoot {
          $0.scheme = handle
          $0.word = word
        }))
  }

  /// Answers every waiting and later request with `error`, until a server attaches again.
  @export(interface)
  public func giveUp(_ error: SystemError) throws(SystemError) {
    _ = try perform(
      GiveUpScheme {
        $0.scheme = handle
        $0.error = UInt32(error.rawValue)
      })
  }
}
