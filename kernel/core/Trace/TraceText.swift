// SPDX-License-Identifier: MIT
import Core

extension TraceRecord {
  /// One line for people: time, processor, thread, event, both words.
  func write(to sink: inout some ByteSink) {
    sink.put(decimal: time, width: 14)
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
