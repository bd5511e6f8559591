// SPDX-License-Identifier: MIT
import CFirmware
import Core

/// The firmware that started us: all calls of it, and the memory that it gives.
struct Firmware {
  let image: UInt64
  let system: UInt64

  static let errorBit: UInt64 = 1 << 63
  static let loadError: UInt64 = 1 | errorBit
  static let notFound: UInt64 = 14 | errorBit
  static let pageBytes: UInt64 = 4096

  /// What memory is for (UEFI 2.10, §7.2). Boot services' own is free once they are gone; what holds
  /// ACPI's tables is free once those have been read, which no kernel of ours says.
  enum MemoryUse: UInt64 { case loaderCode = 1, loaderData = 2, tables = 9 }

  // MARK: Console

  func print(_ text: StaticString) {
    for index in text.bytes.indices { firmware_put(system, UInt16(text.bytes[index])) }
  }

  func print(decimal number: UInt64) {
    var text = FixedText<20>()
    text.put(decimal: number)
    let bytes = text.bytes
    for index in bytes.indices { firmware_put(system, UInt16(bytes[index])) }
  }

  func wait(seconds: UInt64) { firmware_wait(system, seconds &* 1_000_000) }

  // MARK: Memory

  /// Whole pages below 4 GiB for `byteCount` bytes, outside `taken`; nil if there are none.
  func allocate(
    _ byteCount: UInt64, _ use: MemoryUse = .loaderData, outside taken: AddressRange
  ) -> AddressRange? {
    guard let bytes = max(byteCount, 1).roundedUp(to: Self.pageBytes) else { return nil }
    var highest: UInt64 = 0xFFFF_FFFF
    // What is refused here stays allocated, so that it does not come again.
    for _ in 0..<8 {
      let given = firmware_allocate(system, highest, use.rawValue, bytes / Self.pageBytes)
      guard given.status == 0, let range = AddressRange(start: given.value, byteCount: bytes) else {
        return nil
      }
      if !range.overlaps(taken) { return range }
      highest = range.start &- 1
    }
    return nil
  }

  /// The bytes at `range`, which is memory of ours.
  @_lifetime(immortal)
  static func bytes(_ range: AddressRange) -> Span<UInt8> {
    guard let start = unsafe UnsafePointer<UInt8>(bitPattern: UInt(range.start)) else {
      return Span()
    }
    // SAFETY: the firmware gave us this memory for good, and we write to it only before it is read.
    let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(range.byteCount))
    return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: ())
  }

  /// The same, to be written.
  @_lifetime(immortal)
  static func writable(_ range: AddressRange) -> MutableSpan<UInt8> {
    guard let start = unsafe UnsafeMutablePointer<UInt8>(bitPattern: UInt(range.start)) else {
      return MutableSpan()
    }
    // SAFETY: the firmware gave us this memory for good, and nobody else has it.
    let bytes = unsafe UnsafeMutableBufferPointer(start: start, count: Int(range.byteCount))
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), borrowing: ())
  }

  // MARK: Files

  /// The root of the volume that we were loaded from.
  func root() throws(LoaderError) -> UInt64 {
    let found = firmware_root(system, image)
    guard found.status == 0 else { throw LoaderError(.volume, found.status) }
    return found.value
  }

  /// A file's size and handle, or the status with which it cannot be opened.
  func open(_ path: StaticString, in root: UInt64) -> (status: UInt64, file: UInt64, bytes: UInt64)
  {
    // SAFETY: a static text has exactly that many bytes.
    let found = unsafe firmware_open(root, path.utf8Start, UInt64(path.utf8CodeUnitCount))
    guard found.status == 0 else { return (found.status, 0, 0) }
    let size = firmware_size(found.value)
    return (size.status, found.value, size.value)
  }

  /// Reads all of a file to `start`, where there is room. Returns the firmware's status.
  func read(_ file: UInt64, _ byteCount: UInt64, to start: UInt64) -> UInt64 {
    var done: UInt64 = 0
    while done < byteCount {
      let step = firmware_read(file, start &+ done, min(byteCount &- done, 1 << 20))
      guard step.status == 0, step.value > 0 else { return step.status | Self.errorBit }
      done &+= step.value
    }
    return 0
  }
}
