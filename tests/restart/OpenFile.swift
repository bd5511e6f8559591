// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A file that is held open, and perhaps mapped, with what it must contain.
struct OpenFile {
  private let handle: Handle
  private var content: [UInt8] = []
  /// The description's own offset.
  private var offset = 0
  private var mapping: SharedBytes?

  /// More than the room that a file's first mapping reserves at least.
  static var longest: Int { 120_000 }
  /// The least that is mapped.
  private static var mappedBytes: Int { 65_536 }

  init(_ handle: Handle) { self.handle = handle }

  var size: Int { content.count }
  var isMapped: Bool { mapping != nil }

  /// Gives handle and mapping back.
  func close() {
    unmap()
    performIgnoringErrors(Close { $0.handle = handle })
  }

  private func unmap() {
    guard let mapping else { return }
    performIgnoringErrors(
      Unmap {
        $0.address = mapping.address
        $0.length = UInt(mapping.count)
      })
  }

  // MARK: Writing

  private mutating func put(_ bytes: [UInt8], at place: Int) {
    while content.count < place { content.append(0) }
    for (index, byte) in bytes.enumerated() {
      if place + index < content.count {
        content[place + index] = byte
      } else {
        content.append(byte)
      }
    }
  }

  /// Writes anywhere, also behind the end, and often the same few pages again.
  mutating func write(_ random: inout Random) throws(TestFailure) {
    if random.below(2) == 0 {
      return try write(random.bytes(4096), at: 4096 * random.below(4))
    }
    let place = random.below(min(content.count + 5_000, Self.longest))
    try write(random.bytes(1 + random.below(min(20_000, Self.longest - place))), at: place)
  }

  private mutating func write(_ bytes: [UInt8], at place: Int) throws(TestFailure) {
    let written = try succeed("writing") { () throws(SystemError) in
      try handle.write(bytes.span, at: UInt64(place))
    }
    try expect(written == bytes.count, "all bytes are written")
    put(bytes, at: place)
  }

  /// Writes at the description's own offset, through this handle.
  mutating func writeOn(_ random: inout Random) throws(TestFailure) {
    if offset >= Self.longest - 4_000 || offset > content.count { try seek(to: content.count / 2) }
    let bytes = random.bytes(1 + random.below(4_000))
    let written = try succeed("writing on") { () throws(SystemError) in
      try handle.write(bytes.span)
    }
    try expect(written == bytes.count, "all bytes are written")
    put(bytes, at: offset)
    offset += written
  }

  /// Writes what another description of the file appended.
  mutating func appended(_ bytes: [UInt8]) { content += bytes }

  mutating func truncate(_ random: inout Random) throws(TestFailure) {
    try truncate(to: random.below(Self.longest))
  }

  mutating func truncate(to length: Int) throws(TestFailure) {
    try succeed("truncating") { () throws(SystemError) in
      _ = try perform(
        Truncate {
          $0.handle = handle
          $0.length = UInt64(length)
        })
    }
    if length < content.count {
      content.removeLast(content.count - length)
    } else {
      put([], at: length)
    }
  }

  /// Opening with `truncate` did this.
  mutating func wasEmptied() { content = [] }

  // MARK: Reading

  private mutating func seek(to place: Int) throws(TestFailure) {
    let answer = try succeed("seeking") { () throws(SystemError) in
      try perform(
        Seek {
          $0.handle = handle
          $0.offset = place
        })
    }
    try expect(answer == UInt64(place), "the place asked for")
    offset = place
  }

  func read(_ random: inout Random) throws(TestFailure) {
    let place = random.below(content.count + 100)
    try read(at: place, 1 + random.below(16_000))
  }

  private func read(at place: Int, _ limit: Int) throws(TestFailure) {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try succeed("reading") { () throws(SystemError) in
      try handle.read(into: buffer.mutableSpan, at: UInt64(place))
    }
    try expect(count == max(0, min(limit, content.count - place)), "as many bytes as there are")
    for index in 0..<count where buffer[index] != content[place + index] {
      throw difference(place, count, at: index, buffer)
    }
  }

