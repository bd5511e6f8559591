// SPDX-License-Identifier: MIT
public import Base
import Core

/// A fault that ended a process, as init logs it.
public struct FaultReport: Sendable {
  public var process: UInt32
  public var thread: UInt32
  /// The processor's exception number, or one of the kernel's (`ExceptionRecord.kind`).
  public var kind: UInt32
  /// For page faults: 1 write, 2 execute, 4 the page was present.
  public var code: UInt32
  public var address: UInt64
  public var instruction: UInt64
  public var stack: UInt64
  /// Return addresses, innermost first, without the instruction itself.
  public var callers: [UInt64] = []

  @export(interface)
  public init(
    process: UInt32, thread: UInt32, kind: UInt32, code: UInt32, address: UInt64,
    instruction: UInt64, stack: UInt64
  ) {
    self.process = process
    self.thread = thread
    self.kind = kind
    self.code = code
    self.address = address
    self.instruction = instruction
    self.stack = stack
  }

  /// Two lines: what happened, and where it was called from. `name` tells the name of the function
  /// that an address lies in and how far into it, where that is known.
  @export(interface)
  public func put(to text: inout Text, _ name: (UInt64) -> (Text, UInt64)?) {
    text.put("process ")
    text.put(decimal: UInt64(process))
    text.put(" thread ")
    text.put(decimal: UInt64(thread))
    text.put(": ")
    putCause(to: &text)
    text.put(" at ")
    putPlace(instruction, name, to: &text)
    text.put(", stack 0x")
    text.put(hexadecimal: stack)
    text.put("\nbacktrace:")
    text.put(0x20)
    putPlace(instruction, name, to: &text)
    for caller in callers {
      text.put(0x20)
      putPlace(caller, name, to: &text)
    }
    text.put(0x0A)
  }

  private func putCause(to text: inout Text) {
    text.put(Self.cause(of: kind))
    guard kind == 14 || kind == 65 || kind == 66 else { return }
    if kind == 14 {
      text.put(code & 2 != 0 ? ", executing" : code & 1 != 0 ? ", writing" : ", reading")
    }
    text.put(" 0x")
    text.put(hexadecimal: address)
  }

  private func putPlace(
    _ address: UInt64, _ name: (UInt64) -> (Text, UInt64)?, to text: inout Text
  ) {
    guard let (function, offset) = name(address) else {
      text.put("0x")
      text.put(hexadecimal: address)
      return
    }
    text.put(function)
    text.put("+0x")
    text.put(hexadecimal: offset)
  }

  /// The kind in words.
  @export(interface)
  public static func cause(of kind: UInt32) -> StaticString {
    switch kind {
    case 0: "division by zero"
    case 1: "debug step"
    case 3: "breakpoint"
    case 4: "overflow"
    case 6: "illegal instruction"
    case 12: "stack fault"
    case 13: "protection fault"
    case 14: "page fault"
    case 16, 19: "floating-point fault"
    case 17: "misaligned access"
    case 64: "unknown system call"
    case 65: "memory limit reached"
    case 66: "a page could not be supplied"
    default: "fault"
    }
  }
}
