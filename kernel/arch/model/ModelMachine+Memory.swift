// SPDX-License-Identifier: MIT
public import Architecture
import Core

/// Page tables walked by software, and the accesses through them.
extension ModelMachine {
  public static var directMapBase: UInt { unsafe UInt(bitPattern: memory.base) }
  public static var userLimit: UInt { 0x7FFF_FFFF_F000 }
  /// The page before the memory that `bootInformation` hands out.
  public static var kernelRoot: PhysicalAddress { PhysicalAddress(0x1000) }

  public static func activate(root: PhysicalAddress) {
    current.root = root
    current.translations = [:]
  }
  /// The model's kernel is the host's program; its half is empty.
  public static func installKernelHalf(root: PhysicalAddress) {}
  public static func invalidate(page address: UInt) {
    current.translations[address >> 12] = nil
    board.invalidatedPages += 1
  }
  public static func invalidateAll() {
    current.translations = [:]
    board.invalidatedSpaces += 1
  }

  public static func copyFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    copyUser(user, count, .read) { place, done, part in
      copy(to: kernel + UInt(done), from: place, count: part)
    }
  }

  public static func copyToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    copyUser(user, count, .write) { place, done, part in
      copy(to: place, from: kernel + UInt(done), count: part)
    }
  }

  public static func copyFewFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool {
    copyFromUser(to: kernel, from: user, count: count)
  }

  public static func copyFewToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool {
    copyToUser(to: user, from: kernel, count: count)
  }

  /// Lends the kernel's addresses of a span of user memory, page by page.
  private static func copyUser(
    _ user: UInt, _ count: Int, _ access: PageAccess, _ body: (UInt, Int, Int) -> Void
  ) -> Bool {
    var done = 0
    while done < count {
      let address = user + UInt(done)
      guard case .success(let place) = translate(address, access, asUser: false) else {
        return false
      }
      let part = min(count - done, 4096 - Int(address & 4095))
      body(directMapBase + place, done, part)
      done += part
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

  /// Where `user` is in physical memory for this access by the current processor, which remembers
  /// translations until it is told to forget them, as real ones do.
  static func translate(_ user: UInt, _ access: PageAccess, asUser: Bool) -> Result<UInt, Fault> {
    if let known = current.translations[user >> 12] {
      let entry = ModelEntry(rawValue: known)
      if entry.access.contains(access), entry.isDirty || !access.contains(.write) {
        return .success(UInt(entry.address.rawValue) + user & 4095)
      }
      // A processor that would fault looks again, and drops what it knew.
      current.translations[user >> 12] = nil
    }
    return walk(user, access)
  }

  /// Translates by the page tables. Marks the entry accessed and dirty as a processor does.
  private static func walk(_ user: UInt, _ access: PageAccess) -> Result<UInt, Fault> {
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
    current.translations[user >> 12] = memory[word: slot]
    return .success(UInt(entry.address.rawValue) + user & 4095)
  }

  private static func byte(_ address: UInt) -> UnsafeMutablePointer<UInt8> {
    guard let pointer = unsafe UnsafeMutablePointer<UInt8>(bitPattern: address) else {
      preconditionFailure("an access to null")
    }
    return unsafe pointer
  }
}
