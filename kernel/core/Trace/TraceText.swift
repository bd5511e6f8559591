// SPDX-License-Identifier: MIT
import Architecture
import Core
import Machine

extension TraceRecord {
  /// Nanoseconds since boot, or the bare counter on a machine that does not say how it counts.
  private var nanoseconds: UInt64 {
    let clock = Machine.clockParameters
    guard clock.multiplier != 0 else { return time }
    let product = (time &- clock.counterBase).multipliedFullWidth(by: clock.multiplier)
    return clock.base &+ (product.high << 32 | product.low >> 32)
  }

  /// One line for people: time, processor, thread, event, both words.
  func write(to sink: inout some ByteSink) {
    sink.put(decimal: nanoseconds, width: 14)
    sink.put(" cpu ")
    sink.put(decimal: UInt64(processor))
    sink.put(" thread ")
    sink.put(decimal: UInt64(thread))
    sink.put(" ")
    if event & TraceEvent.userBase != 0 {
      sink.put("user-")
      sink.put(decimal: UInt64(event & ~TraceEvent.userBase))
    } else if let known = TraceEvent(rawValue: event) {
      sink.put(known.name)
    } else {
      sink.put(decimal: UInt64(event))
    }
    sink.put(" ")
    sink.put(hexadecimal: first)
    sink.put(" ")
    sink.put(hexadecimal: second)
    sink.put("\n")
  }
}
