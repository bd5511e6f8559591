// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// Vectors: 0…31 the processor's own, then interrupt lines (`Vector`), then the local APIC's.
enum Vector {
  static let firstPin = 0x20
  /// Pins beyond this have no vector; machines with more than two I/O APICs have such pins.
  static let pinLimit = 48
  static let firstMessage = 0x50
  static let messageCount = 128
  static let timer = 0xF0
  static let interprocessor = 0xF1
  static let error = 0xF2
  static let spurious = 0xFF
}

/// Exceptions that need naming (SDM 3A, Table 7-1).
private enum ExceptionVector {
  static let nonMaskable: UInt64 = 2
  static let generalProtection: UInt64 = 13
  static let pageFault: UInt64 = 14
}

extension X86_64 {
  public static func cause(of frame: borrowing register_frame) -> Trap {
    let vector = Int(truncatingIfNeeded: frame.kind)
    switch vector {
    case 14: return pageFault(code: frame.error)
    case 0..<32: return .exception(exception(vector), code: UInt(frame.error))
    case Vector.timer: return .timer
    case Vector.interprocessor: return .interprocessor
    case Vector.spurious: return .spurious
    default: return InterruptLines.take(vector: vector)
    }
  }

  /// The error code's bits (SDM 3A, Figure 5-12): 0 present, 1 write, 4 instruction fetch.
  private static func pageFault(code: UInt64) -> Trap {
    let access: PageAccess = code & 2 != 0 ? .write : code & 16 != 0 ? .execute : .read
    return .pageFault(address: UInt(read_cr2()), access: access, isPresent: code & 1 != 0)
  }

  private static func exception(_ vector: Int) -> ProcessorException {
    switch vector {
    case 0: .divideError
    case 1: .debugStep
    case 3: .breakpoint
    case 4: .overflow
    case 6: .illegalInstruction
    case 12, 13: .generalProtection
    case 16, 19: .floatingPoint
    case 17: .alignment
    default: .other
    }
  }
}

/// An exception while the kernel ran: continues after an access to user memory that failed; else
/// ends the kernel. Called by `trap_from_kernel`, which resumes the frame.
@c(machine_exception)
public func machineException(_ frame: UnsafeMutablePointer<register_frame>) {
  // SAFETY: the entry code's frame, on this stack.
  if unsafe frame.pointee.kind == ExceptionVector.pageFault,
    let target = UserAccess.recovery(at: unsafe frame.pointee.rip, address: read_cr2())
  {
    unsafe frame.pointee.rip = target
    return
  }
  unsafe kernel_fault(frame)
}

/// A double fault, non-maskable interrupt or machine check. `Processors.stopOthers` sends
/// non-maskable interrupts; any other comes from an operator or from broken hardware and ends the
/// kernel with its registers on the console.
@c(machine_emergency)
public func machineEmergency(_ frame: UnsafeMutablePointer<register_frame>) {
  // SAFETY: the entry code's frame, on this stack.
  if unsafe frame.pointee.kind == ExceptionVector.nonMaskable, Processors.areStopping {
    while true { halt() }
  }
  unsafe kernel_fault(frame)
}
