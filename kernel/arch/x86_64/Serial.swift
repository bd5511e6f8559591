// SPDX-License-Identifier: MIT
import CMachine
import Firmware

/// The registers of a 16550 serial port, as offsets from its first port (National Semiconductor
/// PC16550D, Table 2).
private enum SerialRegister {
  static let data: UInt16 = 0
  static let interruptEnable: UInt16 = 1
  /// Write: FIFO control. Read: interrupt identification.
  static let fifoControl: UInt16 = 2
  static let lineControl: UInt16 = 3
  static let modemControl: UInt16 = 4
  static let lineStatus: UInt16 = 5
  static let scratch: UInt16 = 7
}

/// The bits used of those registers.
private enum SerialBit {
  static let receiveInterrupt: UInt8 = 1 << 0
  /// FIFOs on and emptied, interrupt at one byte.
  static let fifoEnable: UInt8 = 0x07
  static let fifoWorks: UInt8 = 0xC0
  static let divisorAccess: UInt8 = 0x80
  static let eightBits: UInt8 = 0x03
  /// Ready, request to send, and OUT2, which lets interrupts through.
  static let modemReady: UInt8 = 0x0B
  static let dataReady: UInt8 = 1 << 0
  static let transmitterEmpty: UInt8 = 1 << 5
}

/// One of the PC's serial ports, polled for output.
struct SerialPort {
  static let fifoBytes = 16
  /// Reads of the status before a byte is given up: some 20 ms on a real port, whose FIFO empties
  /// in 1.4 ms at 115,200 baud. A port that has been stuck once gets one.
  static let patience = 20_000

  let base: UInt16
  var isPresent = false
  /// Bytes that the transmitter takes without being asked.
  var room = 0
  var fifoDepth = 1
  var isStuck = false

  init(base: UInt16) { self.base = base }

  /// Sets 115,200 baud, 8 bits, no parity; finds out whether there is a port at all.
  mutating func initialise() {
    port_out8(base &+ SerialRegister.scratch, 0x5A)
    isPresent = port_in8(base &+ SerialRegister.scratch) == 0x5A
    guard isPresent else { return }
    port_out8(base &+ SerialRegister.interruptEnable, 0)
    port_out8(base &+ SerialRegister.lineControl, SerialBit.divisorAccess)
    port_out8(base &+ SerialRegister.data, 1)
    port_out8(base &+ SerialRegister.interruptEnable, 0)
    port_out8(base &+ SerialRegister.lineControl, SerialBit.eightBits)
    port_out8(base &+ SerialRegister.fifoControl, SerialBit.fifoEnable)
    if port_in8(base &+ SerialRegister.fifoControl) & SerialBit.fifoWorks == SerialBit.fifoWorks {
      fifoDepth = Self.fifoBytes
    }
    port_out8(base &+ SerialRegister.modemControl, SerialBit.modemReady)
    port_out8(base &+ SerialRegister.interruptEnable, SerialBit.receiveInterrupt)
  }

  /// Drops the byte if the transmitter does not empty in time.
  mutating func write(_ byte: UInt8) {
    guard isPresent else { return }
    if room == 0 {
      guard waitForTransmitter() else { return }
      room = fifoDepth
    }
    room &-= 1
    port_out8(base &+ SerialRegister.data, byte)
  }

  private mutating func waitForTransmitter() -> Bool {
    let status = base &+ SerialRegister.lineStatus
    let isReady = Wait.spin(atMost: isStuck ? 1 : Self.patience) {
      port_in8(status) & SerialBit.transmitterEmpty == 0
    }
    isStuck = !isReady
    return isReady
  }

  func read() -> UInt8? {
    guard isPresent, port_in8(base &+ SerialRegister.lineStatus) & SerialBit.dataReady != 0 else {
      return nil
    }
    return port_in8(base &+ SerialRegister.data)
  }
}

/// COM1 and COM2. The portable kernel's lock guards them, and before it there is one processor.
extension X86_64 {
  @safe nonisolated(unsafe) static var serialPorts: InlineArray<2, SerialPort> = [
    SerialPort(base: 0x3F8), SerialPort(base: 0x2F8),
  ]

  public static func writeSerial(port: Int, _ byte: UInt8) { serialPorts[port].write(byte) }

  public static func readSerial(port: Int) -> UInt8? { serialPorts[port].read() }

  /// COM1 is ISA interrupt 4, COM2 is 3.
  public static func serialInterruptLine(port: Int) -> Int? {
    guard serialPorts[port].isPresent else { return nil }
    return Board.shared.topology.line(isa: port == 0 ? 4 : 3)
  }
}
