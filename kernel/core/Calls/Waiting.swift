// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

func handle(_ call: Yield, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  // A program calls this after it has allowed signals, too: what was held back comes now.
  recheckSignals(of: thread)
  yield(thread)
  return .done
}

func handle(_ call: Sleep, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  if call.deadline.nanoseconds <= Machine.now() { return .done }
  try checkSignals(thread)
  park(thread, .sleep, until: call.deadline)
  return .parked
}

func handle(_ call: ReadClock, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  .done(readClock(call.clock, thread).word)
}

func handle(_ call: SetThreadPointer, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.value < Machine.userLimit else { throw .badAddress }
  thread.value.threadPointer = call.value
  Machine.setThreadPointer(call.value)
  return .done
}

func handle(_ call: FutexWait, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let key = try futexKey(call.address, call.flags, thread)
  let value = try readWord32(at: call.address, thread)
  guard value == call.expected else { throw .wouldBlock }
  try checkSignals(thread)
  if call.deadline != .never { try checkDeadline(call.deadline) }
  thread.value.futexKey = key
  kernel.futexes.insert(thread)
  park(thread, .futex, until: call.deadline)
  return .parked
}

func handle(_ call: FutexWake, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  if kernel.futexes.waiters == 0, call.flags.isEmpty || call.flags == .processPrivate {
    return .done(thread.takeFutexProgress())
  }
  let key = try futexKey(call.address, call.flags, thread)
  let wanted = UInt32(truncatingIfNeeded: min(call.count, UInt(UInt32.max)))
  let done = thread.value.futexProgress
  let left = wanted > done ? wanted &- done : 0
  let woken = wakeWaiters(of: key, min(left, futexLimit))
  thread.value.futexProgress = done &+ woken
  if woken == futexLimit, left > futexLimit { throw .restart }
  return .done(thread.takeFutexProgress())
}

func handle(_ call: FutexRequeue, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let source = try futexKey(call.address, call.flags, thread)
  let target = try futexKey(call.target, call.flags, thread)
  let done = thread.value.futexProgress
  if done == 0 {
    let value = try readWord32(at: call.address, thread)
    guard value == call.expected else { throw .wouldBlock }
  }
  // First those to wake, then those to move; `done` counts both.
  if done < call.wake {
    let left = call.wake &- done
    let woken = wakeWaiters(of: source, min(left, futexLimit))
    thread.value.futexProgress = done &+ woken
    if woken == futexLimit { throw .restart }
    if woken < left { return .done(thread.takeFutexProgress()) }
  }
  if source == target { return .done(thread.takeFutexProgress()) }
  let movedBefore = thread.value.futexProgress &- min(call.wake, thread.value.futexProgress)
  let left = call.move > movedBefore ? call.move &- movedBefore : 0
  let moved = moveWaiters(of: source, to: target, min(left, futexLimit))
  thread.value.futexProgress &+= moved
  if moved == futexLimit, left > futexLimit { throw .restart }
  return .done(thread.takeFutexProgress())
}

extension Ref where T == Thread {
  /// What a futex call comes to when it is done.
  fileprivate func takeFutexProgress() -> UInt {
    let progress = value.futexProgress
    value.futexProgress = 0
    return UInt(progress)
  }
}

/// The word's identity. It need not be in memory.
private func futexKey(
  _ address: UInt, _ flags: FutexFlags, _ thread: Ref<Thread>
) throws(SystemError) -> FutexKey {
  if flags.contains(.inheritPriority) { throw .notSupported }
  guard address & 3 == 0 else { throw .invalidArgument }
  guard address < Machine.userLimit else { throw .badAddress }
  guard let space = thread.value.process?.value.space else { throw .noProcess }
  if flags.contains(.processPrivate) { return FutexKey(space: space, address: address) }
  return sharedFutexKey(space, address)
}
