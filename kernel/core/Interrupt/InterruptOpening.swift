// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects

// Opening and closing interrupt lines.

/// Opens line `line` for a driver and lets it fire.
///
/// - Throws: `notFound` if there is no such line, `busy` if the kernel has it, or a message
///   interrupt's owner, or as many drivers as may share it.
func openInterrupt(
  line: Int, _ opening: Opening
) throws(SystemError) -> Ref<Description> {
  guard line >= 0, line < min(Machine.interruptLineCount, InterruptTable.lineCapacity) else {
    throw .notFound
  }
  guard serialPort(on: line) == nil else { throw .busy }
  guard kernel.interrupts.lines[line].message == nil else { throw .busy }
  let client = try makeClient(line: line, opening)
  if kernel.interrupts.lines[line].clients.count == 1 { Machine.unmaskInterrupt(line) }
  guard let description = client.value.description else { throw .inputOutput }
  return description
}

/// Reserves a message interrupt that arrives at `processor`.
///
/// - Throws: `noSpace` when none is left.
func reserveMessageInterrupt(
  processor: Int, _ opening: Opening
) throws(SystemError) -> Ref<Description> {
  guard let message = Machine.allocateMessageInterrupt(processor: processor) else {
    throw .noSpace
  }
  guard message.line >= 0, message.line < InterruptTable.lineCapacity else {
    Machine.freeMessageInterrupt(line: message.line)
    throw .noSpace
  }
  let client: Ref<InterruptClient>
  do throws(SystemError) {
    client = try makeClient(line: message.line, opening)
  } catch {
    Machine.freeMessageInterrupt(line: message.line)
    throw error
  }
  guard let description = client.value.description else { throw .inputOutput }
  kernel.interrupts.lines[message.line].message = MessageAddress(
    address: message.address, data: message.data)
  Machine.unmaskInterrupt(message.line)
  return description
}

private func makeClient(
  line: Int, _ opening: Opening
) throws(SystemError) -> Ref<InterruptClient> {
  guard kernel.interrupts.lines[line].clients.count < InterruptTable.clientLimit else {
    throw .busy
  }
  let client = try takeObject(&kernel.interrupts.clients)
  do throws(SystemError) {
    client.value.description = try opening.make(.interrupt(client), isStream: true)
  } catch {
    kernel.interrupts.clients.put(client)
    throw error
  }
  client.value.line = UInt32(line)
  client.value.seen = kernel.interrupts.lines[line].count
  client.value.owes = false
  client.value.waiters = ThreadQueue()
  client.value.link = Link()
  kernel.interrupts.lines[line].clients.append(client)
  return client
}

/// The last handle closed: what the driver still owed counts as acknowledged, so that those it
/// shared the line with go on.
func closeInterrupt(_ client: Ref<InterruptClient>) {
  let line = Int(client.value.line)
  guard line < InterruptTable.lineCapacity else { return }
  let isLast = kernel.interrupts.lines[line].clients.count == 1
  if isLast { Machine.maskInterrupt(line) } else { client.acknowledge() }
  kernel.interrupts.lines[line].clients.remove(client)
  client.value.description = nil
  guard isLast else { return }
  kernel.interrupts.lines[line].owed = 0
  kernel.interrupts.lines[line].unanswered = 0
  kernel.interrupts.lines[line].isStorming = false
  if kernel.interrupts.lines[line].message != nil {
    kernel.interrupts.lines[line].message = nil
    Machine.freeMessageInterrupt(line: line)
  }
}
