// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// The two ends of a new pipe: what is written to one is read from the other, in order.
public struct Pipe: ~Copyable {
  /// `nil` once somebody took it.
  public var reading: OwnedHandle?
  public var writing: OwnedHandle?

  /// - Parameter flags: `closeOnExec`, `nonBlocking`, `runtimeHandle` for both ends.
  /// - Throws: `tooManyHandles`, `quotaExceeded`.
  @export(interface)
  public init(_ flags: OpenFlags = OpenFlags()) throws(SystemError) {
    let first = try open("pipe", .read | flags)
    writing = try open("write", .write | flags, below: first.handle)
    reading = consume first
  }
}
