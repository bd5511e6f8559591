// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// System-call convention: number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax; rcx
/// and r11 are lost. SYSCALL is two bytes long.
extension register_frame: RegisterFrame {
  /// Reserved bit 1 and IF: the flags that a thread begins with.
  private static var initialFlags: UInt64 { 0x202 }
  /// What a debugger may set: CF, PF, AF, ZF, SF, TF, DF, OF, AC and ID (SDM 1, §3.4.3). The
  /// others raise privilege, or block interrupts.
  private static var settableFlags: UInt64 { 0x24_0DD5 }
  private static var trapFlag: UInt64 { 1 << 8 }

  public init(entry: UInt, stack: UInt, argument: UInt) {
    self.init()
    kind = UInt64(KIND_SYSTEM_CALL)
    rip = Layout.canonicalUser(UInt64(entry))
    rsp = UInt64(stack)
    rdi = UInt64(argument)
    cs = UInt64(SELECTOR_USER_CODE)
    ss = UInt64(SELECTOR_USER_DATA)
    rflags = Self.initialFlags
  }

  @inline(__always)
  public var callNumber: UInt { UInt(error) }

  @inline(__always)
  public func argument(_ index: Int) -> UInt {
    switch index {
    case 0: UInt(rdi)
    case 1: UInt(rsi)
    case 2: UInt(rdx)
    case 3: UInt(r10)
    case 4: UInt(r8)
    default: UInt(r9)
    }
  }

  @inline(__always)
  public var result: UInt {
    get { UInt(rax) }
    set { rax = UInt64(newValue) }
  }

  public mutating func restartCall() {
    rip = Layout.canonicalUser(rip &- 2)
    rax = error
  }

  public var instructionPointer: UInt {
    get { UInt(rip) }
    set { rip = Layout.canonicalUser(UInt64(newValue)) }
  }

  public var stackPointer: UInt {
    get { UInt(rsp) }
    set { rsp = UInt64(newValue) }
  }

  @inline(__always)
  public var isUser: Bool { cs & 3 != 0 }

  public var isStepping: Bool {
    get { rflags & Self.trapFlag != 0 }
    set { rflags = newValue ? rflags | Self.trapFlag : rflags & ~Self.trapFlag }
  }

  /// rax rbx rcx rdx rsi rdi rbp rsp r8 … r15 rip rflags cs ss.
  public static var debugWordCount: Int { 20 }

  public func debugWord(_ index: Int) -> UInt {
    let isCall = kind == UInt64(KIND_SYSTEM_CALL)
    let word =
      switch index {
      case 0: rax
      case 1: rbx
      case 2: isCall ? rip : rcx
      case 3: rdx
      case 4: rsi
      case 5: rdi
      case 6: rbp
      case 7: rsp
      case 8: r8
      case 9: r9
      case 10: r10
      case 11: isCall ? rflags : r11
      case 12: r12
      case 13: r13
      case 14: r14
      case 15: r15
      case 16: rip
      case 17: rflags
      case 18: cs
      default: ss
      }
    return UInt(word)
  }

  /// The code and stack segments cannot be changed: there is only one of each.
  public mutating func setDebugWord(_ index: Int, _ value: UInt) {
    leaveByReturnFromInterrupt()
    let word = UInt64(value)
    switch index {
    case 0: rax = word
    case 1: rbx = word
    case 2: rcx = word
    case 3: rdx = word
    case 4: rsi = word
    case 5: rdi = word
    case 6: rbp = word
    case 7: rsp = word
    case 8: r8 = word
    case 9: r9 = word
    case 10: r10 = word
    case 11: r11 = word
    case 12: r12 = word
    case 13: r13 = word
    case 14: r14 = word
    case 15: r15 = word
    case 16: rip = Layout.canonicalUser(word)
    case 17: rflags = word & Self.settableFlags | Self.initialFlags
    default: break
    }
  }

  /// SYSRET would destroy rcx and r11, and SYSCALL did not save them. From here on the frame holds
  /// every register, and IRET restores it.
  private mutating func leaveByReturnFromInterrupt() {
    guard kind == UInt64(KIND_SYSTEM_CALL) else { return }
    kind = 0
    rcx = rip
    r11 = rflags
  }
}
