// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// System-call convention: number in x8, arguments in x0…x5, result in x0. SVC is four bytes long.
extension register_frame: RegisterFrame {
  /// What a debugger may set: the condition flags (Arm DDI 0487, C5.2.19).
  private static var settableState: UInt64 { 0xF000_0000 }
  /// PSTATE.SS: one instruction, then a debug exception.
  private static var stepBit: UInt64 { 1 << 21 }
  /// PSTATE.M: zero is EL0.
  private static var modeMask: UInt64 { 0xF }

  public init(entry: UInt, stack: UInt, argument: UInt) {
    self.init()
    pc = UInt64(entry)
    sp = UInt64(stack)
    self[0] = UInt64(argument)
  }

  private subscript(index: Int) -> UInt64 {
    get {
      var copy = self
      // SAFETY: a local; callers pass 0 ... 30.
      return unsafe frame_register(&copy, UInt64(index))
    }
    set {
      // SAFETY: this value; callers pass 0 ... 30.
      unsafe set_frame_register(&self, UInt64(index), newValue)
    }
  }

  public var callNumber: UInt { UInt(self[8]) }

  /// Argument 0 shares x0 with the result, so it comes from the copy that entry makes.
  public func argument(_ index: Int) -> UInt {
    UInt(index == 0 ? first_argument : self[min(index, 5)])
  }

  public var result: UInt {
    get { UInt(self[0]) }
    set { self[0] = UInt64(newValue) }
  }

  public mutating func restartCall() {
    pc = pc &- 4
    self[0] = first_argument
  }

  public var instructionPointer: UInt {
    get { UInt(pc) }
    set { pc = UInt64(newValue) }
  }
  public var stackPointer: UInt {
    get { UInt(sp) }
    set { sp = UInt64(newValue) }
  }
  public var isUser: Bool { pstate & Self.modeMask == 0 }
  public var isStepping: Bool {
    get { pstate & Self.stepBit != 0 }
    set { pstate = newValue ? pstate | Self.stepBit : pstate & ~Self.stepBit }
  }

  public static var debugWordCount: Int { 34 }

  public func debugWord(_ index: Int) -> UInt {
    switch index {
    case 0...30: UInt(self[index])
    case 31: UInt(sp)
    case 32: UInt(pc)
    default: UInt(pstate)
    }
  }

  public mutating func setDebugWord(_ index: Int, _ value: UInt) {
    let word = UInt64(value)
    switch index {
    case 0...30: self[index] = word
    case 31: sp = word
    case 32: pc = word
    case 33: pstate = pstate & ~Self.settableState | word & Self.settableState
    default: break
    }
  }
}
