// SPDX-License-Identifier: MIT
public import Architecture
import Core

/// Page tables walked by software, and the accesses through them.
extension ModelMachine {
  public static var directMapBase: UInt { unsafe UInt(bitPattern: memory.base) }
  public static var userLimit: UInt { 0x7FFF_FFFF_F000 }
  /// The page before the memory that `bootInformation` hands out.
  public static var kernelRoot: PhysicalAddress { PhysicalAddress(0x1000) }

  public static func activate(root: PhysicalAddress) { current.root = root }
  /// The model's kernel is the host's program; its half is empty.
  public static func installKernelHalf(root: PhysicalAddress) {}
  public static func invalidate(page address: UInt) { board.invalidatedPages += 1 }
  public static func invalidateAll() { board.invalidatedSpaces += 1 }

  public static func copyFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    for index in 0..<count {
      guard case .success(let address) = translate(user + UInt(index), .read, asUser: false) else {
        return false
      }
      unsafe byte(kernel + UInt(index)).pointee = byte(directMapBase + address).pointee
    }
    return true
  }

  public static func copyToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    for index in 0..<count {
      guard case .success(let address) = translate(user + UInt(index), .write, asUser: false) else {
        return false
      }
      unsafe byte(directMapBase + address).pointee = byte(kernel + UInt(index)).pointee
    }
    return true
  }

  public static func copy(to: UInt, from: UInt, count: Int) {
    unsafe byte(to).update(from: byte(from), count: count)
  }

  public static func clearPage(_ address: UInt) {
    unsafe byte(address).update(repeating: 0, count: 4096)
  }

  public static func loadUser32(_ user: UInt) -> UInt32? {
    guard user % 4 == 0, let word = loadUser64(user & ~7) else { return nil }
    return UInt32(truncatingIfNeeded: user % 8 == 0 ? word : word >> 32)
  }

  public static func loadUser64(_ user: UInt) -> UInt64? {
    guard case .success(let address) = translate(user, .read, asUser: false) else { return nil }
    return memory[word: UInt64(address)]
  }

  public static func compareExchangeUser64(
    _ user: UInt, expected: UInt64, desired: UInt64
  ) -> UInt64? {
    guard case .success(let address) = translate(user, .write, asUser: false) else { return nil }
    let old = memory[word: UInt64(address)]
    if old == expected { memory[word: UInt64(address)] = desired }
    return old
  }

  /// A failed translation: what the page fault would say.
  struct Fault: Error {
    var isPresent: Bool
  }

  /// Where `user` is in physical memory for this access by the current processor. Marks the entry
  /// accessed and dirty as a processor does.
  static func translate(_ user: UInt, _ access: PageAccess, asUser: Bool) -> Result<UInt, Fault> {
    guard user < userLimit else { return .failure(Fault(isPresent: true)) }
    var table = current.root.rawValue
    for level in [39, 30, 21] as [UInt] {
      let entry = ModelEntry(rawValue: memory[word: table + UInt64(user >> level & 511) * 8])
      guard entry.isPresent else { return .failure(Fault(isPresent: false)) }
      table = entry.address.rawValue
    }
    let slot = table + UInt64(user >> 12 & 511) * 8
    let entry = ModelEntry(rawValue: memory[word: slot])
    guard entry.isPresent else { return .failure(Fault(isPresent: false)) }
    guard entry.access.contains(access) else { return .failure(Fault(isPresent: true)) }
    let dirty = access.contains(.write) ? ModelEntry.dirty : 0
    memory[word: slot] = entry.rawValue | ModelEntry.accessed | dirty
    return .success(UInt(entry.address.rawValue) + user & 4095)
  }

  private static func byte(_ address: UInt) -> UnsafeMutablePointer<UInt8> {
    guard let pointer = unsafe UnsafeMutablePointer<UInt8>(bitPattern: address) else {
      preconditionFailure("an access to null")
    }
    return unsafe pointer
  }
}
