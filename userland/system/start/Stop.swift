// SPDX-License-Identifier: MIT
import ABI
import Core

/// Ends the program because it is broken: says why on standard error, then traps, so that the
/// process ends by a signal and whoever watches it can show where.
@inline(never)
@export(interface)
public func stop(_ reason: StaticString) -> Never {
  do throws(SystemError) {
    try Handle.standardError.writeAll(reason)
    try Handle.standardError.writeAll("\n")
  } catch {
    // Standard error is closed: the trap still says where.
    fatalError()
  }
  fatalError()
}
