// SPDX-License-Identifier: MIT
import Core
import Machine

/// Where the kernel's own messages go: the console, and the log unless the kernel panics.
struct ReportSink: ByteSink {
  var isKept = true

  mutating func put(_ byte: UInt8) {
    Machine.writeSerial(port: 0, byte)
    if isKept { kernel.log.append(byte) }
  }
}

/// Says something to whoever runs the machine: one line, which `body` writes without its end.
///
/// For what an operator has to know and no caller can be told. A line costs some 20 instructions a
/// byte, so nothing a program can cause at will is reported each time.
@inline(never)
func report(_ body: (inout ReportSink) -> Void) {
  var sink = ReportSink()
  sink.put("kernel: ")
  body(&sink)
  sink.put("\n")
}

/// `report` for a message without figures.
@inline(never)
func report(_ message: StaticString) {
  report { $0.put(message) }
}
