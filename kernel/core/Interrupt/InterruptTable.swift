// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

/// Interrupt lines and who serves them.
///
/// An interrupt raises the line's count, wakes the threads that read it, and is owed an
/// acknowledgement by every driver that has the line open. A level-triggered line comes masked from
/// the processor and is unmasked when the last of them has acknowledged, so a device that keeps it
/// raised costs one interrupt per acknowledgement. A message interrupt is never masked, unless it
/// fires again and again while nobody answers.
struct InterruptTable: ~Copyable {
  static let lineCapacity = 256
  /// Drivers on one line, as PCI devices share them.
  static let clientLimit = 8
  /// Unanswered interrupts of one line before it is masked.
  static let stormLimit: UInt32 = 4096
  /// Set in `Wait.interrupt` for a timer; the rest is the slot of the timer or of the client.
  static let timerBit: UInt32 = 0x8000_0000

  var lines = InlineArray<256, InterruptLine>(repeating: InterruptLine())
  var clients = Pool<InterruptClient>()
  var serial = InlineArray<2, SerialPort>(repeating: SerialPort())
  /// Timers that programs have opened at `/scheme/time`.
  var timers = TimerQueue()
  /// The timer that looks at serial ports which cannot interrupt; nil until one is opened.
  var poll: Ref<Timer>?
  /// Interrupts on lines that nobody had open.
  var unclaimed: UInt64 = 0

  init() {}
}

/// One line.
struct InterruptLine: BitwiseCopyable {
  /// Interrupts so far.
  var count: UInt64 = 0
  var clients = List<InterruptClientRole>()
  /// Clients that have not acknowledged the last interrupt.
  var owed: UInt32 = 0
  /// Interrupts since the last acknowledgement.
  var unanswered: UInt32 = 0
  /// It stays masked until a driver acknowledges: it fired too often.
  var isStorming = false
  /// Reserved as a message interrupt; freed when its last client closes.
  var message: MessageAddress?
  init() {}
}

/// What a device writes, and where, to raise a message interrupt.
struct MessageAddress: BitwiseCopyable {
  var address: UInt64
  var data: UInt32
}

/// One open description of a line.
struct InterruptClient: PoolObject {
  var slot = PoolSlot<InterruptClient>()
  var line: UInt32 = 0
  var description: Ref<Description>?
  var link = Link<InterruptClient>()
  /// The count it read last.
  var seen: UInt64 = 0
  var owes = false
  /// Threads that wait for it to be readable; each interrupt is for one of them.
  var waiters = ThreadQueue()
  init() {}
}

/// `InterruptClient.link`: the clients of a line.
enum InterruptClientRole: LinkRole {
  static func link(of element: Ref<InterruptClient>) -> Link<InterruptClient> {
    element.value.link
  }
  static func setLink(of element: Ref<InterruptClient>, _ link: Link<InterruptClient>) {
    element.value.link = link
  }
}

/// An interrupt has arrived on `line`. The caller tells the controller that it has been seen.
func handleInterrupt(line: Int) {
  guard line >= 0, line < InterruptTable.lineCapacity else { return }
  kernel.interrupts.lines[line].count &+= 1
  if let port = serialPort(on: line) {
    receiveSerial(port: port, line: line)
    return
  }
  trace(.interrupt, nil, UInt64(line), kernel.interrupts.lines[line].count)
  if kernel.interrupts.lines[line].clients.isEmpty {
    kernel.interrupts.unclaimed &+= 1
    Machine.maskInterrupt(line)
    return
  }
  kernel.interrupts.lines[line].unanswered &+= 1
  informClients(of: line)
  if kernel.interrupts.lines[line].unanswered == InterruptTable.stormLimit {
    contain(line, " times without an acknowledgement and is masked until one comes")
  }
}

private func informClients(of line: Int) {
  kernel.interrupts.lines[line].owed = 0
  var next = kernel.interrupts.lines[line].clients.first
  while let client = next {
    next = kernel.interrupts.lines[line].clients.next(after: client)
    client.value.owes = true
    kernel.interrupts.lines[line].owed &+= 1
    wakeNext(&client.value.waiters)
    if client.value.seen &+ 1 == kernel.interrupts.lines[line].count,
      let description = client.value.description
    {
      notify(description, .readable)
    }
  }
}

/// A serial port, which is the kernel's own, has interrupted. A port that does so again and again
/// without a byte is broken: it is polled from then on.
private func receiveSerial(port: Int, line: Int) {
  if receiveSerial(port: port) {
    kernel.interrupts.lines[line].unanswered = 0
  } else {
    kernel.interrupts.lines[line].unanswered &+= 1
  }
  guard kernel.interrupts.lines[line].unanswered < InterruptTable.stormLimit else {
    contain(line, " times for nothing; the serial port is polled from now on")
    return pollInstead(port: port)
  }
  if kernel.interrupts.serial[port].isHeld {
    Machine.maskInterrupt(line)
  } else {
    Machine.unmaskInterrupt(line)
  }
}

/// Masks a line that fires without end, and says so.
private func contain(_ line: Int, _ consequence: StaticString) {
  Machine.maskInterrupt(line)
  kernel.interrupts.lines[line].isStorming = true
  trace(.interruptStorm, nil, UInt64(line))
  report {
    $0.put("interrupt ")
    $0.put(decimal: UInt64(line))
    $0.put(" fired ")
    $0.put(decimal: UInt64(InterruptTable.stormLimit))
    $0.put(consequence)
  }
}

extension Ref where T == InterruptClient {
  /// The driver has dealt with the interrupt; the last one to say so lets the line fire again.
  func acknowledge() {
    let line = Int(value.line)
    guard line < InterruptTable.lineCapacity, value.owes else { return }
    value.owes = false
    kernel.interrupts.lines[line].owed &-= 1
    guard kernel.interrupts.lines[line].owed == 0 else { return }
    kernel.interrupts.lines[line].unanswered = 0
    kernel.interrupts.lines[line].isStorming = false
    Machine.unmaskInterrupt(line)
  }

  var count: UInt64 { kernel.interrupts.lines[Int(value.line)].count }
}

/// Takes a thread that waits for an interrupt, or for a timer, out of its queue.
func removeInterruptWaiter(_ thread: Ref<Thread>, _ slot: UInt32) {
  if slot & InterruptTable.timerBit != 0 {
    let timer = kernel.interrupts.timers.pool[slot & ~InterruptTable.timerBit]
    timer?.value.waiters.remove(thread)
  } else {
    kernel.interrupts.clients[slot]?.value.waiters.remove(thread)
  }
}

/// A thread that was woken for an interrupt, or a timer, leaves it to another.
func passInterruptOn(_ slot: UInt32) {
  if slot & InterruptTable.timerBit != 0 {
    let timer = kernel.interrupts.timers.pool[slot & ~InterruptTable.timerBit]
    if let timer { wakeNext(&timer.value.waiters) }
  } else if let client = kernel.interrupts.clients[slot] {
    wakeNext(&client.value.waiters)
  }
}
