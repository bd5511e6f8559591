// SPDX-License-Identifier: MIT
import Architecture
public import CMachine
import Kernel
import Machine

// Where the architecture's assembly enters the portable kernel, and the one place where addresses
// of saved registers become pointers for it.

/// Frames that assembly resumes; null waits for an interrupt.
public typealias Frame = UnsafeMutablePointer<register_frame>

@c(kernel_start)
public func startKernel() -> Frame? {
  unsafe Frame(bitPattern: Kernel.start(Machine.bootInformation))
}

@c(kernel_start_processor)
public func startProcessor(_ index: UInt64) -> Frame? {
  unsafe Frame(bitPattern: Kernel.enterProcessorFirst(Int(truncatingIfNeeded: index)))
}

@c(kernel_trap)
public func trap(_ frame: Frame) -> Frame? {
  // SAFETY: assembly passes the frame it has just saved.
  let cause = unsafe Machine.cause(of: frame.pointee)
  return unsafe Frame(bitPattern: Kernel.enterTrap(cause))
}

@c(kernel_fault)
public func fault(_ frame: Frame) -> Never {
  // SAFETY: assembly passes the frame it has just saved.
  unsafe Kernel.panicOnFault(frame.pointee)
}
