// SPDX-License-Identifier: MIT
import Core

/// Random bytes that a boot loader leaves for the system: a module whose command line is `name`, in
/// memory that its map calls `MemoryType.tables`, which the kernel gives to nobody.
public enum BootSeed {
  public static var name: StaticString { "boot-seed" }
  /// A shorter one is worth little; longer ones are refused rather than cut.
  public static var leastBytes: UInt64 { 32 }
  public static var mostBytes: UInt64 { 64 }

  /// Whether a seed may have so many bytes.
  @export(interface)
  public static func isAllowed(_ byteCount: UInt64) -> Bool {
    byteCount >= leastBytes && byteCount <= mostBytes
  }

  /// Whether `bytes`, a module's command line with the zero behind it, name a seed.
  @export(interface)
  public static func isNamed(by bytes: Span<UInt8>) -> Bool {
    let name = name.bytes
    guard bytes.count == name.count &+ 1, bytes[name.count] == 0 else { return false }
    for index in name.indices where bytes[index] != name[index] { return false }
    return true
  }
}
