// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// The processor that this build of the kernel runs on.
public typealias Machine = X86_64

/// A PC with 64-bit processors. Each file of this folder adds one group of operations.
public enum X86_64: Architecture {
  public typealias Registers = register_frame
  public typealias Entry = PageEntry

  @inline(__always)
  public static var currentProcessor: Int { Int(truncatingIfNeeded: processor_index() & 7) }

  @inline(__always)
  public static func pause() { spin_pause() }

  public static var elfMachine: UInt16 { 62 }
  public static var machineName: StaticString { "x86_64" }

  @inline(__always)
  public static func counter() -> UInt64 { read_counter() }

  @inline(__always)
  public static func setCurrentFrame(_ address: UInt) {
    set_frame_end(UInt64(address) &+ UInt64(FRAME_BYTES))
  }

  @inline(__always)
  public static func setThreadPointer(_ value: UInt) {
    write_msr(ModelRegister.fsBase, UInt64(value))
  }
}

/// Where things are in the kernel's address space.
///
/// | from | what |
/// |---|---|
/// | 0 | user half, up to `userLimit` |
/// | 0xffff_8000_0000_0000 | direct map of physical memory |
/// | 0xffff_ffff_0000_0000 | device window: 512 pages, uncached or read-only |
/// | 0xffff_ffff_0020_0000 | processor areas: 64 KiB each (`ProcessorArea`) |
/// | 0xffff_ffff_8000_0000 | kernel image, at its physical address from there |
enum Layout {
  static let pageBytes: UInt64 = 4096
  static let largePageBytes: UInt64 = 2 << 20
  static let directMap: UInt64 = 0xFFFF_8000_0000_0000
  static let deviceWindow: UInt64 = 0xFFFF_FFFF_0000_0000
  static let processorWindow: UInt64 = 0xFFFF_FFFF_0020_0000
  static let image: UInt64 = 0xFFFF_FFFF_8000_0000
  /// The last page below the canonical boundary is left out, so that the address after a user
  /// instruction is always canonical and SYSRET cannot fault.
  static let userLimit: UInt64 = 0x7FFF_FFFF_F000
  /// What the direct map can reach: half of the kernel's half.
  static let physicalLimit: UInt64 = 1 << 46

  /// `address`, or the first address past the user half if it is beyond: using that faults.
  @inline(__always)
  static func canonicalUser(_ address: UInt64) -> UInt64 {
    address < userLimit ? address : userLimit
  }

  /// Where the kernel sees physical `address`, which must be below `physicalLimit`.
  @inline(__always)
  static func direct(_ address: UInt64) -> UInt64 { directMap &+ address }
}
