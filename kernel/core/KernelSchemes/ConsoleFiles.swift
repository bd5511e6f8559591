// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// `/scheme/debug`: the console as raw bytes. Nothing is cooked: no echo, no lines, no line ends.
//
// Reads and writes without an offset take and give bytes as on any stream. With one they say where
// in the stream they are, so that a server which died between a call and its own notes can make it
// again: a read at N gives the bytes from N on and forgets what lies before, and a write at N skips
// what has been written already. Positions count all input of the port since it was opened first,
// and all output written by position; `CallScheme` operation 1 tells them.

extension Opening {
  /// `""`: the console, kept in the log; `no-preserve`: not kept; `exec`: the second port, whose
  /// bytes are nobody's but its two ends'.
  mutating func openConsole() throws(SystemError) -> Ref<Description> {
    // Who reads here takes what others type.
    guard mayManage else { throw .notPermitted }
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

/// - Parameter position: where in the stream the bytes belong, or `UInt64.max`.
/// - Throws: `outOfRange` for a position that has not been reached.
func writeConsole(
  _ file: ConsoleFile, _ buffer: UserSpan, at position: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  var skipped: UInt = 0
  if position != UInt64.max {
    let written = kernel.interrupts.serial[Int(file.port)].written
    guard position <= written else { throw .outOfRange }
    skipped = UInt(written &- position)
    if skipped >= buffer.count { return .done(buffer.count) }
  }
  let count = min(buffer.count &- skipped, consoleBatch)
  let scratch = ScratchPage()
  try copyIn(scratch.address, UserSpan(address: buffer.address &+ skipped, count: count), thread)
  for index in 0..<Int(count) {
    let byte = scratch.bytes[index]
    Machine.writeSerial(port: Int(file.port), byte)
    if file.isKept { kernel.log.append(byte) }
  }
  if file.isKept { notifyLogReaders() }
  if position != UInt64.max {
    kernel.interrupts.serial[Int(file.port)].written &+= UInt64(count)
  }
  return .done(skipped &+ count)
}

/// - Parameter position: where in the stream to read, or `UInt64.max` to take what comes next.
/// - Throws: `outOfRange` for a position whose bytes are gone or have not come.
func readConsole(
  _ file: ConsoleFile, _ description: Ref<Description>, _ buffer: UserSpan, at position: UInt64,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let port = Int(file.port)
  if position != UInt64.max {
    let forgotten = position &- kernel.interrupts.serial[port].taken
    guard forgotten <= UInt64(kernel.interrupts.serial[port].count) else { throw .outOfRange }
    kernel.interrupts.serial[port].removeFirst(Int(forgotten))
    receiveHeldInput(port: port)
  }
  let available = kernel.interrupts.serial[port].count
  guard available > 0, buffer.count > 0 else {
    return try awaitInput(port, description, buffer, thread)
  }
  let count = Int(min(buffer.count, UInt(available)))
  let scratch = ScratchPage()
  for index in 0..<count { scratch.bytes[index] = kernel.interrupts.serial[port].byte(index) }
  try copyOut(UserSpan(address: buffer.address, count: UInt(count)), scratch.address, thread)
  if position == UInt64.max {
    kernel.interrupts.serial[port].removeFirst(count)
    receiveHeldInput(port: port)
  }
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

/// `CallScheme` on a port. Operation 1: a `ConsolePositions` to the output.
func callConsole(
  _ file: ConsoleFile, _ call: CallScheme, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard call.operation == ConsolePositions.operation else { throw .noSystemCall }
  var positions = ConsolePositions()
  positions.read = kernel.interrupts.serial[Int(file.port)].taken
  positions.written = kernel.interrupts.serial[Int(file.port)].written
  return try sendRecord(positions, to: call.output, thread)
}

/// The description of a port closes.
func closeConsole(_ file: ConsoleFile, _ description: Ref<Description>) {
  guard description.value.schemeLink.isLinked else { return }
  kernel.interrupts.serial[Int(file.port)].clients.remove(description)
}
