// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// `/scheme/debug`: the console as raw bytes. Nothing is cooked: no echo, no lines, no line ends.

extension Opening {
  /// `""`: the console, kept in the log; `no-preserve`: not kept; `exec`: the second port, whose
  /// bytes are nobody's but its two ends'.
  mutating func openConsole() throws(SystemError) -> Ref<Description> {
    var file = ConsoleFile(port: 0, isKept: true)
    if let name = path.next() {
      if name.equals("no-preserve") {
        file.isKept = false
      } else if name.equals("exec") {
        file = ConsoleFile(port: 1, isKept: false)
      } else {
        throw .notFound
      }
    }
    try path.end()
    guard kernel.interrupts.serial[Int(file.port)].clients.count < SerialPort.clientLimit else {
      throw .busy
    }
    let description = try make(.console(file), isStream: true)
    do throws(SystemError) {
      if kernel.interrupts.serial[Int(file.port)].line == nil { try startPolling() }
    } catch {
      description.release()
      throw error
    }
    kernel.interrupts.serial[Int(file.port)].clients.append(description)
    return description
  }
}

/// Bytes that one call writes: a byte takes some 40 instructions, so the rest of a
/// longer write is the caller's next call.
private let consoleBatch: UInt = 512

func writeConsole(
  _ file: ConsoleFile, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let count = min(buffer.count, consoleBatch)
  let scratch = ScratchPage()
  try copyIn(scratch.address, UserSpan(address: buffer.address, count: count), thread)
  for index in 0..<Int(count) {
    let byte = scratch.bytes[index]
    Machine.writeSerial(port: Int(file.port), byte)
    if file.isKept { kernel.log.append(byte) }
  }
  if file.isKept { notifyLogReaders() }
  return .done(count)
}

func readConsole(
  _ file: ConsoleFile, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let port = Int(file.port)
  let available = kernel.interrupts.serial[port].count
  guard available > 0, buffer.count > 0 else {
    return try awaitInput(port, description, buffer, thread)
  }
  let count = Int(min(buffer.count, UInt(available)))
  let scratch = ScratchPage()
  for index in 0..<count { scratch.bytes[index] = kernel.interrupts.serial[port].byte(index) }
  try copyOut(UserSpan(address: buffer.address, count: UInt(count)), scratch.address, thread)
  kernel.interrupts.serial[port].removeFirst(count)
  if count < available { wakeSome(&kernel.interrupts.serial[port].waiters) }
  return .done(UInt(count))
}

private func awaitInput(
  _ port: Int, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if buffer.count == 0 { return .done(0) }
  if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
  try parkInterruptibly(
    thread, .serial(UInt32(port)), in: &kernel.interrupts.serial[port].waiters)
  return .parked
}

/// The description of a port closes.
func closeConsole(_ file: ConsoleFile, _ description: Ref<Description>) {
  guard description.value.schemeLink.isLinked else { return }
  kernel.interrupts.serial[Int(file.port)].clients.remove(description)
}
