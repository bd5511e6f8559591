// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// Address spaces against a reference that knows nothing of frames, tables or processors: random
/// calls and accesses of several processes on several processors, compared access by access.
extension OneMachine {
  @Suite("Address spaces under random use") struct MemoryCampaignTests {
    @Test(arguments: [(1, 1), (1, 2), (2, 3), (4, 4), (4, 5), (8, 6)])
    func agreesWithTheReference(processors: Int, seed: UInt64) throws {
      try Fixture.start(processors: processors, memoryBytes: 48 << 20)
      var campaign = try Campaign(seed: seed, processors: processors)
      let before = MemoryBalance.now()
      for step in 0..<3_000 {
        if let problem = try campaign.step() {
          Issue.record("seed \(seed), step \(step), \(campaign.lastChoice): \(problem)")
          return
        }
      }
      campaign.end()
      let after = MemoryBalance.now()
      #expect(after == before)
      #expect(campaign.isBalanced(), "seed \(seed)")
    }
  }
}

/// One page of a process as the reference sees it. Pages are values of their own, so that a pin
/// that outlives its mapping can be followed.
private final class ReferencePage {
  var value: UInt64
  init(_ value: UInt64) { self.value = value }
}

private struct ReferenceMapping {
  var page: ReferencePage?
  var access: PageAccess
  var isGuard = false
  var isKept = false
}

private final class ReferenceProcess {
  let task: MemoryTask
  var pages: [UInt: ReferenceMapping] = [:]
  init(_ task: MemoryTask) { self.task = task }
}

private struct ReferencePin {
  var pins: PinList
  var pages: [ReferencePage]
}

private struct Campaign {
  var noise: Noise
  let processors: Int
  var processes: [ReferenceProcess] = []
  var pins: [ReferencePin] = []
  /// Pages 0 ..< 160 around a boundary of 1 GiB, where tables of all levels end.
  let base: UInt = (5 << 30) - 80 * 4096
  let pageCount: UInt = 160
  let account: Ref<Account>
  /// For reports.
  var lastChoice: (Int, UInt, UInt, Int) = (0, 0, 0, 0)

  init(seed: UInt64, processors: Int) throws {
    noise = Noise(seed &* 7919)
    self.processors = processors
    account = kernel.rootAccount!
    // Grow the pools once, so that the balance does not see it.
    for _ in 0..<6 {
      processes.append(ReferenceProcess(try MemoryFixture.makeTask(account)))
    }
    while let process = processes.popLast() { process.task.end() }
    processes.append(ReferenceProcess(try MemoryFixture.makeTask(account)))
    processes.removeLast().task.end()
  }

  mutating func end() {
    while let process = processes.popLast() { process.task.end() }
    while var pin = pins.popLast() { unpin(&pin.pins) }
  }

  func isBalanced() -> Bool {
    for index in 1..<kernel.frames.info.count where kernel.frames.info[index].pins != 0 {
      return false
    }
    return true
  }

  private func address(_ page: UInt) -> UInt { base + page * 4096 }

  /// - Returns: what went wrong.
  mutating func step() throws -> String? {
    if processes.isEmpty {
      processes.append(ReferenceProcess(try MemoryFixture.makeTask(account)))
    }
    let process = processes[noise.next(below: processes.count)]
    let thread = process.task.threads[noise.next(below: 2)]
    let cpu = noise.next(below: processors)
    let first = UInt(noise.next(below: Int(pageCount)))
    let longest = noise.next(below: 4) == 0 ? 120 : 8
    let count = min(pageCount - first, UInt(1 + noise.next(below: longest)))
    var problem: String?
    let choice = noise.next(below: 100)
    defer { lastChoice = (choice, first, count, cpu) }
    switch choice {
    case 0..<12: problem = map(process, thread, cpu, first, count)
    case 12..<18: problem = unmap(process, thread, cpu, first, count)
    case 18..<26: problem = protect(process, thread, cpu, first, count)
    case 26..<29: problem = move(process, thread, cpu, first, count)
    case 29..<33: problem = try fork(process, thread, cpu)
    case 33..<36:
      if processes.count > 1 {
        processes.removeAll { $0 === process }
        process.task.end()
      }
    case 36..<39: problem = pinPages(process, thread, cpu, first, min(count, 8))
    case 39..<42: problem = usePin()
    case 42..<70: problem = store(process, thread, cpu, first)
    default: problem = load(process, thread, cpu, first)
    }
    if let problem { return problem }
    if let problem = MemoryFixture.staleTranslation() { return problem }
    return noise.next(below: 16) == 0 ? checkCharges() : nil
  }

  // MARK: Calls

  private mutating func randomAccess() -> PageAccess {
    switch noise.next(below: 8) {
    case 0: PageAccess()
    case 1, 2: .read
    case 3: .read | .execute
    default: .read | .write
    }
  }

