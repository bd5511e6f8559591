// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

func handle(_ call: WaitEvents, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.queue, thread, needing: .read)
  guard case .events(let queue) = description.value.kind else { throw .badHandle }
  let count = try takeEvents(queue, call.buffer, thread)
  if count > 0 { return .done(UInt(count)) }
  try parkInterruptibly(thread, .events(queue), in: &queue.value.waiters, until: call.deadline)
  return .parked
}

func handle(_ call: WriteTrace, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  trace(
    number: call.event | TraceEvent.userBase, thread, UInt64(call.first), UInt64(call.second))
  kernel.hooks.heed(event: call.event)
  return .done
}

func handle(_ call: AccessPort, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let isWrite = call.direction == .write
  let description = try lookUp(call.authority, thread, needing: isWrite ? .write : .read)
  guard case .kernel(.ports(let first, let last)) = description.value.kind else {
    throw .badHandle
  }
  guard call.width == 1 || call.width == 2 || call.width == 4, let port = UInt16(exactly: call.port)
  else { throw .invalidArgument }
  guard port >= first, UInt32(port) &+ call.width &- 1 <= UInt32(last) else { throw .notPermitted }
  if isWrite {
    guard Machine.writePort(port, call.value, width: Int(call.width)) else { throw .noDevice }
    return .done
  }
  guard let value = Machine.readPort(port, width: Int(call.width)) else { throw .noDevice }
  return .done(UInt(value))
}
