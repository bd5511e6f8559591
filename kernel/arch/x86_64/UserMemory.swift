// SPDX-License-Identifier: MIT
import CMachine

/// Access to the user half, through the routines of `support/user.S` alone.
extension X86_64 {
  @inline(__always)
  public static var userLimit: UInt { UInt(Layout.userLimit) }

  @inline(__always)
  public static func copyFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    user_copy(UInt64(kernel), UInt64(user), UInt64(bitPattern: Int64(count))) != 0
  }

  @inline(__always)
  public static func copyToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    user_copy(UInt64(user), UInt64(kernel), UInt64(bitPattern: Int64(count))) != 0
  }

  @inline(__always)
  public static func copyFewFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    copyFew(to: kernel, from: user, count: count)
  }

  @inline(__always)
  public static func copyFewToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    copyFew(to: user, from: kernel, count: count)
  }

  @inline(__always)
  private static func copyFew(to: UInt, from: UInt, count: Int) -> Bool {
    let count = UInt64(bitPattern: Int64(count))
    guard count & 7 == 0 else { return user_copy(UInt64(to), UInt64(from), count) != 0 }
    return user_copy_words(UInt64(to), UInt64(from), count >> 3) != 0
  }

  @inline(__always)
  public static func loadUser32(_ user: UInt) -> UInt32? {
    let word = user_load32(UInt64(user))
    return word.valid != 0 ? UInt32(truncatingIfNeeded: word.value) : nil
  }

  @inline(__always)
  public static func loadUser64(_ user: UInt) -> UInt64? {
    let word = user_load64(UInt64(user))
    return word.valid != 0 ? word.value : nil
  }

  @inline(__always)
  public static func compareExchangeUser64(
    _ user: UInt, expected: UInt64, desired: UInt64
  ) -> UInt64? {
    let word = user_compare_exchange64(UInt64(user), expected, desired)
    return word.valid != 0 ? word.value : nil
  }

  @inline(__always)
  public static func copy(to: UInt, from: UInt, count: Int) {
    copy_bytes(UInt64(to), UInt64(from), UInt64(bitPattern: Int64(count)))
  }

  @inline(__always)
  public static func clearPage(_ address: UInt) { clear_words(UInt64(address), 512) }
}

/// What the routines need from the boot code and from the page-fault handler.
enum UserAccess {
  /// Blanks STAC and CLAC with a three-byte no-operation, on a processor that would refuse them.
  /// Runs while the image is still writable.
  static func removeProtectionSwitches() {
    for index in 0..<user_access_site_count() {
      let site = user_access_site(index)
      store8(site, 0x0F)
      store8(site &+ 1, 0x1F)
      store8(site &+ 2, 0x00)
    }
  }

  /// Where the kernel goes on after a fault at `instruction` on user address `address`; nil if
  /// that is no access to user memory, and so the kernel's own mistake.
  static func recovery(at instruction: UInt64, address: UInt64) -> UInt64? {
    guard address < Layout.userLimit else { return nil }
    for index in 0..<fault_table_count() where fault_table_instruction(index) == instruction {
      return fault_table_target(index)
    }
    return nil
  }
}
