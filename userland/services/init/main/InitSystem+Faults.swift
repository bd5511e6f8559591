// SPDX-License-Identifier: MIT
import Supervision
import System

// Faults that nobody handles: every process that init starts, and all that come from it, report them
// to init, which says what happened and ends the process.
extension InitSystem {
  /// Callers that a backtrace shows.
  private static var frameLimit: Int { 24 }

  func watchFaults() throws(SystemError) {
    let pipe = try PipeEnds()
    try session.watch(pipe.reading, .readable, data: Source.fault.word())
    faultPipe = pipe
  }

  func takeFaults() {
    guard let handle = faultPipe?.reading else { return }
    var bytes = RecordBytes(ExceptionRecord.byteCount)
    while bytes.read(from: handle) { faulted(ExceptionRecord(bytes)) }
  }

  private func faulted(_ record: ExceptionRecord) {
    let process: FaultedProcess
    do throws(SystemError) {
      process = try FaultedProcess(record.process, at: record.instruction, initrd)
    } catch { return }
    var report = FaultReport(
      process: record.process, thread: record.thread, kind: record.kind, code: record.code,
      address: record.address, instruction: record.instruction, stack: record.stack)
    report.callers = process.callers(from: record.frame, limit: Self.frameLimit)
    let name = services.first { $0.number == record.process }?.name
    let text = Text { text in
      if let name {
        text.put(name)
        text.put(": ")
      }
      report.put(to: &text) { address in process.place(of: address) }
    }
    Handle.standardError.writeIgnoringErrors(text)
    faults.append((record.process, Self.signal(for: record.kind)))
    // Only the last few can matter: their ends are on the way.
    if faults.count > 64 { faults.removeFirst() }
    process.end(Self.signal(for: record.kind))
  }

  /// The POSIX signal that stands for a fault.
  private static func signal(for kind: UInt32) -> UInt32 {
    switch kind {
    case 0, 16, 19: 8
    case 1, 3: 5
    case 6: 4
    case 17, 65, 66: 7
    case 64: 31
    default: 11
    }
  }
}
