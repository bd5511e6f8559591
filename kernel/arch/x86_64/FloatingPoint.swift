// SPDX-License-Identifier: MIT
import CMachine

/// Vector and x87 registers, always saved and restored whole: no lazy switching, which leaks.
///
/// An area is what XSAVE writes (SDM 1, §13.4): 512 legacy bytes, a 64-byte header, then the
/// extended components; or FXSAVE's 512 bytes on a processor without XSAVE.
extension X86_64 {
  /// Offsets within the legacy region (SDM 1, Table 10-2).
  private static var controlWordOffset: UInt64 { 0 }
  private static var mediaControlOffset: UInt64 { 24 }

  public static var floatingPointBytes: Int { ProcessorFeatures.shared.floatingPointBytes }

  /// As after FINIT and reset: all exceptions masked, 64-bit precision. A zero header says that
  /// each component has its initial value, so the rest of the area need not be cleared.
  public static func initialiseFloatingPoint(at area: UInt) {
    let area = UInt64(area)
    clear_words(area, ProcessorFeatures.shared.hasXSAVE ? 72 : 64)
    store32(area &+ controlWordOffset, 0x037F)
    store32(area &+ mediaControlOffset, 0x1F80)
  }

  @inline(__always)
  public static func saveFloatingPoint(at area: UInt) {
    if ProcessorFeatures.shared.hasXSAVEOPT {
      extended_save_optimised(UInt64(area))
    } else if ProcessorFeatures.shared.hasXSAVE {
      extended_save(UInt64(area))
    } else {
      floating_save(UInt64(area))
    }
  }

  @inline(__always)
  public static func exchangeFloatingPoint(saving old: UInt, restoring new: UInt) {
    if ProcessorFeatures.shared.hasXSAVEOPT {
      extended_exchange(UInt64(old), UInt64(new))
    } else {
      exchangeSlowly(old, new)
    }
  }

  @inline(never)
  private static func exchangeSlowly(_ old: UInt, _ new: UInt) {
    saveFloatingPoint(at: old)
    restoreFloatingPoint(at: new)
  }

  @inline(__always)
  public static func restoreFloatingPoint(at area: UInt) {
    if ProcessorFeatures.shared.hasXSAVE {
      extended_restore(UInt64(area))
    } else {
      floating_restore(UInt64(area))
    }
  }
}
