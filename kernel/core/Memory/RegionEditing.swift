// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Adding, cutting and joining regions. Pages and tables are not touched here.

/// What a new region is like.
struct RegionNature {
  var access = PageAccess()
  var maximumAccess = PageAccess()
  var flags = RegionFlags()
  var object: Ref<MemoryObject>?
  /// The object's page at the region's start.
  var firstPage: UInt64 = 0

  init() {}

  init(of region: Ref<Region>, at address: UInt) {
    access = region.value.access
    maximumAccess = region.value.maximumAccess
    flags = region.value.flags
    object = region.value.object
    firstPage = object == nil ? 0 : region.objectPage(at: address)
  }
}

extension Ref where T == AddressSpace {
  /// Adds a region for a free range. Every sixteenth is charged as a frame.
  ///
  /// - Throws: `outOfMemory`.
  func addRegion(
    _ start: UInt, _ end: UInt, _ nature: RegionNature
  ) throws(SystemError) -> Ref<Region> {
    let count = value.regions.count
    guard count < AddressSpace.maximumRegions else { throw .outOfMemory }
    let isCharged = count % AddressSpace.regionsPerPage == 0
    if isCharged { try chargeFrames(1, to: value.account) }
    let region: Ref<Region>
    do throws(SystemError) {
      region = try takeObject(&kernel.regions)
    } catch {
      if isCharged { releaseFrames(1, of: value.account) }
      throw error
    }
    if isCharged { value.regionPages &+= 1 }
    region.value.start = start
    region.value.end = end
    region.value.access = nature.access
    region.value.maximumAccess = nature.maximumAccess
    region.value.flags = nature.flags
    region.value.object = nature.object
    region.value.firstPage = nature.firstPage
    region.value.mappingLink = Link()
    region.value.orderLink = Link()
    insert(region)
    if let object = nature.object { object.addMapping(region) }
    return region
  }

  /// Takes a region without pages away.
  func removeRegion(_ region: Ref<Region>) {
    remove(region)
    if let object = region.value.object {
      region.value.object = nil
      object.removeMapping(region)
    }
    kernel.regions.put(region)
    if value.regions.count % AddressSpace.regionsPerPage == 0 {
      value.regionPages &-= 1
      releaseFrames(1, of: value.account)
    }
  }

  /// Cuts a region in two at `address`, which lies inside it.
  ///
  /// - Returns: the upper part; `region` is the lower.
  /// - Throws: `outOfMemory`; then nothing changes.
  func split(_ region: Ref<Region>, at address: UInt) throws(SystemError) -> Ref<Region> {
    let end = region.value.end
    let nature = RegionNature(of: region, at: address)
    region.value.end = address
    value.mappedBytes &-= end &- address
    do throws(SystemError) {
      return try addRegion(address, end, nature)
    } catch {
      region.value.end = end
      value.mappedBytes &+= end &- address
      throw error
    }
  }

  /// Cuts what lies outside `start ..< end` off a region that overlaps it.
  ///
  /// - Returns: the part inside.
  func cut(_ region: Ref<Region>, _ start: UInt, _ end: UInt) throws(SystemError) -> Ref<Region> {
    var part = region
    if part.value.start < start { part = try split(part, at: start) }
    if part.value.end > end { _ = try split(part, at: end) }
    return part
  }

  /// Joins a region with the one before it if they are alike.
  ///
  /// - Returns: the region that now covers both.
  @discardableResult
  func joinWithPrevious(_ region: Ref<Region>) -> Ref<Region> {
    guard let previous = value.regions.previous(before: region),
      previous.value.end == region.value.start, previous.continues(as: region),
      // A walk through the object's mappings must not miss pages that change their region.
      region.value.object?.value.closer == nil
    else { return region }
    let end = region.value.end
    removeRegion(region)
    setEnd(of: previous, end)
    return previous
  }

  /// Joins a region with both neighbours as far as they are alike.
  func joinWithNeighbours(_ region: Ref<Region>) {
    let joined = joinWithPrevious(region)
    if let next = value.regions.next(after: joined) { joinWithPrevious(next) }
  }

  /// Changes what a region allows. The object knows how many regions write to it.
  func setAccess(of region: Ref<Region>, _ access: PageAccess) {
    let before = region.isSharedWritable
    region.value.access = access
    guard let object = region.value.object else { return }
    if before, !region.isSharedWritable { object.value.writableMappings &-= 1 }
    if !before, region.isSharedWritable { object.value.writableMappings &+= 1 }
  }
}

extension Ref where T == AddressSpace {
  /// Ends the busy state of the regions in a range whose call has been given up.
  func unmarkBusy(_ start: UInt, _ end: UInt) {
    var next = region(endingAfter: start)
    while let region = next, region.value.start < end {
      region.value.flags.remove(.busy)
      next = value.regions.next(after: region)
    }
  }
}
