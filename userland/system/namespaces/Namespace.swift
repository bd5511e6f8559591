// SPDX-License-Identifier: MIT
import ABI
import Base

/// The scheme names that a process can reach. A sandbox is a namespace with fewer names.
public struct Namespace: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a namespace handle.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// A new namespace without names, to be changed by its maker.
  @export(interface)
  public static func empty() throws(SystemError) -> Namespace {
    Namespace(OwnedHandle(try perform(CreateNamespace())))
  }

  /// A new namespace with the names of this one.
  @export(interface)
  public func copy() throws(SystemError) -> Namespace {
    Namespace(OwnedHandle(try perform(CreateNamespace { $0.source = handle })))
  }

  /// The namespace of this process. Only init may change it, since others share it.
  @export(interface)
  public static func current() throws(SystemError) -> Namespace {
    let word = try perform(GetProcess { $0.property = .namespace })
    return Namespace(OwnedHandle(Handle(rawValue: UInt32(truncatingIfNeeded: word))))
  }

  public var handle: Handle { owned.handle }
  public consuming func release() -> Handle { owned.release() }

  /// Makes `name` (1 to 63 bytes without `/` and `:`) mean what `root` opens.
  /// - Throws: `accessDenied` without the right to change the namespace, `invalidArgument`.
  @export(interface)
  public func bind(_ name: Text, to root: Handle) throws(SystemError) {
    try Self.bind(name, to: root, in: handle)
  }

  /// Takes `name` out.
  /// - Throws: `notFound`.
  @export(interface)
  public func remove(_ name: Text) throws(SystemError) {
    try Self.bind(name, to: .none, in: handle)
  }

  static func bind(
    _ name: Text, to root: Handle, in namespace: Handle
  ) throws(SystemError) {
    _ = try name.span.withClaim { (claim) throws(SystemError) in
      try perform(
        BindName {
          $0.namespace = namespace
          $0.name = claim
          $0.root = root
        })
    }
  }
}
