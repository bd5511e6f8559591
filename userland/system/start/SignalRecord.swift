// SPDX-License-Identifier: MIT
import ABI
import CSystem

// The words of the calling thread's block that have to do with signals. The record itself the
// kernel reads and writes too: while the thread is not running, and on its way into the trampoline.

/// What the trampoline was called for.
struct ArrivedSignal {
  var number: UInt32
  var value: UInt
  var sender: UInt32
}

enum SignalRecord {
  /// The record of the calling thread.
  private static var control: UnsafeMutablePointer<SignalControl> {
    // SAFETY: every thread has a block, and the record is in it.
    let block = unsafe UInt(bitPattern: system_current_thread())
    return unsafe UnsafeMutablePointer(bitPattern: block &+ recordOffset).unsafelyUnwrapped
  }

  /// Where `system_thread.signals` lies; `signals.S` has it too.
  static var recordOffset: UInt { 128 }

  static var address: UInt { unsafe UInt(bitPattern: control) }

  /// What the kernel may deliver now.
  static var allowed: UInt64 { unsafe control.pointee.allowed }

  static func setAllowed(_ set: UInt64) {
    // The kernel reads the word at any moment.
    system_store_release(address &+ 8, set)
  }

  static var pending: UInt64 { unsafe control.pointee.pending }

  static var arrived: ArrivedSignal {
    let record = unsafe control.pointee
    return ArrivedSignal(
      number: UInt32(truncatingIfNeeded: record.signal),
      value: UInt(truncatingIfNeeded: record.value),
      sender: UInt32(truncatingIfNeeded: record.sender))
  }

  /// What the thread holds back, as it said; `allowed` also leaves out what is ignored.
  static var mask: UInt64 {
    // SAFETY: the thread's own block.
    UInt64(unsafe system_current_thread().pointee.reserved.1)
  }

  static func setMask(_ mask: UInt64) {
    // SAFETY: the thread's own block.
    unsafe system_current_thread().pointee.reserved.1 = UInt(truncatingIfNeeded: mask)
  }

  /// Gives the mask of the calling thread to one that is being made.
  static func inheritMask(block: UInt) {
    guard let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: block) else { return }
    // SAFETY: the thread does not run yet.
    unsafe thread.pointee.reserved.1 = UInt(truncatingIfNeeded: mask)
  }
}

/// Called by the trampoline with the registers of the interrupted code.
@c(system_signal_deliver)
public func systemSignalDeliver(_ frame: UInt) {
  Signals.deliver(SignalRecord.arrived, frame: frame)
}
