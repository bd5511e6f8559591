// SPDX-License-Identifier: MIT
public import CMachine

/// What a panic prints about the processor.
extension X86_64 {
  /// Registers, four to a line, then the control registers.
  public static func describe(_ frame: borrowing register_frame, _ write: (UInt8) -> Void) {
    let isCall = frame.kind == UInt64(KIND_SYSTEM_CALL)
    text(isCall ? "system call " : "vector ", write)
    hexadecimal(isCall ? frame.error : frame.kind, digits: 2, write)
    text(", error code ", write)
    hexadecimal(isCall ? 0 : frame.error, digits: 4, write)
    text(", processor ", write)
    hexadecimal(processor_index(), digits: 1, write)
    text("\n", write)
    row("rip", frame.rip, "rsp", frame.rsp, "rbp", frame.rbp, write)
    row("rax", frame.rax, "rbx", frame.rbx, "rcx", frame.rcx, write)
    row("rdx", frame.rdx, "rsi", frame.rsi, "rdi", frame.rdi, write)
    row(" r8", frame.r8, " r9", frame.r9, "r10", frame.r10, write)
    row("r11", frame.r11, "r12", frame.r12, "r13", frame.r13, write)
    row("r14", frame.r14, "r15", frame.r15, "rfl", frame.rflags, write)
    row(" cs", frame.cs, " ss", frame.ss, "cr0", read_cr0(), write)
    row("cr2", read_cr2(), "cr3", read_cr3(), "cr4", read_cr4(), write)
  }

  /// The return addresses on this processor's stacks, innermost first, each as ` 0x…`.
  ///
  /// Follows the frame pointers that all Swift code keeps. A pointer that leaves this processor's
  /// stacks (user code's, or a damaged one) ends the list, so it cannot fault.
  public static func backtrace(_ write: (UInt8) -> Void) {
    let area = ProcessorArea(Int(truncatingIfNeeded: processor_index()))
    var pointer = frame_pointer()
    for _ in 0..<32 {
      guard area.isOnStack(pointer) else { return }
      text(" 0x", write)
      hexadecimal(load64(pointer &+ 8), digits: 16, write)
      let next = load64(pointer)
      // Outer frames lie higher, but an emergency stack may lead to the kernel stack below it.
      if next == pointer { return }
      pointer = next
    }
  }

  private static func row(
    _ name0: StaticString, _ value0: UInt64, _ name1: StaticString, _ value1: UInt64,
    _ name2: StaticString, _ value2: UInt64, _ write: (UInt8) -> Void
  ) {
    register(name0, value0, write)
    register(name1, value1, write)
    register(name2, value2, write)
    text("\n", write)
  }

  private static func register(_ name: StaticString, _ value: UInt64, _ write: (UInt8) -> Void) {
    text(name, write)
    text(" ", write)
    hexadecimal(value, digits: 16, write)
    text("  ", write)
  }

  private static func text(_ text: StaticString, _ write: (UInt8) -> Void) {
    let bytes = unsafe text.utf8Start
    // SAFETY: a static string has exactly that many bytes.
    for index in 0..<text.utf8CodeUnitCount { write(unsafe bytes[index]) }
  }

  private static func hexadecimal(_ value: UInt64, digits: Int, _ write: (UInt8) -> Void) {
    var shift = (digits &- 1) &* 4
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value &>> UInt64(shift) & 15)
      write(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
      shift &-= 4
    }
  }
}
