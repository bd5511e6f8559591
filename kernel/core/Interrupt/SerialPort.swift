// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

/// Input of a serial port that nobody has read yet. What does not fit stays in the port, which has
/// the other side wait, where that can wait.
struct SerialPort: BitwiseCopyable {
  static let capacity = 1024
  /// Open descriptions of one port: each is told of input. Handles of one description are not
  /// counted.
  static let clientLimit = 16

  private var bytes = InlineArray<1024, UInt8>(repeating: 0)
  private var head = 0
  private(set) var count = 0
  /// Input was left in the port, which does not interrupt until a reader has made room.
  var isHeld = false
  /// Bytes that have been removed: the position of the first that waits.
  private(set) var taken: UInt64 = 0
  /// Bytes that were written by position.
  var written: UInt64 = 0
  /// Its interrupt line; nil if it can only be polled.
  var line: Int?
  var waiters = ThreadQueue()
  /// Open descriptions of the port, for their watches.
  var clients = List<SchemeDescriptionRole>()

  init() {}

  mutating func append(_ byte: UInt8) {
    guard hasRoom else { return }
    bytes[(head &+ count) & (Self.capacity &- 1)] = byte
    count &+= 1
  }

  var hasRoom: Bool { mutating get { count < Self.capacity } }

  /// Byte `index` of those that wait. `mutating` so that nothing is copied.
  mutating func byte(_ index: Int) -> UInt8 { bytes[(head &+ index) & (Self.capacity &- 1)] }

  mutating func removeFirst(_ taken: Int) {
    head = (head &+ taken) & (Self.capacity &- 1)
    count &-= taken
    self.taken &+= UInt64(taken)
  }
}

/// Takes what has arrived at a serial port, at most 256 bytes and what there is room for, and wakes
/// its readers.
/// - Returns: whether anything had.
@discardableResult
func receiveSerial(port: Int) -> Bool {
  let wasEmpty = kernel.interrupts.serial[port].count == 0
  var left = 256
  while left > 0, kernel.interrupts.serial[port].hasRoom,
    let byte = Machine.readSerial(port: port)
  {
    kernel.interrupts.serial[port].append(byte)
    left &-= 1
  }
  kernel.interrupts.serial[port].isHeld = !kernel.interrupts.serial[port].hasRoom
  guard left < 256 else { return kernel.interrupts.serial[port].isHeld }
  wakeSome(&kernel.interrupts.serial[port].waiters)
  if wasEmpty { notifyPort(port) }
  return true
}

/// Bytes have been read: what was left in the port for want of room comes now.
func receiveHeldInput(port: Int) {
  guard kernel.interrupts.serial[port].isHeld, kernel.interrupts.serial[port].hasRoom else {
    return
  }
  receiveSerial(port: port)
  guard !kernel.interrupts.serial[port].isHeld, let line = kernel.interrupts.serial[port].line
  else { return }
  Machine.unmaskInterrupt(line)
}

private func notifyPort(_ port: Int) {
  var next = kernel.interrupts.serial[port].clients.first
  while let description = next {
    next = kernel.interrupts.serial[port].clients.next(after: description)
    notify(description, .readable)
  }
}

/// Takes a thread that waits for input out of the port's queue.
func removeSerialWaiter(_ thread: Ref<Thread>, port: UInt32) {
  guard port < 2 else { return }
  kernel.interrupts.serial[Int(port)].waiters.remove(thread)
}

// MARK: Ports that cannot interrupt

/// How often such a port is looked at: its own buffer holds 16 bytes, 14 ms at 11,520 bytes a
/// second.
private let pollInterval: UInt64 = 10_000_000

/// Looks at ports without an interrupt every 10 ms, as long as somebody has one open.
func startPolling() throws(SystemError) {
  if kernel.interrupts.poll == nil {
    try kernel.interrupts.timers.reserve()
    let timer = try takeObject(&kernel.interrupts.timers.pool)
    timer.value.description = nil
    timer.value.position = nil
    timer.value.waiters = ThreadQueue()
    kernel.interrupts.poll = timer
  }
  if let timer = kernel.interrupts.poll, timer.value.position == nil { arm(timer) }
}

/// From now on the port counts as one that cannot interrupt.
func pollInstead(port: Int) {
  kernel.interrupts.serial[port].line = nil
  do throws(SystemError) { try startPolling() } catch {
    // No memory for a timer: the next one who opens the port asks for it again.
    return
  }
}

private func arm(_ timer: Ref<Timer>) {
  timer.arm(at: Machine.now() &+ pollInterval)
}

/// The poll timer has expired.
func pollSerialPorts() {
  var isOpen = false
  for port in 0..<2 where kernel.interrupts.serial[port].line == nil {
    if kernel.interrupts.serial[port].clients.isEmpty { continue }
    isOpen = true
    receiveSerial(port: port)
  }
  if isOpen, let timer = kernel.interrupts.poll { arm(timer) }
}

/// Lets the serial ports interrupt; drivers open all other lines. Once, when the kernel starts.
func initialiseInterrupts() {
  for port in 0..<2 {
    guard let line = Machine.serialInterruptLine(port: port) else { continue }
    kernel.interrupts.serial[port].line = line
    Machine.unmaskInterrupt(line)
  }
}

/// The serial port that interrupts on `line`, if one does.
func serialPort(on line: Int) -> Int? {
  for port in 0..<2 where kernel.interrupts.serial[port].line == line { return port }
  return nil
}
