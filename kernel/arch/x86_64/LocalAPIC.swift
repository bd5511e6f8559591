// SPDX-License-Identifier: MIT
import CMachine

/// Each processor's own interrupt controller (SDM 3A, chapter 12, Table 12-1).
enum LocalAPIC {
  /// Register offsets in the mapped form; in x2APIC mode each is a model-specific register.
  private enum Register {
    static let identifier: UInt32 = 0x020
    static let taskPriority: UInt32 = 0x080
    static let endOfInterrupt: UInt32 = 0x0B0
    static let spuriousVector: UInt32 = 0x0F0
    static let errorStatus: UInt32 = 0x280
    static let commandLow: UInt32 = 0x300
    static let commandHigh: UInt32 = 0x310
    static let timer: UInt32 = 0x320
    static let line0: UInt32 = 0x350
    static let line1: UInt32 = 0x360
    static let error: UInt32 = 0x370
    static let initialCount: UInt32 = 0x380
    static let currentCount: UInt32 = 0x390
    static let divider: UInt32 = 0x3E0
  }

  private enum Bit {
    static let softwareEnable: UInt32 = 1 << 8
    static let masked: UInt32 = 1 << 16
    static let deadlineMode: UInt32 = 2 << 17
    static let nonMaskable: UInt32 = 4 << 8
    static let divideByOne: UInt32 = 0xB
    static let deliveryPending: UInt32 = 1 << 12
    static let initialise: UInt32 = 0x4500
    static let startUp: UInt32 = 0x4600
    static let nonMaskableToOthers: UInt32 = 0xC_4400
    static let fixed: UInt32 = 0x4000
  }

  /// `IA32_APIC_BASE`: bit 10 says that firmware has chosen x2APIC mode, which we then keep.
  private static let extendedMode: UInt64 = 1 << 10
  private static let globalEnable: UInt64 = 1 << 11
  private static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

  @safe nonisolated(unsafe) private static var registers: UInt64 = 0
  @safe nonisolated(unsafe) private static var isExtended = false
  @safe nonisolated(unsafe) private static var usesDeadline = false

  /// Finds the registers; once, on the boot processor.
  static func discover() {
    let base = read_msr(ModelRegister.apicBase)
    isExtended = base & extendedMode != 0
    usesDeadline = ProcessorFeatures.shared.hasDeadlineTimer
    if !isExtended { registers = KernelTables.mapDevice(base & addressMask) ?? 0 }
  }

  /// This processor's identifier, valid before `discover`.
  static var identifier: UInt32 {
    identify(0, 0).a >= 0xB && identify(0xB, 0).b != 0 ? identify(0xB, 0).d : identify(1, 0).b >> 24
  }

  /// Lets interrupts through to this processor, with its timer stopped.
  static func enable() {
    if isExtended {
      write_msr(
        ModelRegister.apicBase, read_msr(ModelRegister.apicBase) | extendedMode | globalEnable)
    }
    write(Register.taskPriority, 0)
    write(Register.line0, Bit.masked)
    write(Register.line1, Bit.nonMaskable)
    write(Register.error, Bit.masked | UInt32(Vector.error))
    write(Register.divider, Bit.divideByOne)
    write(Register.timer, UInt32(Vector.timer) | (usesDeadline ? Bit.deadlineMode : 0))
    write(Register.initialCount, 0)
    write(Register.spuriousVector, Bit.softwareEnable | UInt32(Vector.spurious))
  }

  @inline(__always)
  static func endInterrupt() { write(Register.endOfInterrupt, 0) }

  // MARK: The timer

  /// Counts down from the largest number without an interrupt, to be measured.
  static func startMeasuring() {
    write(Register.divider, Bit.divideByOne)
    write(Register.timer, Bit.masked | UInt32(Vector.timer))
    write(Register.initialCount, .max)
  }

  /// Ticks since `startMeasuring`.
  static func measured() -> UInt64 { UInt64(UInt32.max &- read(Register.currentCount)) }

  /// Whether the timer compares with the time-stamp counter instead of counting by itself.
  @inline(__always)
  static var isDeadlineTimer: Bool { usesDeadline }

  /// One interrupt after `ticks` of the timer's own clock; zero stops it.
  @inline(__always)
  static func setCount(_ ticks: UInt32) { write(Register.initialCount, ticks) }

  /// One interrupt when the time-stamp counter reaches `counter`; zero stops it.
  @inline(__always)
  static func setDeadline(_ counter: UInt64) { write_msr(ModelRegister.deadline, counter) }

  // MARK: Messages to other processors

  static func sendInterrupt(_ vector: Int, to identifier: UInt32) {
    command(Bit.fixed | UInt32(truncatingIfNeeded: vector), to: identifier)
  }
  static func sendInitialise(to identifier: UInt32) { command(Bit.initialise, to: identifier) }
  /// The processor begins at the 4 KiB page `page` of the first megabyte.
  static func sendStartUp(page: UInt32, to identifier: UInt32) {
    command(Bit.startUp | page, to: identifier)
  }
  static func sendNonMaskableToOthers() { command(Bit.nonMaskableToOthers, to: 0) }

  private static func command(_ low: UInt32, to identifier: UInt32) {
    if isExtended {
      write_msr(
        ModelRegister.extendedAPIC &+ Register.commandLow >> 4,
        UInt64(identifier) << 32 | UInt64(low))
      return
    }
    waitForDelivery()
    write(Register.commandHigh, identifier << 24)
    write(Register.commandLow, low)
  }

  /// The previous message leaves within microseconds; the bound is for broken hardware.
  private static func waitForDelivery() {
    Wait.spin(atMost: 100_000) { read(Register.commandLow) & Bit.deliveryPending != 0 }
  }

  @inline(__always)
  private static func write(_ register: UInt32, _ value: UInt32) {
    if isExtended {
      write_msr(ModelRegister.extendedAPIC &+ register >> 4, UInt64(value))
    } else {
      store32(registers &+ UInt64(register), value)
    }
  }

  @inline(__always)
  private static func read(_ register: UInt32) -> UInt32 {
    isExtended
      ? UInt32(truncatingIfNeeded: read_msr(ModelRegister.extendedAPIC &+ register >> 4))
      : load32(registers &+ UInt64(register))
  }
}
