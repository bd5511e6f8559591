// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// A space's regions are a list in order of addresses, for neighbours, and a tree, for finding: a
// treap, that is a search tree by address which is a heap by random priorities, so its depth is
// logarithmic whatever a program does. Each node knows the largest gap before a region of its
// subtree, so a free place is found on one way down.

extension Ref where T == AddressSpace {
  /// The first region that ends after `address`.
  @inline(__always)
  func region(endingAfter address: UInt) -> Ref<Region>? {
    var best: Ref<Region>?
    var next = value.tree
    while let node = next {
      if node.value.end > address {
        best = node
        next = node.value.left
      } else {
        next = node.value.right
      }
    }
    return best
  }

  /// The region that holds `address`.
  @inline(__always)
  func region(at address: UInt) -> Ref<Region>? {
    if let recent = value.recent, recent.contains(address) { return recent }
    guard let region = region(endingAfter: address), region.value.start <= address else {
      return nil
    }
    value.recent = region
    return region
  }

  /// Whether nothing is mapped in `start ..< end`.
  func isFree(_ start: UInt, _ end: UInt) -> Bool {
    guard let next = region(endingAfter: start) else { return true }
    return next.value.start >= end
  }

  /// Where the region before `region` ends.
  @inline(__always)
  func endOfPrevious(_ region: Ref<Region>) -> UInt {
    value.regions.previous(before: region)?.value.end ?? AddressSpace.lowestAddress
  }

  /// The addresses around `region` up to its neighbours, which are free but for itself.
  @inline(__always)
  func floor(of region: Ref<Region>) -> UInt {
    value.regions.previous(before: region)?.value.end ?? 0
  }
  @inline(__always)
  func ceiling(of region: Ref<Region>) -> UInt {
    value.regions.next(after: region)?.value.start ?? UInt.max
  }

  /// Adds a region whose range is free.
  func insert(_ region: Ref<Region>) {
    region.value.left = nil
    region.value.right = nil
    region.value.parent = nil
    region.value.priority = UInt32(truncatingIfNeeded: random() &>> 32)
    region.value.space = self
    value.mappedBytes &+= region.byteCount
    // More than any gap, so that the first update passes it on.
    region.value.largestGap = UInt.max
    if let next = self.region(endingAfter: region.value.start) {
      value.regions.insert(region, before: next)
      attach(region, before: next)
      updateGaps(from: region)
      updateGaps(from: next)
    } else {
      let last = value.regions.last
      value.regions.append(region)
      region.value.parent = last
      if let last { last.value.right = region } else { value.tree = region }
      updateGaps(from: region)
    }
    while let parent = region.value.parent, parent.value.priority < region.value.priority {
      rotateUp(region, over: parent)
    }
  }

  /// Of two neighbours in order, either the second has no left child or the first no right one.
  private func attach(_ region: Ref<Region>, before next: Ref<Region>) {
    if next.value.left == nil {
      next.value.left = region
      region.value.parent = next
    } else if let previous = value.regions.previous(before: region) {
      previous.value.right = region
      region.value.parent = previous
    }
  }

  /// Takes a region out; its range is free from then on.
  func remove(_ region: Ref<Region>) {
    value.mappedBytes &-= region.byteCount
    while let child = higherChild(of: region) { rotateUp(child, over: region) }
    if let parent = region.value.parent {
      if parent.value.left == region { parent.value.left = nil } else { parent.value.right = nil }
    } else {
      value.tree = nil
    }
    let next = value.regions.next(after: region)
    value.regions.remove(region)
    if let parent = region.value.parent { updateGaps(from: parent) }
    if let next { updateGaps(from: next) }
    if value.recent == region { value.recent = nil }
  }

  private func higherChild(of region: Ref<Region>) -> Ref<Region>? {
    guard let left = region.value.left else { return region.value.right }
    guard let right = region.value.right else { return left }
    return left.value.priority > right.value.priority ? left : right
  }

  private func rotateUp(_ node: Ref<Region>, over parent: Ref<Region>) {
    let top = parent.value.parent
    if parent.value.left == node {
      let middle = node.value.right
      parent.value.left = middle
      if let middle { middle.value.parent = parent }
      node.value.right = parent
    } else {
      let middle = node.value.left
      parent.value.right = middle
      if let middle { middle.value.parent = parent }
      node.value.left = parent
    }
    parent.value.parent = node
    node.value.parent = top
    if let top {
      if top.value.left == parent { top.value.left = node } else { top.value.right = node }
    } else {
      value.tree = node
    }
    parent.value.largestGap = largestGap(below: parent)
    node.value.largestGap = largestGap(below: node)
  }

  /// Brings `largestGap` up to date after the gap before `region` changed.
  func updateGaps(from region: Ref<Region>) {
    var next: Ref<Region>? = region
    while let node = next {
      let gap = largestGap(below: node)
      if gap == node.value.largestGap { return }
      node.value.largestGap = gap
      next = node.value.parent
    }
  }

  private func largestGap(below node: Ref<Region>) -> UInt {
    var gap = node.value.start &- endOfPrevious(node)
    if let left = node.value.left { gap = max(gap, left.value.largestGap) }
    if let right = node.value.right { gap = max(gap, right.value.largestGap) }
    return gap
  }

  /// Moves the start of `region`, over free or its own addresses.
  func setStart(of region: Ref<Region>, _ start: UInt) {
    region.value.firstPage &+= UInt64(
      bitPattern: Int64(Int(bitPattern: start &- region.value.start)) >> 12)
    value.mappedBytes &+= region.value.start &- start
    region.value.start = start
    updateGaps(from: region)
  }

  /// Moves the end of `region`, over free or its own addresses.
  func setEnd(of region: Ref<Region>, _ end: UInt) {
    value.mappedBytes &+= end &- region.value.end
    region.value.end = end
    if let next = value.regions.next(after: region) { updateGaps(from: next) }
  }

  /// The highest free range of `length` bytes that ends just before a region.
  /// - Returns: the end of that gap, and its start.
  func highestGap(_ length: UInt) -> (start: UInt, end: UInt)? {
    guard var node = value.tree, node.value.largestGap >= length else { return nil }
    while true {
      if let right = node.value.right, right.value.largestGap >= length {
        node = right
      } else {
        let start = endOfPrevious(node)
        if node.value.start &- start >= length { return (start, node.value.start) }
        guard let left = node.value.left else { return nil }
        node = left
      }
    }
  }
}
