// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A range of an address space whose pages have one nature: private memory, a part of a memory
/// object, or nothing at all (a guard).
struct Region: PoolObject {
  var slot = PoolSlot<Region>()
  /// First address and the one past the last: whole pages.
  var start: UInt = 0
  var end: UInt = 0
  var access = PageAccess()
  /// What `Protect` may raise the access to.
  var maximumAccess = PageAccess()
  var flags = RegionFlags()
  var space: Ref<AddressSpace>?

  /// What is mapped, or nil for private memory and guards.
  var object: Ref<MemoryObject>?
  /// The object's page at `start`.
  var firstPage: UInt64 = 0
  /// Place among the regions that map `object`.
  var mappingLink = Link<Region>()

  /// Place among the space's regions in order of addresses.
  var orderLink = Link<Region>()
  // Place in the space's tree; see `RegionTree.swift`.
  var left: Ref<Region>?
  var right: Ref<Region>?
  var parent: Ref<Region>?
  var priority: UInt32 = 0
  /// The largest free range that lies just before a region of this subtree, in bytes.
  var largestGap: UInt = 0

  init() {}
}

struct RegionFlags: FlagSet {
  let rawValue: UInt8
  /// Writes go to the object; without it they make private copies.
  static let shared = RegionFlags(rawValue: 1)
  /// Fork does not give it to the child.
  static let dontFork = RegionFlags(rawValue: 2)
  /// A call is at work on the range: whoever touches it waits for the call to end.
  static let busy = RegionFlags(rawValue: 4)
  /// Its pages have been taken out of reach and every processor has forgotten them, or will have
  /// before the space is open again; what is left is to free or move them.
  static let detached = RegionFlags(rawValue: 8)
  /// No page of it was ever made private, so none is charged to the space.
  static let neverCopied = RegionFlags(rawValue: 16)
  /// What lies behind it in the object belongs to others: it cannot grow.
  static let bounded = RegionFlags(rawValue: 32)
}

/// `Region.orderLink`.
enum RegionOrderRole: LinkRole {
  @inline(__always)
  static func link(of element: Ref<Region>) -> Link<Region> { element.value.orderLink }
  @inline(__always)
  static func setLink(of element: Ref<Region>, _ link: Link<Region>) {
    element.value.orderLink = link
  }
}

/// `Region.mappingLink`.
enum MappingRole: LinkRole {
  @inline(__always)
  static func link(of element: Ref<Region>) -> Link<Region> { element.value.mappingLink }
  @inline(__always)
  static func setLink(of element: Ref<Region>, _ link: Link<Region>) {
    element.value.mappingLink = link
  }
}

extension Ref where T == Region {
  @inline(__always) var byteCount: UInt { value.end &- value.start }

  @inline(__always)
  func contains(_ address: UInt) -> Bool { address &- value.start < value.end &- value.start }

  /// The page of the region's object that lies at `address`.
  @inline(__always)
  func objectPage(at address: UInt) -> UInt64 {
    value.firstPage &+ UInt64((address &- value.start) &>> 12)
  }

  /// Whether writes through this region change the object.
  @inline(__always)
  var isSharedWritable: Bool { value.flags.contains(.shared) && value.access.contains(.write) }

  /// Whether `next`, which begins where this ends, could be part of it.
  func continues(as next: Ref<Region>) -> Bool {
    value.access == next.value.access && value.maximumAccess == next.value.maximumAccess
      && value.flags == next.value.flags && value.object == next.value.object
      && (value.object == nil || objectPage(at: value.end) == next.value.firstPage)
  }
}