  private mutating func map(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ first: UInt, _ count: UInt
  ) -> String? {
    var nature = RegionNature()
    nature.access = randomAccess()
    let isGuard = noise.next(below: 10) == 0
    if isGuard { nature.access = PageAccess() }
    if !isGuard { nature.maximumAccess = .read | .write | .execute }
    let isKept = noise.next(below: 10) == 0
    if isKept { nature.flags.insert(.dontFork) }
    let replaces = noise.next(below: 2) == 0
    let start = address(first)
    let space = process.task.space
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) in
      try space.map(
        count * 4096, nature, replaces ? .replacing(start) : .exactly(start), .call(thread))
    }
    let isFree = !(first..<(first + count)).contains { process.pages[$0] != nil }
    if !replaces, !isFree {
      return result == .failure(.alreadyExists) ? nil : "map over something: \(result)"
    }
    guard result == .success(start) else { return "map: \(result)" }
    for page in first..<(first + count) {
      process.pages[page] = ReferenceMapping(
        page: nil, access: nature.access, isGuard: isGuard, isKept: isKept)
    }
    return nil
  }

  private func unmap(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ first: UInt, _ count: UInt
  ) -> String? {
    let space = process.task.space
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) -> UInt in
      try space.unmap(address(first), address(first + count), .call(thread))
      return 0
    }
    guard result == .success(0) else { return "unmap: \(result)" }
    for page in first..<(first + count) { process.pages[page] = nil }
    return nil
  }

  private mutating func protect(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ first: UInt, _ count: UInt
  ) -> String? {
    let access = randomAccess()
    let space = process.task.space
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) -> UInt in
      try space.protect(address(first), address(first + count), access, .call(thread))
      return 0
    }
    // The range is changed up to the first hole or guard.
    for page in first..<(first + count) {
      guard let mapping = process.pages[page] else {
        return result == .failure(.outOfMemory) ? nil : "protect over a hole: \(result)"
      }
      if mapping.isGuard, !access.isEmpty {
        return result == .failure(.accessDenied) ? nil : "protect of a guard: \(result)"
      }
      process.pages[page]?.access = access
    }
    return result == .success(0) ? nil : "protect: \(result)"
  }

  /// Moves a range that is of one nature to a place that is free, or not.
  private mutating func move(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ first: UInt, _ count: UInt
  ) -> String? {
    let target = UInt(noise.next(below: Int(pageCount)))
    let newCount = min(pageCount - target, UInt(1 + noise.next(below: 20)))
    let move = Move(
      start: address(first), length: count * 4096, newLength: newCount * 4096,
      target: address(target), replaces: noise.next(below: 2) == 0)
    let space = process.task.space
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) in
      try space.move(move, thread)
    }
    let source = first..<(first + count)
    let goal = target..<(target + newCount)
    switch result {
    case .failure(.badAddress):
      // Not in one mapping. Shrinking may have unmapped the end before that was found out.
      let regions = source.map { process.pages[$0] }
      if regions.allSatisfy({ $0 != nil }), isUniform(process, source), newCount >= count {
        return "move refused a mapping"
      }
      if newCount < count { forgetEnd(process, source, newCount) }
      return nil
    case .failure(.alreadyExists), .failure(.invalidArgument):
      if newCount < count { forgetEnd(process, source, newCount) }
      let rest = first..<(first + min(count, newCount))
      let overlaps = rest.overlaps(goal)
      let occupied = goal.contains { process.pages[$0] != nil }
      return overlaps || (occupied && !move.replaces) ? nil : "move: \(result)"
    case .success(address(target)):
      let moved = min(count, newCount)
      let mappings = (0..<moved).map { process.pages[first + $0] }
      for page in source { process.pages[page] = nil }
      for (offset, page) in goal.enumerated() {
        if UInt(offset) < moved {
          process.pages[page] = mappings[offset]
        } else {
          guard var last = mappings.last ?? nil else { return "moved nothing" }
          last.page = nil
          process.pages[page] = last
        }
      }
      return nil
    default:
      return "move: \(result)"
    }
  }

  private func forgetEnd(_ process: ReferenceProcess, _ source: Range<UInt>, _ count: UInt) {
    guard process.pages[source.lowerBound] != nil else { return }
    for page in source.dropFirst(Int(count)) { process.pages[page] = nil }
  }

  private func isUniform(_ process: ReferenceProcess, _ range: Range<UInt>) -> Bool {
    // Neighbours that look alike may still be two regions, so only one page is surely one mapping.
    range.count == 1
  }

  private mutating func fork(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int
  ) throws -> String? {
    guard processes.count < 6 else { return nil }
    let space = process.task.space
    let account = account
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) in
      try AddressSpace.fork(space, account, thread)
    }
    guard case .success(let copy) = result else { return "fork: \(result)" }
    let child = ReferenceProcess(try MemoryTask(copy, account))
    for (page, mapping) in process.pages where !mapping.isKept {
      var mapping = mapping
      if let content = mapping.page { mapping.page = ReferencePage(content.value) }
      child.pages[page] = mapping
    }
    processes.append(child)
    return nil
  }

  // MARK: Accesses

  private mutating func store(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ page: UInt
  ) -> String? {
    let value = noise.next()
    let violation = MemoryFixture.store(thread, address(page), value, on: cpu)
    let mapping = process.pages[page]
    guard let mapping, mapping.access.contains(.write) else {
      return violation == FaultKind.pageFault
        ? nil : "a store that is not allowed: \(violation ?? 0)"
    }
    if let violation { return "a store failed with \(violation)" }
    if let content = mapping.page {
      content.value = value
    } else {
      process.pages[page]?.page = ReferencePage(value)
    }
    return nil
  }

  private func load(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ page: UInt
  ) -> String? {
    let value = MemoryFixture.load(thread, address(page), on: cpu)
    guard let mapping = process.pages[page], mapping.access.contains(.read) else {
      return value == nil ? nil : "a load that is not allowed"
    }
    guard let value else { return "a load failed" }
    // The touch made the page exist.
    if mapping.page == nil { process.pages[page]?.page = ReferencePage(0) }
    let expected = mapping.page?.value ?? 0
    return value == expected ? nil : "page \(page) holds \(value), not \(expected)"
  }

  // MARK: Pins

  private mutating func pinPages(
    _ process: ReferenceProcess, _ thread: Ref<Thread>, _ cpu: Int, _ first: UInt, _ count: UInt
  ) -> String? {
    guard pins.count < 12 else { return nil }
    var list = PinList()
    let span = UserSpan(address: address(first), count: count * 4096)
    let result = MemoryFixture.perform(thread, on: cpu) { () throws(SystemError) -> UInt in
      try pin(span, for: .write, thread, into: &list)
      return 0
    }
    let range = first..<(first + count)
    guard range.allSatisfy({ process.pages[$0]?.access.contains(.write) == true }) else {
      // What was brought in before the failure is there.
      for page in range {
        guard let mapping = process.pages[page], mapping.access.contains(.write) else { break }
        if mapping.page == nil { process.pages[page]?.page = ReferencePage(0) }
      }
      return result == .failure(.badAddress) ? nil : "pinned what may not be written: \(result)"
    }
    guard result == .success(0) else { return "pin: \(result)" }
    var contents: [ReferencePage] = []
    for page in range {
      if process.pages[page]?.page == nil { process.pages[page]?.page = ReferencePage(0) }
      contents.append(process.pages[page]!.page!)
    }
    pins.append(ReferencePin(pins: list, pages: contents))
    return nil
  }

  /// A request writes to one of its pages and reads another, then perhaps ends.
  private mutating func usePin() -> String? {
    guard !pins.isEmpty else { return nil }
    let index = noise.next(below: pins.count)
    let page = noise.next(below: pins[index].pages.count)
    var word: UInt64 = 0
    withAddress(of: &word) { bytes, _ in
      copyFromPinned(&pins[index].pins, page * 4096, to: bytes, 8)
    }
    guard word == pins[index].pages[page].value else {
      return "a pinned page holds \(word), not \(pins[index].pages[page].value)"
    }
    var value = noise.next()
    withAddress(of: &value) { bytes, _ in
      copyToPinned(&pins[index].pins, page * 4096, from: bytes, 8)
    }
    pins[index].pages[page].value = value
    if noise.next(below: 3) == 0 { unpin(&pins[index].pins); pins.remove(at: index) }
    return nil
  }

  // MARK: Accounts

  /// Every lowest table serves some region.
  private func checkTables(_ space: Ref<AddressSpace>) -> String? {
    var walk = LeafWalk(space, 4 << 30, 6 << 30)
    while let span = walk.next() {
      if space.isFree(span.address, span.address + Kernel.span(ofLevel: 1)) {
        return "a table at \(span.address >> 21) serves nothing"
      }
    }
    return nil
  }

  /// Every private page and table that a space has is charged, and nothing else.
  private func checkCharges() -> String? {
    for process in processes {
      var count: UInt64 = 0
      var walk = LeafWalk(process.task.space, base, base + pageCount * 4096)
      while let span = walk.next() {
        for index in span.first..<(span.first + span.count) {
          let word = LeafWord(span.table[index])
          if !word.isEmpty, word.isPrivate { count += 1 }
        }
      }
      let charged = process.task.space.value.privatePages
      guard count == charged else { return "\(count) private pages, \(charged) charged" }
      if let problem = checkTables(process.task.space) { return problem }
      var mapped: UInt = 0
      var next = process.task.space.value.regions.first
      while let region = next {
        mapped += region.byteCount
        next = process.task.space.value.regions.next(after: region)
      }
      let known = process.task.space.value.mappedBytes
      guard mapped == known else { return "\(mapped) bytes are mapped, not \(known)" }
    }
    return nil
  }
}
