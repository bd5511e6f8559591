// SPDX-License-Identifier: MIT
public import Architecture
internal import Machine

extension PhysicalAddress {
  /// Where the kernel sees this physical address.
  @inline(__always)
  public var kernelAddress: UInt { Machine.directMapBase &+ UInt(rawValue) }
}

/// One page as 512 words: page tables, directories, radix-tree nodes.
///
/// Safe because it only ever reads and writes whole words inside one page of the direct map; that
/// the page is the caller's to change is the frame pool's ownership rule.
@safe public struct PageWords: BitwiseCopyable {
  private let base: UnsafeMutablePointer<UInt64>

  /// The page at physical `address`, or nil if that is not page-aligned RAM of the direct map.
  @inline(__always)
  public init(_ address: PhysicalAddress) {
    assert(address.rawValue & 4095 == 0)
    // SAFETY: the direct map covers all physical memory and address 0 is not at null.
    unsafe base = UnsafeMutablePointer(bitPattern: address.kernelAddress).unsafelyUnwrapped
  }

  /// The page at a kernel address; nil for zero.
  @inline(__always)
  init?(address: UInt) {
    guard let pointer = unsafe UnsafeMutablePointer<UInt64>(bitPattern: address) else { return nil }
    unsafe base = pointer
  }

  @inline(__always)
  public subscript(index: Int) -> UInt64 {
    get {
      precondition(index >= 0 && index < 512)
      // SAFETY: inside the page, checked above.
      return unsafe base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < 512)
      // SAFETY: inside the page, checked above.
      unsafe base[index] = newValue
    }
  }

  /// Sets all words to zero.
  @inline(__always)
  public func clear() { unsafe Machine.clearPage(UInt(bitPattern: base)) }
}

/// A table of `count` elements in physically contiguous memory, for the kernel's life.
@safe public struct PhysicalArray<Element: BitwiseCopyable>: BitwiseCopyable {
  private let base: UnsafeMutablePointer<Element>?
  public let count: Int

  /// No elements.
  public init() {
    unsafe base = nil
    count = 0
  }

  /// - Safety: `start ..< start + count * stride` is RAM that nobody else uses, ever.
  @unsafe public init(start: PhysicalAddress, count: Int, repeating value: Element) {
    unsafe base = UnsafeMutablePointer(bitPattern: start.kernelAddress)
    self.count = count
    for index in 0..<count {
      unsafe base.unsafelyUnwrapped.advanced(by: index).initialize(to: value)
    }
  }

  @inline(__always)
  public subscript(index: Int) -> Element {
    @inline(__always) unsafeAddress {
      precondition(index >= 0 && index < count)
      // SAFETY: in bounds, so `base` is not nil.
      return unsafe UnsafePointer(base.unsafelyUnwrapped + index)
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      precondition(index >= 0 && index < count)
      // SAFETY: in bounds, so `base` is not nil.
      return unsafe base.unsafelyUnwrapped + index
    }
  }
}

/// Bytes of physical memory, bounds-checked: records in message areas, archives, ACPI tables.
@safe public struct PhysicalBytes: BitwiseCopyable {
  private let base: UInt
  public let count: Int

  /// - Safety: the range is RAM or firmware tables that stay where they are while this is used.
  @inline(__always)
  @unsafe public init(start: PhysicalAddress, count: Int) {
    base = start.kernelAddress
    self.count = count
  }

  @inline(__always)
  public func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
    precondition(offset >= 0 && offset <= count &- MemoryLayout<T>.size)
    // SAFETY: in bounds, checked above; `T` has no invalid bit patterns to its users' knowledge.
    return unsafe UnsafeRawPointer(bitPattern: base).unsafelyUnwrapped
      .loadUnaligned(fromByteOffset: offset, as: type)
  }

  @inline(__always)
  public func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
    precondition(offset >= 0 && offset <= count &- MemoryLayout<T>.size)
    // SAFETY: in bounds, checked above.
    unsafe UnsafeMutableRawPointer(bitPattern: base).unsafelyUnwrapped
      .storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  /// The bytes as a span for parsers, valid while the memory stays.
  @inline(__always)
  public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    // SAFETY: `init`'s contract; the span does not leave `body`.
    let pointer = unsafe UnsafePointer<UInt8>(bitPattern: base).unsafelyUnwrapped
    let buffer = unsafe UnsafeBufferPointer(start: pointer, count: count)
    return try body(unsafe Span(_unsafeElements: buffer))
  }

  public var kernelAddress: UInt { base }
}

/// One page as a table of elements, owned by the object that took the page.
///
/// Safe for the same reason as `PageWords`: indices stay inside the page; ownership of the page is
/// the frame table's business.
@safe public struct PageOf<Element: BitwiseCopyable>: BitwiseCopyable {
  private let base: UnsafeMutablePointer<Element>

  public static var count: Int { 4096 / MemoryLayout<Element>.stride }

  /// The page at `address`, whose elements were initialised by `init(_:repeating:)`.
  @inline(__always)
  public init(_ address: PhysicalAddress) {
    // SAFETY: the direct map covers all physical memory and address 0 is not at null.
    unsafe base = UnsafeMutablePointer(bitPattern: address.kernelAddress).unsafelyUnwrapped
  }

  /// The page's address.
  public var address: PhysicalAddress {
    PhysicalAddress(UInt64(unsafe UInt(bitPattern: base) &- Machine.directMapBase))
  }

  /// Fills a page that has just been taken.
  public init(_ address: PhysicalAddress, repeating value: Element) {
    self.init(address)
    for index in 0..<Self.count { unsafe (base + index).initialize(to: value) }
  }

  @inline(__always)
  public subscript(index: Int) -> Element {
    @inline(__always) unsafeAddress {
      precondition(index >= 0 && index < Self.count)
      // SAFETY: inside the page, checked above.
      return unsafe UnsafePointer(base + index)
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      precondition(index >= 0 && index < Self.count)
      // SAFETY: inside the page, checked above.
      return unsafe base + index
    }
  }
}

extension MemoryRegion {
  /// The bytes of what the loader left in memory: the initrd, the command line.
  ///
  /// Safe for regions of the loader's hand-off, which are kept out of the frame pool and never
  /// written; the kernel makes no other regions.
  public func withBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    guard byteCount > 0, byteCount <= UInt64(Int.max) else { return try body(Span()) }
    // SAFETY: see above.
    return try unsafe PhysicalBytes(start: start, count: Int(byteCount)).withSpan(body)
  }
}
