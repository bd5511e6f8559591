// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Byte offsets in `SignalControl`.
enum SignalRecord {
  static let pending: UInt = 0
  static let allowed: UInt = 8
  static let state: UInt = 16
  static let savedInstruction: UInt = 24
  static let savedStack: UInt = 32
  static let signal: UInt = 40
  static let value: UInt = 48
  static let sender: UInt = 56
  static let byteCount: UInt = 64
}

/// Lets the current thread take a signal on its way to user mode: where it was goes into its record,
/// and it resumes at the trampoline. One at a time: the trampoline calls `Yield` when it is done.
///
/// The record's page may have to be brought in or copied first. If that takes waiting, the thread is
/// parked, and comes here again.
func deliverSignal(to thread: Ref<Thread>, _ process: Ref<Process>) {
  thread.value.attention.remove(.signal)
  thread.value.attention.remove(.heldSignal)
  let pending = thread.value.signals.pending | process.value.signals.pending
  guard pending != 0, thread.value.signals.record != 0, process.value.signals.trampoline != 0
  else { return }
  do throws(SystemError) {
    let deliverable = try deliverableSignals(pending, thread)
    if deliverable != 0 {
      let number = UInt32(truncatingIfNeeded: deliverable.trailingZeroBitCount) &+ 1
      try enterTrampoline(thread, process, takeSignal(number, thread, process))
    }
    if thread.value.signals.pending | process.value.signals.pending != 0 {
      thread.value.attention.insert(.heldSignal)
    }
  } catch {
    if error == .restart, thread.value.state == .waiting {
      thread.value.attention.insert(.signal)
    } else {
      // A program whose record is not ordinary memory any more cannot be told.
      beginEnd(process, state: 1, value: SignalNumber.segmentationFault)
    }
  }
}

/// A fault of the current thread as a signal, if the program has it allowed and is not in its
/// trampoline. If its record takes waiting for, the thread is parked, and will fault again.
/// - Returns: false if the fault is somebody else's to deal with.
func deliverFault(
  to thread: Ref<Thread>, _ process: Ref<Process>, _ number: UInt32, address: UInt64
) -> Bool {
  guard thread.value.signals.record != 0, process.value.signals.trampoline != 0 else {
    return false
  }
  do throws(SystemError) {
    let pending = thread.value.signals.pending | process.value.signals.pending
    guard
      try deliverableSignals(pending | SignalNumber.bit(number), thread)
        & SignalNumber.bit(number) != 0
    else { return false }
    try enterTrampoline(
      thread, process, ArrivedSignal(number, value: UInt(truncatingIfNeeded: address)))
    return true
  } catch {
    return error == .restart && thread.value.state == .waiting
  }
}

/// Which of the pending signals the thread may be given now. Shows them in its record, and by that
/// makes the record's page writable.
private func deliverableSignals(
  _ pending: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> UInt64 {
  let record = thread.value.signals.record
  try storeWord(record &+ SignalRecord.pending, pending, thread)
  let allowed = try loadWord(record &+ SignalRecord.allowed, thread)
  let state = try loadWord(record &+ SignalRecord.state, thread)
  return state & 1 == 0 ? pending & allowed : 0
}

/// The oldest arrival of a pending signal: the thread's own first.
private func takeSignal(
  _ number: UInt32, _ thread: Ref<Thread>, _ process: Ref<Process>
) -> ArrivedSignal {
  guard thread.value.signals.pending & SignalNumber.bit(number) != 0 else {
    return process.value.signals.take(number)
  }
  thread.value.signals.pending &= ~SignalNumber.bit(number)
  let detail = thread.value.signals.detail
  return detail.number == number ? detail : ArrivedSignal(number)
}

/// Writes the record and turns the thread to the trampoline. The page is writable by now.
private func enterTrampoline(
  _ thread: Ref<Thread>, _ process: Ref<Process>, _ signal: ArrivedSignal
) throws(SystemError) {
  let record = thread.value.signals.record
  let pending = thread.value.signals.pending | process.value.signals.pending
  let instruction = thread.value.registers.instructionPointer
  try storeWord(record &+ SignalRecord.state, 1, thread)
  try storeWord(record &+ SignalRecord.pending, pending, thread)
  try storeWord(record &+ SignalRecord.savedInstruction, UInt64(instruction), thread)
  try storeWord(
    record &+ SignalRecord.savedStack, UInt64(thread.value.registers.stackPointer), thread)
  try storeWord(record &+ SignalRecord.signal, UInt64(signal.number), thread)
  try storeWord(record &+ SignalRecord.value, UInt64(signal.value), thread)
  try storeWord(record &+ SignalRecord.sender, UInt64(signal.sender), thread)
  thread.value.registers.instructionPointer = process.value.signals.trampoline
  // A fault at the instruction of a call that went on in steps.
  abandonUnfinished(of: thread)
  thread.value.futexProgress = 0
}

// MARK: Words of the current thread's memory

private func loadWord(_ address: UInt, _ thread: Ref<Thread>) throws(SystemError) -> UInt64 {
  if let value = Machine.loadUser64(address) { return value }
  try bringIn(address, .read, thread)
  guard let value = Machine.loadUser64(address) else { throw .badAddress }
  return value
}

private func storeWord(
  _ address: UInt, _ value: UInt64, _ thread: Ref<Thread>
) throws(SystemError) {
  // More than two rounds only if other threads write there, too.
  for _ in 0..<16 {
    guard let old = Machine.loadUser64(address),
      let found = Machine.compareExchangeUser64(address, expected: old, desired: value)
    else {
      try bringIn(address, .write, thread)
      continue
    }
    if found == old { return }
  }
  throw .badAddress
}

private func bringIn(
  _ address: UInt, _ access: PageAccess, _ thread: Ref<Thread>
) throws(SystemError) {
  guard let space = thread.value.process?.value.space else { throw .badAddress }
  _ = try space.bringIn(address, access, .access(thread))
}
