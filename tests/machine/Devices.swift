// SPDX-License-Identifier: MIT
import System
import TestRuntime

// Devices of QEMU's board that interrupt as often as they are told to. They are reached as a driver
// reaches its device: through ports and pages that somebody with authority gives out.

/// The interval timer of the first PCs, on I/O APIC pin 2: an edge for each period.
struct IntervalTimer: ~Copyable {
  static let line: Text = "2"
  private static let frequency: UInt32 = 1_193_182
  private let ports: PortRange

  init() throws(SystemError) {
    ports = PortRange(OwnedHandle(try File("/scheme/irq/ports/64-67", .readWrite).release()))
  }

  /// Interrupts so many times a second.
  func start(hertz: UInt32) throws(SystemError) {
    let count = Self.frequency / hertz
    // Counter 0, both bytes, mode 2.
    try ports.write(0x43, 0x34)
    try ports.write(0x40, count & 0xFF)
    try ports.write(0x40, count >> 8)
  }

  /// Mode 0 without a count: the counter stands still.
  func stop() throws(SystemError) { try ports.write(0x43, 0x30) }
}

/// A timer of the HPET that holds its line, a level-triggered one, until it is told to let go.
struct LevelTimer: ~Copyable {
  private let registers: SharedBytes
  let line: UInt32

  private enum Register {
    static let configuration = 0x10
    static let status = 0x20
    static let counter = 0xF0
    /// Timer 2: configuration and capabilities, which lines it can have; comparator.
    static let timer = 0x140
    static let lines = 0x144
    static let comparator = 0x148
  }
  private enum Bit {
    static let level: UInt32 = 1 << 1
    static let enabled: UInt32 = 1 << 2
    static let is32: UInt32 = 1 << 8
  }

  init() throws(SystemError) {
    let registers = try devicePage(0xFED0_0000)
    // The highest line that it can have: far from those of the board's own devices.
    let lines = registers.loadAcquiring32(at: Register.lines)
    guard lines >> 16 != 0 else { throw .noDevice }
    line = UInt32(31 - lines.leadingZeroBitCount)
    self.registers = registers
  }

  /// Raises the line in a moment.
  func raise() {
    let running = registers.loadAcquiring32(at: Register.configuration) | 1
    registers.storeReleasing32(running, at: Register.configuration)
    let now = registers.loadAcquiring32(at: Register.counter)
    registers.storeReleasing32(line << 9 | Bit.level | Bit.enabled | Bit.is32, at: Register.timer)
    registers.storeReleasing32(now &+ 50_000, at: Register.comparator)
  }

  func lower() {
    registers.storeReleasing32(line << 9 | Bit.level | Bit.is32, at: Register.timer)
    registers.storeReleasing32(1 << 2, at: Register.status)
  }
}

/// A message interrupt. QEMU takes a processor's store to the place where devices write their
/// messages for such a message.
struct Messenger: ~Copyable {
  let handle: OwnedHandle
  private let page: SharedBytes
  private let offset: Int
  private let data: UInt32
  let line: UInt32

  init(processor: Int) throws(SystemError) {
    let path = Text {
      $0.put("/scheme/irq/cpu-0")
      $0.put(decimal: UInt64(processor))
      $0.put("/test")
    }
    let handle = OwnedHandle(
      try File(path, .readWrite | .create | .nonBlocking | .runtimeHandle).release())
    var record = [UInt8](repeating: 0, count: 16)
    _ = try handle.handle.call(0, into: record.mutableSpan)
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(record[offset + $1]) << UInt32(8 * $1) }
    }
    let page = try devicePage(UInt64(word(0)) & ~4095)
    self.handle = handle
    self.page = page
    offset = Int(word(0) & 4095)
    data = word(8)
    line = word(12)
  }

  func send() { page.storeReleasing32(data, at: offset) }
}

private func devicePage(_ address: UInt64) throws(SystemError) -> SharedBytes {
  let authority = try File("/scheme/memory/physical", .readWrite)
  let memory = try MemoryObject(device: address, byteCount: 4096, authority: authority.handle)
  return try memory.map(byteCount: 4096, .read | .write | .shared).shared()
}
