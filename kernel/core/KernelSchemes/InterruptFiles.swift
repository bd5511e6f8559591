// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `/scheme/irq`: interrupts for drivers, and the authority over device ports.

extension Opening {
  /// `""`; `bsp`; `cpu-XX`, `cpu-XX/<anything>` with `create`; `<line>`; `ports`,
  /// `ports/<first>-<last>`.
  mutating func openInterrupts() throws(SystemError) -> Ref<Description> {
    guard let name = path.next() else { return try makeDirectory(.root(.irq)) }
    if name.equals("bsp") {
      try path.end()
      return try makeText(.bootProcessor)
    }
    // What follows is authority over devices.
    guard mayManage else { throw .notPermitted }
    if name.equals("ports") { return try openPorts() }
    if let processor = name.number(after: "cpu-") {
      guard isOnline(processor) else { throw .notFound }
      return try openMessageInterrupt(processor: UInt8(processor))
    }
    guard let line = name.number else { throw .notFound }
    try path.end()
    return try openInterrupt(line: Int(line), self)
  }

  private func isOnline(_ processor: UInt32) -> Bool {
    processor < UInt32(maximumProcessors) && kernel.processors[Int(processor)].isOnline
  }

  /// A message interrupt of `processor`, whose name says nothing: the machine gives what it has.
  mutating func openMessageInterrupt(processor: UInt8) throws(SystemError) -> Ref<Description> {
    guard path.next() != nil else {
      return try makeDirectory(.interruptDirectory(processor: processor))
    }
    try path.end()
    guard flags.contains(.create) else { throw .notFound }
    return try reserveMessageInterrupt(processor: Int(processor), self)
  }

  /// All device ports, or a range of them.
  mutating func openPorts() throws(SystemError) -> Ref<Description> {
    guard let name = path.next() else {
      return try make(.ports(first: 0, last: UInt16.max), isStream: true)
    }
    try path.end()
    guard let range = name.range, range.first <= range.last,
      let first = UInt16(exactly: range.first), let last = UInt16(exactly: range.last)
    else { throw .notFound }
    return try make(.ports(first: first, last: last), isStream: true)
  }
}

/// Waits until the line has fired since the last read and gives its count, 8 bytes.
func readInterrupt(
  _ client: Ref<InterruptClient>, _ description: Ref<Description>, _ buffer: UserSpan,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let count = client.count
  if client.value.seen == count {
    if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
    try parkInterruptibly(
      thread, .interrupt(client.value.slot.index), in: &client.value.waiters)
    return .parked
  }
  let outcome = try sendRecord(count, to: buffer, thread)
  client.value.seen = count
  return outcome
}

/// Acknowledges: the driver has made its device lower the line. What is written is up to 8 bytes of
/// the count that was read; it is not compared, since a later interrupt shows at the next read.
func writeInterrupt(
  _ client: Ref<InterruptClient>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard buffer.count > 0 else { throw .invalidArgument }
  client.acknowledge()
  return .done(min(buffer.count, 8))
}

/// How a message interrupt is raised, as `CallScheme` operation 0 of its handle gives it. 16 bytes.
struct MessageRecord: BitwiseCopyable {
  var address: UInt64 = 0
  var data: UInt32 = 0
  var line: UInt32 = 0
}

/// `CallScheme` on an interrupt. Operation 0: a `MessageRecord` to the output. Operation 1: a read and an
/// acknowledgement in one, which never waits; the result is the count.
///
/// - Throws: `notSupported` on a line that is no message interrupt, for operation 0; `accessDenied` for
///   operation 1 unless the handle may be read and written.
func callInterrupt(
  _ client: Ref<InterruptClient>, _ call: CallScheme, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if call.operation == 1 {
    _ = try lookUp(call.handle, thread, needing: .read | .write)
    let count = client.count
    client.value.seen = count
    client.acknowledge()
    return .done(UInt(truncatingIfNeeded: count & UInt64(Int64.max >> 1)))
  }
  guard call.operation == 0 else { throw .noSystemCall }
  guard let message = kernel.interrupts.lines[Int(client.value.line)].message else {
    throw .notSupported
  }
  let record = MessageRecord(
    address: message.address, data: message.data, line: client.value.line)
  return try sendRecord(record, to: call.output, thread)
}
