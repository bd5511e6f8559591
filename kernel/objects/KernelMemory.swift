// SPDX-License-Identifier: MIT
public import Architecture
internal import Machine

extension PhysicalArray {
  /// A table in the upper end of the largest region of unused memory, which `boot` then does not
  /// list any more; nil if no region is large enough.
  ///
  /// Safe because what `boot` lists is nobody's yet, and what is taken leaves the list.
  public init?(carvedFrom boot: inout BootInformation, count: Int, repeating value: Element) {
    let bytes = UInt64(count) &* UInt64(MemoryLayout<Element>.stride)
    var largest: Int?
    for index in 0..<min(boot.regionCount, boot.regions.count) {
      guard let other = largest else {
        largest = index
        continue
      }
      if boot.regions[index].byteCount > boot.regions[other].byteCount { largest = index }
    }
    guard let largest else { return nil }
    let region = boot.regions[largest]
    let end = (region.start.rawValue &+ region.byteCount) & ~4095
    let size = (bytes &+ 4095) & ~4095
    guard end >= size, end &- size >= region.start.rawValue else { return nil }
    boot.regions[largest].byteCount = end &- size &- region.start.rawValue
    // SAFETY: unused memory, which no one else can take from `boot` from now on.
    unsafe self.init(start: PhysicalAddress(end &- size), count: count, repeating: value)
  }
}

/// A page of memory as bytes.
@safe public struct PhysicalPage: BitwiseCopyable {
  private let page: PhysicalAddress

  @inline(__always)
  public init(_ page: PhysicalAddress) { self.page = page }

  /// Sets the bytes from `offset` to the page's end to zero.
  public func clear(from offset: Int) {
    let bytes = PageOf<UInt8>(page)
    for index in max(offset, 0)..<4096 { bytes[index] = 0 }
  }
}

/// Lends the address and size of a record's bytes, to be read from.
@inline(__always)
public func withAddress<T: BitwiseCopyable, E: Error>(
  of value: inout T, _ body: (UInt, UInt) throws(E) -> Void
) throws(E) {
  // SAFETY: only the address leaves the pointer's scope, and only while `body` runs.
  let result = unsafe withUnsafeMutablePointer(to: &value) { pointer -> Result<Void, E> in
    do throws(E) {
      try body(UInt(bitPattern: pointer), UInt(MemoryLayout<T>.size))
      return .success(())
    } catch {
      return .failure(error)
    }
  }
  try result.get()
}

/// A record of integers whose bytes `fill` writes at the address it gets.
@inline(__always)
public func makeRecord<T: BitwiseCopyable, E: Error>(
  _ type: T.Type, _ fill: (UInt, UInt) throws(E) -> Void
) throws(E) -> T {
  // SAFETY: the memory is zeroed and `T` consists of integers, for which any bytes are a value.
  let result = unsafe withUnsafeTemporaryAllocation(of: T.self, capacity: 1) {
    buffer -> Result<T, E> in
    let raw = UnsafeMutableRawBufferPointer(buffer)
    for index in 0..<raw.count { unsafe raw[index] = 0 }
    do throws(E) {
      try fill(UInt(bitPattern: raw.baseAddress), UInt(raw.count))
      return .success(unsafe buffer[0])
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}
