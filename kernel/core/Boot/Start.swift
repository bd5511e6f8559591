// SPDX-License-Identifier: MIT
import ABI
public import Architecture
import Core
import Machine
import Objects

/// Everything between the architecture's set-up and the first instruction of init, in order.
///
/// - Returns: the frame to resume on the boot processor.
public func start(_ boot: BootInformation) -> UInt {
  for index in 0..<max(min(Machine.processorCount, maximumProcessors), 1) {
    ProcessorRef.remember(index)
  }
  lockKernel()
  kernel.boot = boot
  do throws(SystemError) {
    try initialiseMemory(boot: boot)  // frames, the root account, the clock page
    boot.commandLine.withBytes { kernel.hooks.read($0) }
    try initialiseProcessors()  // scratch pages, run queues
    initialiseTime()
    initialiseInterrupts()
    let process = try makeInit()  // its memory from the initrd, its namespace, its console
    kernel.initProcess = process
  } catch {
    panicStart(error)
  }
  startOtherProcessors()
  kernel.processors[0].needsReschedule = true
  let frame = leave()
  // Not an entry: nothing runs yet that could be kept waiting.
  noteEntry(.current)
  unlockKernel()
  return frame
}

/// Each processor has a page for paths and records, and counts as online once it runs.
private func initialiseProcessors() throws(SystemError) {
  for index in 0..<min(Machine.processorCount, maximumProcessors) {
    kernel.processors[index].scratch = try kernel.frames.takeCleared(for: nil)
  }
  kernel.processors[0].isOnline = true
}

/// Starts the other processors. One that does not answer is reported and left out.
func startOtherProcessors() {
  let wanted = min(Machine.processorCount, maximumProcessors)
  for index in 1..<max(wanted, 1) {
    if Machine.startProcessor(index, isInvited: kernel.hooks.isInvited(index)) {
      kernel.processors[index].isOnline = true
      kernel.onlineProcessors &+= 1
    } else {
      report { sink in
        sink.put("processor ")
        sink.put(decimal: UInt64(index))
        sink.put(" does not answer; going on without it")
      }
    }
  }
}

private func panicStart(_ error: SystemError) -> Never {
  report { sink in
    sink.put("start-up failed with error ")
    sink.put(decimal: UInt64(error.rawValue))
  }
  panic("cannot start init")
}
