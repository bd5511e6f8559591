// SPDX-License-Identifier: MIT
public import Architecture
import CMachine
import Firmware
import Synchronization

/// Interrupt lines: the I/O APICs' pins by their global number, then 128 message interrupts.
///
/// A level-triggered line is masked in its controller as soon as it interrupts. An edge cannot be
/// masked there without losing the next one, and a message not at all, so for these a mask is a
/// flag: an interrupt that arrives while it is set is remembered, the pin (if it is one) masked, and
/// the interrupt sent again by unmasking.
enum InterruptLines {
  private struct Line {
    /// What the redirection entry holds but for the mask; zero for messages.
    var entry: UInt32 = 0
    var identifier: UInt32 = 0
    var isMasked = true
    var isPending = false
    var isReserved = false
  }

  private static let lineLimit = Vector.pinLimit + Vector.messageCount

  @safe nonisolated(unsafe) private static var lines = InlineArray<176, Line>(repeating: Line())
  @safe nonisolated(unsafe) private static var controllers = InlineArray<4, IOAPIC?>(
    repeating: nil)
  @safe nonisolated(unsafe) private static var pinCount = 0
  /// Guards the above: `take` runs before the kernel has its own lock.
  private static let lock = Atomic<UInt32>(0)

  static var count: Int { pinCount &+ Vector.messageCount }

  // MARK: Boot

  /// Masks every pin and points it at the boot processor.
  static func discover(_ topology: InterruptTopology) {
    for index in 0..<topology.controllerCount {
      guard let address = KernelTables.mapDevice(topology.controllers[index].address) else {
        continue
      }
      let controller = IOAPIC(address: address, firstLine: topology.controllers[index].firstLine)
      controllers[index] = controller
      let end = min(controller.firstLine &+ controller.pinCount, Vector.pinLimit)
      for line in min(controller.firstLine, end)..<end {
        lines[line] = pinLine(line, topology)
        controller.write(pin: line &- controller.firstLine, low: IOAPIC.masked)
        controller.write(pin: line &- controller.firstLine, identifier: topology.processors[0])
      }
      pinCount = max(pinCount, end)
    }
  }

  private static func pinLine(_ line: Int, _ topology: InterruptTopology) -> Line {
    let signal = topology.signal(line: line)
    var entry = UInt32(Vector.firstPin &+ line)
    if signal.isLevel { entry |= IOAPIC.level }
    if signal.isActiveLow { entry |= IOAPIC.activeLow }
    return Line(entry: entry, identifier: topology.processors[0], isReserved: true)
  }

  // MARK: Operation

  /// An interrupt has arrived at `vector`.
  static func take(vector: Int) -> Trap {
    guard let line = line(of: vector) else {
      LocalAPIC.endInterrupt()
      return .spurious
    }
    acquire()
    defer { release() }
    if lines[line].entry & IOAPIC.level != 0 {
      lines[line].isMasked = true
      writeEntry(line, masked: true)
    } else if lines[line].isMasked || !lines[line].isReserved {
      lines[line].isPending = true
      writeEntry(line, masked: true)
      LocalAPIC.endInterrupt()
      return .spurious
    }
    return .interrupt(line: line)
  }

  static func mask(_ line: Int) {
    guard line >= 0, line < count else { return }
    acquire()
    lines[line].isMasked = true
    if lines[line].entry & IOAPIC.level != 0 { writeEntry(line, masked: true) }
    release()
  }

  static func unmask(_ line: Int) {
    guard line >= 0, line < count else { return }
    acquire()
    lines[line].isMasked = false
    writeEntry(line, masked: false)
    if lines[line].isPending {
      lines[line].isPending = false
      LocalAPIC.sendInterrupt(vector(of: line), to: lines[line].identifier)
    }
    release()
  }

  static func allocateMessage(identifier: UInt32) -> MessageInterrupt? {
    acquire()
    defer { release() }
    for line in pinCount..<count where !lines[line].isReserved {
      lines[line] = Line(identifier: identifier, isReserved: true)
      // SDM 3A, §12.11: fixed delivery to one processor; an edge.
      return MessageInterrupt(
        line: line, address: 0xFEE0_0000 | UInt64(identifier & 0xFF) << 12,
        data: UInt32(vector(of: line)))
    }
    return nil
  }

  static func freeMessage(_ line: Int) {
    guard line >= pinCount, line < count else { return }
    acquire()
    lines[line] = Line()
    release()
  }

  // MARK: Parts

  private static func vector(of line: Int) -> Int {
    line < pinCount ? Vector.firstPin &+ line : Vector.firstMessage &+ (line &- pinCount)
  }

  private static func line(of vector: Int) -> Int? {
    let pin = vector &- Vector.firstPin
    if pin >= 0, pin < pinCount { return pin }
    let message = vector &- Vector.firstMessage
    return message >= 0 && message < Vector.messageCount ? pinCount &+ message : nil
  }

  private static func writeEntry(_ line: Int, masked: Bool) {
    let entry = lines[line].entry
    guard entry != 0, line < pinCount else { return }
    for index in controllers.indices {
      guard let controller = controllers[index], line >= controller.firstLine,
        line < controller.firstLine &+ controller.pinCount
      else { continue }
      controller.write(
        pin: line &- controller.firstLine, low: masked ? entry | IOAPIC.masked : entry)
      return
    }
  }

  private static func acquire() {
    while lock.exchange(1, ordering: .acquiring) != 0 { spin_pause() }
  }
  private static func release() { lock.store(0, ordering: .releasing) }
}

extension X86_64 {
  public static var interruptLineCount: Int { InterruptLines.count }
  public static func maskInterrupt(_ line: Int) { InterruptLines.mask(line) }
  public static func unmaskInterrupt(_ line: Int) { InterruptLines.unmask(line) }
  @inline(__always)
  public static func endInterrupt() { LocalAPIC.endInterrupt() }

  public static func allocateMessageInterrupt(processor index: Int) -> MessageInterrupt? {
    guard index >= 0, index < Board.shared.topology.processorCount else { return nil }
    return InterruptLines.allocateMessage(identifier: Board.shared.topology.processors[index])
  }
  public static func freeMessageInterrupt(line: Int) { InterruptLines.freeMessage(line) }
}
