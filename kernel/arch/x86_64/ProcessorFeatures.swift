// SPDX-License-Identifier: MIT
import CMachine

/// Model-specific registers (SDM 4, Table 2-2).
enum ModelRegister {
  static let apicBase: UInt32 = 0x1B
  static let pageAttributes: UInt32 = 0x277
  static let deadline: UInt32 = 0x6E0
  static let kvmClock: UInt32 = 0x4B56_4D01
  /// The local APIC's registers in x2APIC mode, one for each 16 bytes of the mapped ones.
  static let extendedAPIC: UInt32 = 0x800
  static let features: UInt32 = 0xC000_0080
  /// SYSCALL's segments, entry, and the flags that it clears.
  static let callSegments: UInt32 = 0xC000_0081
  static let callEntry: UInt32 = 0xC000_0082
  static let callFlagMask: UInt32 = 0xC000_0084
  static let fsBase: UInt32 = 0xC000_0100
  static let gsBase: UInt32 = 0xC000_0101
  static let kernelGSBase: UInt32 = 0xC000_0102
}

/// What this machine's processors can do (CPUID: SDM 2A, Table 3-17). All are taken to be alike.
struct ProcessorFeatures {
  var hasSMEP = false
  var hasSMAP = false
  var hasUMIP = false
  var hasXSAVE = false
  var hasXSAVEOPT = false
  var hasRandom = false
  var hasSeed = false
  var hasDeadlineTimer = false
  var hasInvariantCounter = false
  /// The extended state components to switch: x87, SSE, and AVX and AVX-512 where present.
  var stateComponents: UInt64 = 0
  var floatingPointBytes = 512

  @safe nonisolated(unsafe) static var shared = ProcessorFeatures()

  /// CR4 (SDM 3A, §2.5).
  private enum Control {
    static let physicalAddressExtension: UInt64 = 1 << 5
    static let globalPages: UInt64 = 1 << 7
    static let fxsave: UInt64 = 1 << 9
    static let simdExceptions: UInt64 = 1 << 10
    static let userInstructionPrevention: UInt64 = 1 << 11
    static let xsave: UInt64 = 1 << 18
    static let supervisorExecutionPrevention: UInt64 = 1 << 20
    static let supervisorAccessPrevention: UInt64 = 1 << 21
  }

  static func detect() -> ProcessorFeatures {
    var features = ProcessorFeatures()
    let highest = identify(0, 0).a
    let basic = identify(1, 0)
    features.hasXSAVE = basic.c >> 26 & 1 == 1 && highest >= 0xD
    features.hasDeadlineTimer = basic.c >> 24 & 1 == 1
    features.hasRandom = basic.c >> 30 & 1 == 1
    if highest >= 7 {
      let words = identify(7, 0)
      features.hasSMEP = words.b >> 7 & 1 == 1
      features.hasSMAP = words.b >> 20 & 1 == 1
      features.hasSeed = words.b >> 18 & 1 == 1
      features.hasUMIP = words.c >> 2 & 1 == 1
    }
    if identify(0x8000_0000, 0).a >= 0x8000_0007 {
      features.hasInvariantCounter = identify(0x8000_0007, 0).d >> 8 & 1 == 1
    }
    if features.hasXSAVE {
      // Bits 5…7 are AVX-512's three components, of use only together.
      let offered = UInt64(identify(0xD, 0).a)
      features.stateComponents = offered & 7 | (offered & 0xE0 == 0xE0 ? 0xE0 : 0)
      features.hasXSAVEOPT = identify(0xD, 1).a & 1 == 1
    }
    return features
  }

  /// Turns the features on in this processor.
  func enable() {
    var control =
      Control.physicalAddressExtension | Control.globalPages | Control.fxsave
      | Control.simdExceptions
    if hasUMIP { control |= Control.userInstructionPrevention }
    if hasXSAVE { control |= Control.xsave }
    if hasSMEP { control |= Control.supervisorExecutionPrevention }
    if hasSMAP { control |= Control.supervisorAccessPrevention }
    write_cr4(control)
    if hasXSAVE { write_xcr0(stateComponents) }
    write_msr(ModelRegister.pageAttributes, PageEntry.pageAttributeTable)
  }

  /// The size of an XSAVE area depends on what `enable` turned on (leaf 0xD, EBX).
  mutating func measureFloatingPoint() {
    floatingPointBytes = hasXSAVE ? Int(identify(0xD, 0).b + 63) & ~63 : 512
  }

  /// The maker's name of the hypervisor, as the first of its three words; zero on bare metal.
  static var hypervisor: UInt32 {
    identify(1, 0).c >> 31 & 1 == 1 ? identify(0x4000_0000, 0).b : 0
  }
}
