// SPDX-License-Identifier: MIT
import ABI

/// Adds a record to the kernel's trace ring, which `/scheme/sys/trace` shows.
@inline(__always)
public func trace(_ event: UInt32, _ first: UInt = 0, _ second: UInt = 0) {
  performIgnoringErrors(
    WriteTrace {
      $0.event = event
      $0.first = first
      $0.second = second
    })
}
