// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// The master of a new pseudo-terminal: what is written to it is typed, what is read from it is
/// shown. When it closes, programs on the terminal hear SIGHUP and read the end of the file.
public struct PseudoTerminal: ~Copyable, Sendable {
  private let master: File

  /// Makes a terminal that can be opened at once.
  /// - Throws: `notFound` without the scheme `pty`, `quotaExceeded`.
  @export(interface)
  public init(_ flags: OpenFlags = OpenFlags()) throws(SystemError) {
    let made = try File("/scheme/pty/ptmx", .readWrite | flags)
    let lock = try made.handle.open("ptlock", .write | .runtimeHandle)
    let zero = InlineArray<4, UInt8>(repeating: 0)
    _ = try lock.handle.write(zero.span)
    master = consume made
  }

  public var handle: Handle { master.handle }

  /// Gives the master up without closing it.
  public consuming func release() -> Handle { master.release() }

  /// Settings and size, which the master may change too.
  public var terminal: Terminal { Terminal(handle) }

  /// The path of the terminal's other side.
  @export(interface)
  public func path() throws(SystemError) -> Text {
    let name = try master.handle.open("ptsname", .read | .runtimeHandle)
    return Text(try name.handle.readAll(limit: 256))
  }

  /// Opens the terminal's other side.
  @export(interface)
  public func open(_ flags: OpenFlags = .readWrite) throws(SystemError) -> OwnedHandle {
    OwnedHandle(try File(try path(), flags).release())
  }
}
