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
    do throws(SystemError) { process = try FaultedProcess(record.process) } catch { return }
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
      report.put(to: &text) { _ in nil }
    }
    Handle.standardError.writeIgnoringErrors(text)
    faults.append((record.process, Self.signal(for: record.kind)))
    // Only the last few can matter: their ends are on the way.
    if faults.count > 64 { faults.removeFirst() }
    process.end()
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

/// A process that has faulted and waits for what is done about it.
private struct FaultedProcess: ~Copyable {
  private let owned: OwnedHandle
  private let number: UInt32

  init(_ number: UInt32) throws(SystemError) {
    self.number = number
    let file = try File(
      Text {
        $0.put("/scheme/proc/")
        $0.put(decimal: UInt64(number))
        $0.put("/handle")
      }, .readWrite | .runtimeHandle)
    owned = OwnedHandle(file.release())
  }

  /// Return addresses, innermost first, along the chain of frame pointers; `frame` zero means that the
  /// record did not say, and the registers are asked.
  func callers(from frame: UInt64, limit: Int) -> [UInt64] {
    var frame = frame != 0 ? frame : framePointer()
    var callers: [UInt64] = []
    while callers.count < limit, frame != 0, frame & 7 == 0 {
      guard let (next, caller) = words(at: frame) else { break }
      if caller != 0 { callers.append(caller) }
      // A stack grows down, so a caller's frame lies higher: anything else is no chain.
      guard next > frame else { break }
      frame = next
    }
    return callers
  }

  private func framePointer() -> UInt64 {
    var registers = RecordBytes(128)
    do throws(SystemError) {
      let file = try File(
        Text {
          $0.put("/scheme/proc/")
          $0.put(decimal: UInt64(number))
          $0.put("/regs/int")
        }, .read | .runtimeHandle)
      guard registers.read(from: file.handle) else { return 0 }
    } catch { return 0 }
    return registers.word64(Self.framePointerIndex * 8)
  }

  /// Where the frame pointer stands among the registers (`docs/abi.md`).
  private static var framePointerIndex: Int { 6 }

  /// The two words of a stack frame: the caller's frame, and where it goes on.
  private func words(at address: UInt64) -> (UInt64, UInt64)? {
    var bytes = [UInt8](repeating: 0, count: 16)
    var span = bytes.mutableSpan
    do throws(SystemError) {
      let count = try span.withClaim { (claim) throws(SystemError) in
        try perform(
          AccessMemory {
            $0.process = owned.handle
            $0.address = UInt(address)
            $0.buffer = claim
            $0.operation = .read
          })
      }
      guard count == 16 else { return nil }
    } catch { return nil }
    do throws(WireError) {
      return (
        try bytes.span.little(at: 0, as: UInt64.self), try bytes.span.little(at: 8, as: UInt64.self)
      )
    } catch { return nil }
  }

  func end() {
    performIgnoringErrors(
      Signal {
        $0.process = owned.handle
        $0.signal = 9
      })
  }
}
