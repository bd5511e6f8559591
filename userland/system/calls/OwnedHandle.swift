// SPDX-License-Identifier: MIT
import ABI

/// A handle that belongs to whoever holds this value, and is closed when the value ends.
///
/// On a path that never returns (before `Daemon.serve`, `exit`, an endless loop) the compiler ends
/// a local value after its last use. A number that is to be used there longer is taken with
/// `release`.
@frozen
public struct OwnedHandle: ~Copyable, Sendable {
  /// The number, for calls; it stays this value's to close.
  public let handle: Handle

  /// Takes over `handle`, which nobody else may close.
  @inline(__always)
  public init(_ handle: Handle) { self.handle = handle }

  @inline(__always)
  deinit { performIgnoringErrors(Close { $0.handle = handle }) }

  /// Gives the handle up without closing it: what it names now belongs to whoever has the number.
  @inline(__always)
  public consuming func release() -> Handle {
    let handle = self.handle
    discard self
    return handle
  }

  /// Another handle for the same thing, with those of `rights` that this one has.
  /// - Throws: `accessDenied` without the transfer right, `tooManyHandles`.
  public func duplicate(
    rights: Rights = .everything, flags: OpenFlags = OpenFlags()
  ) throws(SystemError) -> OwnedHandle {
    OwnedHandle(try handle.duplicate(rights: rights, flags: flags))
  }
}

extension Handle {
  /// Another handle for the same thing, at the lowest free number from `minimum` on.
  /// - Throws: `badHandle`, `accessDenied` without the transfer right, `tooManyHandles`.
  @export(interface)
  public func duplicate(
    rights: Rights = .everything, minimum: UInt32 = 0, flags: OpenFlags = OpenFlags()
  ) throws(SystemError) -> Handle {
    try perform(
      Duplicate {
        $0.handle = self
        $0.rights = rights
        $0.minimum = minimum
        $0.flags = flags
      })
  }

  /// Makes the number `target` another name for the same thing; what it was before is closed first.
  /// - Throws: `badHandle`, `accessDenied` without the transfer right.
  @export(interface)
  public func duplicate(
    to target: Handle, rights: Rights = .everything, flags: OpenFlags = OpenFlags()
  ) throws(SystemError) {
    _ = try perform(
      Duplicate {
        $0.handle = self
        $0.rights = rights
        $0.target = target
        $0.flags = flags
      })
  }

  /// What the handle allows.
  @export(interface)
  public func rights() throws(SystemError) -> Rights {
    let bits = try perform(
      ControlHandle {
        $0.handle = self
        $0.property = .rights
      })
    return Rights(rawValue: UInt32(truncatingIfNeeded: bits))
  }

  /// A number that two handles share exactly if they stand for the same open description.
  @export(interface)
  public func identity() throws(SystemError) -> UInt {
    try perform(
      ControlHandle {
        $0.handle = self
        $0.property = .identity
      })
  }

  /// Whether a program that replaces this one keeps the handle.
  @export(interface)
  public func setCloseOnExec(_ isClosed: Bool) throws(SystemError) {
    _ = try perform(
      ControlHandle {
        $0.handle = self
        $0.property = .setCloseOnExec
        $0.value = isClosed ? 1 : 0
      })
  }

  /// `append` and `nonBlocking` of the open description.
  @export(interface)
  public func openFlags() throws(SystemError) -> OpenFlags {
    let bits = try perform(
      ControlHandle {
        $0.handle = self
        $0.property = .openFlags
      })
    return OpenFlags(rawValue: UInt32(truncatingIfNeeded: bits))
  }

  /// Changes `append` and `nonBlocking` of the open description, for everyone who shares it.
  @export(interface)
  public func setOpenFlags(_ flags: OpenFlags) throws(SystemError) {
    _ = try perform(
      ControlHandle {
        $0.handle = self
        $0.property = .setOpenFlags
        $0.value = flags.word
      })
  }
}
