// SPDX-License-Identifier: MIT
import ABI
import CSystem

// The page with the clock's parameters, which the kernel changes while programs read it: the
// sequence number is odd during a change, and different after it.

/// The time that `ClockPage` and the processor's counter give, or `nil` where there is no such
/// page.
/// - Returns: nanoseconds of the monotonic clock, and what to add for nanoseconds since 1970.
@inline(__always)
func readClockPage() -> (now: UInt64, wallClockOffset: UInt64)? {
  // SAFETY: the address is written once, before `main`; the page is readable as long as we run.
  let address = unsafe startRecord.clockPage
  guard let page = unsafe UnsafePointer<ClockPage>(bitPattern: address) else { return nil }
  while true {
    let before = system_load_acquire(address &+ sequenceOffset)
    if before & 1 == 0 {
      let record = unsafe page.pointee
      let elapsed = system_counter() &- record.counterBase
      if system_load_acquire(address &+ sequenceOffset) == before {
        guard record.isUsable != 0 else { return nil }
        let product = elapsed.multipliedFullWidth(by: record.multiplier)
        let nanoseconds = product.high &<< 32 | product.low &>> 32
        return (record.base &+ nanoseconds, record.wallClockOffset)
      }
    }
    system_pause()
  }
}

/// Where `ClockPage.sequence` lies.
private var sequenceOffset: UInt { 40 }
