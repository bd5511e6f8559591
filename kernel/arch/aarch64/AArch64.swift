// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// The processor that this build of the kernel runs on.
public typealias Machine = AArch64

/// A 64-bit Arm processor. What is missing stops with the name of what was asked for.
public enum AArch64: Architecture {
  public typealias Registers = register_frame
  public typealias Entry = PageEntry

  /// Nothing can print yet: the name is for the debugger's backtrace.
  @inline(never)
  private static func missing(_ operation: StaticString) -> Never {
    fatalError("the aarch64 port lacks an operation")
  }

  public static var bootInformation: BootInformation { missing("bootInformation") }

  // MARK: Memory

  public static var directMapBase: UInt { 0xFFFF_8000_0000_0000 }
  public static var userLimit: UInt { 0x0000_FFFF_FFFF_F000 }
  public static func activate(root: PhysicalAddress) { write_user_root(root.rawValue) }
  public static var kernelRoot: PhysicalAddress { missing("kernelRoot") }
  /// The kernel's half has its own root register, TTBR1_EL1.
  public static func installKernelHalf(root: PhysicalAddress) {}
  public static func invalidate(page address: UInt) { invalidate_page(UInt64(address)) }
  public static func invalidateAll() { invalidate_all() }
  public static func copyFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    missing("copyFromUser")
  }
  public static func copyToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    missing("copyToUser")
  }
  public static func copyFewFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    missing("copyFewFromUser")
  }
  public static func copyFewToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    missing("copyFewToUser")
  }
  public static func copy(to: UInt, from: UInt, count: Int) { missing("copy") }
  public static func clearPage(_ address: UInt) { missing("clearPage") }
  public static func loadUser32(_ user: UInt) -> UInt32? { missing("loadUser32") }
  public static func loadUser64(_ user: UInt) -> UInt64? { missing("loadUser64") }
  public static func compareExchangeUser64(
    _ user: UInt, expected: UInt64, desired: UInt64
  ) -> UInt64? { missing("compareExchangeUser64") }

  /// EM_AARCH64.
  public static var elfMachine: UInt16 { 183 }
  public static var machineName: StaticString { "aarch64" }

  // MARK: Thread state beyond the general registers

  /// 32 vector registers of 16 bytes, FPCR and FPSR.
  public static var floatingPointBytes: Int { 576 }
  public static func initialiseFloatingPoint(at area: UInt) { missing("initialiseFloatingPoint") }
  public static func exchangeFloatingPoint(saving old: UInt, restoring new: UInt) {
    missing("exchangeFloatingPoint")
  }
  public static func saveFloatingPoint(at area: UInt) { missing("saveFloatingPoint") }
  public static func restoreFloatingPoint(at area: UInt) { missing("restoreFloatingPoint") }
  public static func setThreadPointer(_ value: UInt) { write_thread_pointer(UInt64(value)) }
  public static func setCurrentFrame(_ address: UInt) { missing("setCurrentFrame") }

  // MARK: Processors

  public static var processorCount: Int { 1 }
  public static var currentProcessor: Int { Int(processor_identity() & 7) }
  public static var processorRecord: UInt { missing("processorRecord") }
  public static func setProcessorRecord(_ address: UInt, of index: Int) {
    missing("setProcessorRecord")
  }
  public static func startProcessor(_ index: Int, isInvited: Bool) -> Bool { false }
  public static func interrupt(processor index: Int) { missing("interrupt(processor:)") }
  public static func stopOtherProcessors() {}
  public static func pause() { spin_pause() }

  // MARK: Time

  public static func counter() -> UInt64 { virtual_counter() }
  public static func now() -> UInt64 { missing("now") }
  public static func time(at counter: UInt64) -> UInt64 { missing("time") }
  public static func nanoseconds(ofCounter units: UInt64) -> UInt64 { missing("nanoseconds") }
  public static func setTimer(_ deadline: UInt64?) { missing("setTimer") }
  public static var clockParameters: ClockParameters { ClockParameters() }
  public static var wallClockAtBoot: UInt64 { 0 }

  // MARK: Interrupts

  public static func cause(of frame: borrowing register_frame) -> Trap { missing("cause") }
  public static var interruptLineCount: Int { 0 }
  public static func maskInterrupt(_ line: Int) { missing("maskInterrupt") }
  public static func unmaskInterrupt(_ line: Int) { missing("unmaskInterrupt") }
  public static func endInterrupt() { missing("endInterrupt") }
  public static func allocateMessageInterrupt(processor index: Int) -> MessageInterrupt? { nil }
  public static func freeMessageInterrupt(line: Int) { missing("freeMessageInterrupt") }

  // MARK: Board

  public static func writeSerial(port: Int, _ byte: UInt8) { missing("writeSerial") }
  public static func readSerial(port: Int) -> UInt8? { nil }
  public static func serialInterruptLine(port: Int) -> Int? { nil }
  public static func powerOff() -> Never { missing("powerOff") }
  public static func reset() -> Never { missing("reset") }
  public static func exitAfterPanic() -> Never { missing("exitAfterPanic") }
  public static func entropy() -> UInt64? { nil }
  public static func readPort(_ port: UInt16, width: Int) -> UInt32? { nil }
  public static func writePort(_ port: UInt16, _ value: UInt32, width: Int) -> Bool { false }
  public static func describe(_ frame: borrowing register_frame, _ write: (UInt8) -> Void) {}
  public static func backtrace(_ write: (UInt8) -> Void) {}
}
