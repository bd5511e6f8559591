// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Making threads, and giving back what they had.

/// Makes a thread of `process` that does not run yet, charged to the process's account.
func makeThread(in process: Ref<Process>) throws(SystemError) -> Ref<Thread> {
  let account = process.value.account
  try account?.charge(.threads, 1)
  do throws(SystemError) {
    let area = try kernel.frames.take(for: account)
    do throws(SystemError) {
      let request = try Ref<Request>.fresh()
      do throws(SystemError) {
        let thread = try takeObject(&kernel.threads)
        reset(thread, process, area)
        thread.value.spareRequest = request
        process.value.threads.append(thread)
        return thread
      } catch {
        kernel.requests.put(request)
        throw error
      }
    } catch {
      kernel.frames.give(area, for: account)
      throw error
    }
  } catch {
    account?.release(.threads, 1)
    throw error
  }
}

/// Sets every field that the slot's last user may have changed.
private func reset(_ thread: Ref<Thread>, _ process: Ref<Process>, _ area: PhysicalAddress) {
  thread.value.state = .unused
  thread.value.wait = .none
  thread.value.process = process
  thread.value.number = process.value.nextThreadNumber
  process.value.nextThreadNumber &+= 1
  thread.value.references = 0
  thread.value.threadPointer = 0
  thread.value.floatingPoint = area
  Machine.initialiseFloatingPoint(at: area.kernelAddress)
  thread.value.floatingPointProcessor = Thread.noProcessor
  thread.value.queueLink = Link()
  thread.value.processLink = Link()
  thread.value.timerLink = Link()
  thread.value.basePriority = 0
  thread.value.effectivePriority = 0
  thread.value.attention = Attention()
  thread.value.isSuspended = false
  let index = Machine.currentProcessor
  thread.value.processor = UInt8(truncatingIfNeeded: index)
  thread.value.affinity = 0xFF
  thread.value.virtualTime = kernel.processors[index].runQueue.base << RunQueue.slotShift
  thread.value.processorCount = 0
  thread.value.payer = process.value.account
  thread.value.request = nil
  thread.value.spareRequest = nil
  thread.value.direct.reset(thread)
  thread.value.server = nil
  thread.value.walk = OwnWalk()
  thread.value.signals = ThreadSignals()
  thread.value.endWatchers = List()
  thread.value.woken = .none
  thread.value.futexFollowers = ThreadQueue()
  thread.value.futexProgress = 0
  thread.value.work = nil
  thread.value.forkChild = nil
  thread.value.forkHandle = 0
}

/// Starts a thread in `process`: the first one of a process brings it to life.
///
/// - Throws: `badAddress` if entry or stack lie outside user memory, `quotaExceeded`,
///   `outOfMemory`, `noProcess` if the process ends.
func createThread(
  _ process: Ref<Process>, entry: UInt, stack: UInt, argument: UInt, threadPointer: UInt,
  isSuspended: Bool = false
) throws(SystemError) -> Ref<Thread> {
  guard entry < Machine.userLimit, stack <= Machine.userLimit, threadPointer < Machine.userLimit
  else { throw .badAddress }
  guard !process.value.care.contains(.ending), process.value.state != .ended else {
    throw .noProcess
  }
  let thread: Ref<Thread>
  if process.value.state == .embryo, let reserved = process.value.threads.first {
    thread = reserved
    process.value.startStack = stack
    bringToLife(process)
  } else {
    thread = try makeThread(in: process)
  }
  thread.value.registers = Machine.Registers(entry: entry, stack: stack, argument: argument)
  thread.value.threadPointer = threadPointer
  guard isSuspended else {
    makeReady(thread)
    return thread
  }
  thread.value.isSuspended = true
  thread.value.attention.insert(.suspend)
  thread.value.state = .stopped
  return thread
}

/// A handle to a thread closed.
func releaseThread(_ thread: Ref<Thread>) {
  thread.value.references &-= 1
  if thread.value.references == 0, thread.value.state == .ended { kernel.threads.put(thread) }
}

/// Ends a thread that is in no wait queue: the current one of this processor, or one that does not
/// run anywhere. What it had goes back; its slot stays while handles name it.
func endThread(_ thread: Ref<Thread>) {
  let index = Machine.currentProcessor
  passWakeOn(thread)
  switch thread.value.state {
  case .running:
    charge(index)
    kernel.processors[index].current = nil
  case .ready:
    kernel.processors[Int(thread.value.processor) & 7].runQueue.remove(thread)
  case .stopped, .waiting, .unused, .ended:
    break
  }
  if thread.value.timerLink.isLinked { kernel.timers.remove(thread) }
  forgetProcessor(of: thread)
  abandonUnfinished(of: thread)
  thread.value.state = .ended
  thread.value.wait = .none
  guard let process = thread.value.process else { return }
  trace(.threadEnded, thread, UInt64(thread.value.number))
  thread.value.process = nil
  thread.value.payer = nil
  process.value.threads.remove(thread)
  kernel.frames.give(thread.value.floatingPoint, for: process.value.account)
  if let request = thread.value.spareRequest {
    thread.value.spareRequest = nil
    kernel.requests.put(request)
  }
  process.value.account?.release(.threads, 1)
  tellEndWatchers(thread.value.endWatchers)
  if thread.value.references == 0 { kernel.threads.put(thread) }
  if let survivor = process.value.survivor, survivor.value.state == .waiting,
    case .lastThread = survivor.value.wait
  {
    makeReady(survivor)
  }
}

/// Gives up what a thread's call has begun and would have gone on with.
func abandonUnfinished(of thread: Ref<Thread>) {
  abandonMemoryWork(of: thread)
  guard let child = thread.value.forkChild else { return }
  thread.value.forkChild = nil
  endEmbryo(child)
}

/// No processor remembers the thread as the one it ran last.
private func forgetProcessor(of thread: Ref<Thread>) {
  thread.value.floatingPointProcessor = Thread.noProcessor
  for index in 0..<maximumProcessors where kernel.processors[index].runQueue.last == thread {
    kernel.processors[index].runQueue.last = nil
  }
}

extension Ref where T == Thread {
  /// Whether the thread stays where it is until somebody lets it go on, so that a debugger may look
  /// at its registers.
  var isHeld: Bool {
    switch value.state {
    case .stopped:
      return true
    case .waiting:
      if case .exception = value.wait { return true }
      return value.isSuspended
    case .ready:
      return value.isSuspended
    case .unused, .running, .ended:
      return false
    }
  }

  /// Brings the page of its floating-point state up to date. The thread runs here or not at all.
  func saveFloatingPoint() {
    let index = Machine.currentProcessor
    if value.floatingPointProcessor == UInt8(truncatingIfNeeded: index),
      kernel.processors[index].runQueue.last == self
    {
      Machine.saveFloatingPoint(at: value.floatingPoint.kernelAddress)
    }
  }
}
