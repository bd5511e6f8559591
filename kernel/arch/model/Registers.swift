// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// The model's system-call instruction is two bytes long, as on x86_64.
let callInstructionBytes: UInt64 = 2

extension register_frame: RegisterFrame {
  public init(entry: UInt, stack: UInt, argument: UInt) {
    self.init()
    instruction_pointer = UInt64(entry)
    stack_pointer = UInt64(stack)
    argument0 = UInt64(argument)
    is_user = 1
  }

  public var callNumber: UInt { UInt(number) }

  public func argument(_ index: Int) -> UInt {
    switch index {
    case 0: UInt(argument0)
    case 1: UInt(argument1)
    case 2: UInt(argument2)
    case 3: UInt(argument3)
    case 4: UInt(argument4)
    default: UInt(argument5)
    }
  }

  public var result: UInt {
    get { UInt(result_word) }
    set { result_word = UInt64(newValue) }
  }

  public mutating func restartCall() {
    instruction_pointer &-= callInstructionBytes
    result_word = number
  }

  public var instructionPointer: UInt {
    get { UInt(instruction_pointer) }
    set { instruction_pointer = UInt64(newValue) }
  }
  public var stackPointer: UInt {
    get { UInt(stack_pointer) }
    set { stack_pointer = UInt64(newValue) }
  }
  public var isUser: Bool { is_user != 0 }
  public var isStepping: Bool {
    get { thread_flags & 1 == 1 }
    set { thread_flags = newValue ? thread_flags | 1 : thread_flags & ~1 }
  }

  public static var debugWordCount: Int { 10 }

  /// Result, arguments 0 to 5, instruction pointer, stack pointer, flags.
  public func debugWord(_ index: Int) -> UInt {
    switch index {
    case 0: UInt(result_word)
    case 1...6: argument(index - 1)
    case 7: UInt(instruction_pointer)
    case 8: UInt(stack_pointer)
    default: UInt(thread_flags)
    }
  }

  public mutating func setDebugWord(_ index: Int, _ value: UInt) {
    let word = UInt64(value)
    switch index {
    case 0: result_word = word
    case 1: argument0 = word
    case 2: argument1 = word
    case 3: argument2 = word
    case 4: argument3 = word
    case 5: argument4 = word
    case 6: argument5 = word
    case 7: instruction_pointer = word
    case 8: stack_pointer = word
    default: thread_flags = word & 1
    }
  }
}
