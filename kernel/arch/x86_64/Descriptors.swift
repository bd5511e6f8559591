// SPDX-License-Identifier: MIT
import CMachine

/// What one processor has for itself: 64 KiB of kernel addresses, of which these pages exist.
///
/// | page | what |
/// |---|---|
/// | 1…4 | the kernel stack |
/// | 6…7, 9…10, 12…13 | stacks for double faults, non-maskable interrupts, machine checks |
/// | 15 | `struct processor`: what GS base points to, with descriptor table and task state |
///
/// The pages between are never mapped, so a stack that overflows faults instead of spilling over.
struct ProcessorArea {
  static let byteCount: UInt64 = 64 << 10
  private static let mappedPages: UInt64 = 0b1011_0110_1101_1110

  let base: UInt64
  let index: Int

  init(_ index: Int) {
    self.index = index
    base = Layout.processorWindow &+ UInt64(index) &* Self.byteCount
  }

  var stackTop: UInt64 { page(5) }
  var structure: UInt64 { page(15) }

  /// Whether `address` and the word after it are on one of this processor's stacks.
  func isOnStack(_ address: UInt64) -> Bool {
    guard address >= base, address & 7 == 0, address <= base &+ Self.byteCount &- 16 else {
      return false
    }
    return isMapped((address &- base) >> 12) && isMapped((address &+ 8 &- base) >> 12)
  }

  private func isMapped(_ page: UInt64) -> Bool { Self.mappedPages &>> page & 1 == 1 }
  private func page(_ number: UInt64) -> UInt64 { base &+ number &* Layout.pageBytes }

  /// Gives the area its memory and fills in the structure. Happens at boot for all processors.
  func prepare() {
    for number in 0..<UInt64(16) where isMapped(number) {
      KernelTables.mapMemory(page(number), to: BootMemory.takePage())
    }
    // SAFETY: the page has just been mapped and cleared, and nobody else knows it.
    guard let processor = unsafe UnsafeMutablePointer<processor>(bitPattern: UInt(structure)) else {
      return
    }
    unsafe processor.pointee.`self` = processor
    unsafe processor.pointee.stack_top = stackTop
    unsafe processor.pointee.index = UInt64(index)
    unsafe processor.pointee.task_state.interrupt_stack.0 = emergencyStack(endingAt: 8)
    unsafe processor.pointee.task_state.interrupt_stack.1 = emergencyStack(endingAt: 11)
    unsafe processor.pointee.task_state.interrupt_stack.2 = emergencyStack(endingAt: 14)
    unsafe processor.pointee.task_state.port_map = 104
    unsafe fillDescriptors(of: processor)
  }

  /// The top of an emergency stack holds the structure's address; the frame lies right below it.
  private func emergencyStack(endingAt number: UInt64) -> UInt64 {
    let top = page(number) &- 16
    store64(top, structure)
    return top
  }

  /// The descriptor table (SDM 3A, §3.4.5, §8.2.3), in the order that `offsets.h` numbers.
  private func fillDescriptors(of processor: UnsafeMutablePointer<processor>) {
    let task = structure &+ UInt64(PROCESSOR_TSS)
    // SAFETY: the caller's structure.
    unsafe processor.pointee.descriptors.1 = 0x00AF_9B00_0000_FFFF  // kernel code, 64-bit
    unsafe processor.pointee.descriptors.2 = 0x00CF_9300_0000_FFFF  // kernel data
    // Entry 3 would be 32-bit user code: there is none, so user mode cannot leave 64-bit mode.
    unsafe processor.pointee.descriptors.4 = 0x00CF_F300_0000_FFFF  // user data
    unsafe processor.pointee.descriptors.5 = 0x00AF_FB00_0000_FFFF  // user code, 64-bit
    unsafe processor.pointee.descriptors.6 =
      103 | (task & 0xFF_FFFF) << 16 | 0x89 << 40 | (task >> 24 & 0xFF) << 56
    unsafe processor.pointee.descriptors.7 = task >> 32
  }

  func setCounterOffset(_ offset: UInt64) {
    store64(structure &+ UInt64(PROCESSOR_COUNTER_OFFSET), offset)
  }

  func setRecord(_ address: UInt64) {
    store64(structure &+ UInt64(PROCESSOR_RECORD), address)
  }

  /// Makes this area the current processor's.
  func load() {
    load_descriptor_table(structure &+ UInt64(PROCESSOR_GDT), 8 * 8 - 1)
    reload_segments()
    write_msr(ModelRegister.gsBase, structure)
    write_msr(ModelRegister.kernelGSBase, 0)
    write_msr(ModelRegister.fsBase, 0)
    load_task_register(UInt16(SELECTOR_TSS))
    InterruptTable.load()
    SystemCallEntry.load()
  }
}

/// The interrupt table, one for all processors (SDM 3A, §7.14.1).
enum InterruptTable {
  @safe nonisolated(unsafe) private static var address: UInt64 = 0

  static func build() {
    let page = BootMemory.takePage()
    for vector in 0..<UInt64(256) {
      let target = trap_stub_address(vector)
      let gate =
        target & 0xFFFF | UInt64(SELECTOR_KERNEL_CODE) << 16 | stack(for: vector) << 32
        | type(of: vector) << 40 | (target >> 16 & 0xFFFF) << 48
      store64(Layout.direct(page) &+ vector &* 16, gate)
      store64(Layout.direct(page) &+ vector &* 16 &+ 8, target >> 32)
    }
    address = KernelTables.mapConstant(page) ?? Layout.direct(page)
  }

  static func load() { load_interrupt_table(address, 256 * 16 - 1) }

  /// Faults that must not use the stack they happened on.
  private static func stack(for vector: UInt64) -> UInt64 {
    switch vector {
    case 8: 1  // double fault
    case 2: 2  // non-maskable interrupt
    case 18: 3  // machine check
    default: 0
    }
  }

  /// Interrupt gates, which clear IF; user mode may raise only the breakpoint by instruction.
  private static func type(of vector: UInt64) -> UInt64 { vector == 3 ? 0xEE : 0x8E }
}

/// SYSCALL and SYSRET (SDM 3A, §5.8.8).
enum SystemCallEntry {
  /// TF, IF, DF, NT and AC: clear on entry.
  private static let clearedFlags: UInt64 = 0x4_4700

  static func load() {
    let segments = UInt64(SELECTOR_SYSRET_BASE | 3) << 48 | UInt64(SELECTOR_KERNEL_CODE) << 32
    write_msr(ModelRegister.callSegments, segments)
    write_msr(ModelRegister.callEntry, system_call_entry_address())
    write_msr(ModelRegister.callFlagMask, clearedFlags)
  }
}
