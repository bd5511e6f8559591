// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects

// What a program did wrong: told to the program itself if it handles the matching signal, else to
// whoever holds the other end of its exception handle, else the end of it.

/// Numbers of `ExceptionRecord.kind` beside those of `ProcessorException`.
enum ExceptionKind {
  static let pageFault: UInt32 = 14
  static let unknownCall: UInt32 = 64
  static let memoryLimit: UInt32 = 65
  static let pageNotSupplied: UInt32 = 66

  /// The signal that stands for it.
  static func signal(_ kind: UInt32) -> UInt32 {
    switch kind {
    case pageFault: return SignalNumber.segmentationFault
    case unknownCall: return SignalNumber.badSystemCall
    case memoryLimit, pageNotSupplied: return SignalNumber.busError
    default: break
    }
    guard let raw = UInt8(exactly: kind), let exception = ProcessorException(rawValue: raw) else {
      return SignalNumber.segmentationFault
    }
    switch exception {
    case .divideError, .floatingPoint: return SignalNumber.floatingPoint
    case .debugStep, .breakpoint: return SignalNumber.trap
    case .illegalInstruction: return SignalNumber.illegalInstruction
    case .alignment: return SignalNumber.busError
    case .overflow, .generalProtection, .other: return SignalNumber.segmentationFault
    }
  }
}

/// The current thread cannot go on by itself.
func reportException(_ thread: Ref<Thread>, kind: UInt32, code: UInt32, address: UInt64) {
  guard let process = thread.value.process, !mustEnd(thread, process) else { return }
  trace(.exception, thread, UInt64(kind), address)
  let signal = ExceptionKind.signal(kind)
  // Steps and breakpoints are the debugger's, if there is one.
  let isStep = kind == UInt32(ProcessorException.debugStep.rawValue)
  if isStep { thread.value.registers.isStepping = false }
  let isDebuggers =
    process.value.exceptionDescription != nil
    && (isStep || kind == UInt32(ProcessorException.breakpoint.rawValue))
  if kind != ExceptionKind.unknownCall, !isDebuggers,
    deliverFault(to: thread, process, signal, address: address)
  {
    return
  }
  var record = ExceptionRecord()
  record.process = process.value.number
  record.thread = thread.value.number
  record.kind = kind
  record.code = code
  record.address = address
  record.instruction = UInt64(thread.value.registers.instructionPointer)
  record.stack = UInt64(thread.value.registers.stackPointer)
  if sendException(record, process) {
    thread.value.exceptionSignal = UInt8(truncatingIfNeeded: signal)
    park(thread, .exception)
  } else if kind != ExceptionKind.unknownCall {
    // An unknown call has its error.
    beginEnd(process, state: 1, value: signal)
  }
}

/// Writes the record to the process's exception handle.
/// - Returns: false if there is nobody to read it.
private func sendException(_ record: ExceptionRecord, _ process: Ref<Process>) -> Bool {
  guard let description = process.value.exceptionDescription,
    case .pipe(let pipe, true) = description.value.kind
  else { return false }
  let scratch = kernel.processors[Machine.currentProcessor].scratch
  PageOf<ExceptionRecord>(scratch)[0] = record
  return writePipeFromKernel(
    pipe, scratch.kernelAddress, UInt(MemoryLayout<ExceptionRecord>.size))
}

/// Lets a thread that reported an exception go on, or ends its process.
func answerException(_ thread: Ref<Thread>, _ action: ExceptionAction) throws(SystemError) {
  guard thread.value.state == .waiting, case .exception = thread.value.wait,
    let process = thread.value.process
  else { throw .noProcess }
  switch action {
  case .retry: makeReady(thread)
  case .endProcess: beginEnd(process, state: 1, value: UInt32(thread.value.exceptionSignal))
  }
}