  /// What was read from `place` on, and where it begins to be another.
  private func difference(
    _ place: Int, _ count: Int, at first: Int, _ found: [UInt8]
  ) -> TestFailure {
    let wrong = (first..<count).filter { found[$0] != content[place + $0] }
    return TestFailure(
      Text {
        $0.put("reading ")
        $0.put(decimal: UInt64(count))
        $0.put(" bytes at ")
        $0.put(decimal: UInt64(place))
        $0.put(" of ")
        $0.put(decimal: UInt64(content.count))
        $0.put(": byte ")
        $0.put(decimal: UInt64(first))
        $0.put(" is ")
        $0.put(decimal: UInt64(found[first]))
        $0.put(" and not ")
        $0.put(decimal: UInt64(content[place + first]))
        $0.put(", and others up to ")
        $0.put(decimal: UInt64(wrong.last ?? first))
        $0.put(", in all ")
        $0.put(decimal: UInt64(wrong.count))
        $0.put(mapping == nil ? "; it is not mapped" : "; it is mapped")
      })
  }

  mutating func readOn(_ random: inout Random) throws(TestFailure) {
    if offset >= content.count { try seek(to: random.below(content.count + 1)) }
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(8_000))
    let count = try succeed("reading on") { () throws(SystemError) in
      try handle.read(into: buffer.mutableSpan)
    }
    try expect(count == min(buffer.count, content.count - offset), "as many bytes as there are")
    for index in 0..<count where buffer[index] != content[offset + index] {
      throw TestFailure("a byte comes twice, or not")
    }
    offset += count
  }

  func checkStatus(links: Int) throws(TestFailure) {
    let status = try succeed("asking the status") { () throws(SystemError) in
      try handle.status()
    }
    try expect(status.size == UInt64(content.count), "the size")
    try expect(status.links == UInt32(links), "the number of names")
  }

  /// Everything, through the handle and through the mapping.
  func check() throws(TestFailure) {
    var done = 0
    while done < content.count {
      try read(at: done, 30_000)
      done += 30_000
    }
    try read(at: content.count, 10)
    if let mapping { try check(mapping, 0..<mapping.count) }
  }
}

// MARK: Mapping

extension OpenFile {
  /// Maps the whole file, again if it has grown past what is mapped.
  mutating func map() throws(TestFailure) {
    if let mapping, mapping.count >= content.count { return }
    let made = try succeed("mapping") { () throws(SystemError) in
      try Mapping(
        handle, byteCount: max(content.count, Self.mappedBytes), .read | .write | .shared)
    }
    let whole = made.shared()
    try check(whole, 0..<whole.count)
    if let old = mapping {
      // Both show the same pages, also to writers.
      try check(old, 0..<old.count)
      if !content.isEmpty {
        content[0] &+= 1
        old.store(content[0], at: 0)
      }
      try check(whole, 0..<1)
      unmap()
    }
    mapping = whole
    try expectNoMore()
  }

  /// What lies behind the file's own pages cannot be mapped.
  private func expectNoMore() throws(TestFailure) {
    try fail(with: .outOfRange, "mapping what is another's") { () throws(SystemError) in
      _ = try Mapping(handle, byteCount: 1 << 24)
    }
  }

  mutating func forgetMapping() {
    unmap()
    mapping = nil
  }

  /// Writes through the mapping, and reads it back through the handle.
  mutating func writeThroughMapping(_ random: inout Random) throws(TestFailure) {
    guard let mapping, content.count > 0 else { return }
    let end = min(content.count, mapping.count)
    let place = random.below(end)
    let bytes = random.bytes(min(1 + random.below(6_000), end - place))
    mapping.copy(bytes.span, to: place)
    put(bytes, at: place)
    try read(at: place, bytes.count)
  }

  func readThroughMapping(_ random: inout Random) throws(TestFailure) {
    guard let mapping else { return }
    let place = random.below(mapping.count)
    try check(mapping, place..<min(place + 6_000, mapping.count))
  }

  /// Behind the end there are zeros.
  private func check(_ mapping: SharedBytes, _ range: Range<Int>) throws(TestFailure) {
    for place in range {
      let expected = place < content.count ? content[place] : 0
      let found = mapping.load(at: place, as: UInt8.self)
      guard found == expected else { throw difference(place, found, expected) }
    }
  }

  private func difference(_ place: Int, _ found: UInt8, _ expected: UInt8) -> TestFailure {
    var other = [UInt8](repeating: 0, count: 1)
    do throws(SystemError) {
      _ = try handle.read(into: other.mutableSpan, at: UInt64(place))
    } catch {}
    return TestFailure(
      Text {
        $0.put("the mapping's byte ")
        $0.put(decimal: UInt64(place))
        $0.put(" of ")
        $0.put(decimal: UInt64(content.count))
        $0.put(" is ")
        $0.put(decimal: UInt64(found))
        $0.put(" and not ")
        $0.put(decimal: UInt64(expected))
        $0.put("; reading says ")
        $0.put(decimal: UInt64(other[0]))
      })
  }
}
