// SPDX-License-Identifier: MIT
import RedoxFS

/// Judges a volume by the rules of the format's description, as an older implementation would meet them.
///
/// It is written against the description and shares nothing with the library but the hash, so a mistake
/// that writer and checker of the library have in common shows here. Some of what older
/// implementations leave behind is against no rule of reading; `isOurs` counts that as a fault as well.
public struct FormatJudge {
  /// What is against the rules, at most a hundred.
  public private(set) var faults: [String] = []
  public private(set) var files = 0
  public private(set) var records = 0
  public private(set) var packed = 0
  /// Blocks of the allocation log, and the levels of the deepest directory.
  public private(set) var logBlocks = 0
  public private(set) var deepest = 0
  /// Blocks that are neither free nor used.
  public private(set) var lost = 0
  public private(set) var generation: UInt64 = 0

  let isOurs: Bool
  private let image: [UInt8]
  private var start = 0
  private(set) var blockCount = 0
  private var free: [Bool] = []
  private var used: [Bool] = []

  struct Pointer {
    var address: UInt64
    var hash: UInt64
    var index: Int { Int(address >> 8) }
    var level: Int { Int(address & 15) }
    var unpackedLevel: Int { Int(address >> 4 & 15) }
    var isNull: Bool { index == 0 }
  }

  public init(_ image: [UInt8], isOurs: Bool) {
    self.image = image
    self.isOurs = isOurs
    guard let header = newestHeader() else { return }
    used = [Bool](repeating: false, count: blockCount)
    free = used
    replayLog(Self.pointer(header, 64))
    var nodes = JudgedNodes()
    _ = walkTree(Self.pointer(header, 48), level: 3, first: 0, &nodes)
    judgeFiles(&nodes, released: releasedNodes(Self.pointer(header, 3152)))
    for block in 257..<max(blockCount, 257) where !free[block] && !used[block] { lost += 1 }
    let hasSnapshots = Self.word(header, 3168) == 0x7061_6E53_7375_7041
    if isOurs, !hasSnapshots, lost > 0 { fault("\(lost) blocks are lost") }
    if !hasSnapshots, header[3168..<4072].contains(where: { $0 != 0 }) {
      fault("the header's padding is not zero")
    }
  }

  mutating func fault(_ text: String) { if faults.count < 100 { faults.append(text) } }

  // MARK: Numbers

  static func word(_ bytes: some RandomAccessCollection<UInt8>, _ place: Int) -> UInt64 {
    number(bytes, place, 8)
  }

  static func number(_ bytes: some RandomAccessCollection<UInt8>, _ place: Int, _ count: Int)
    -> UInt64
  {
    var number: UInt64 = 0
    for offset in 0..<count {
      let index = bytes.index(bytes.startIndex, offsetBy: place + offset)
      number |= UInt64(bytes[index]) << UInt64(8 * offset)
    }
    return number
  }

  static func pointer(_ bytes: some RandomAccessCollection<UInt8>, _ place: Int) -> Pointer {
    Pointer(address: word(bytes, place), hash: word(bytes, place + 8))
  }

  // MARK: The ring

  private func header(at block: Int) -> [UInt8]? {
    guard block >= 0, (block + 1) * 4096 <= image.count else { return nil }
    let bytes = Array(image[block * 4096..<(block + 1) * 4096])
    guard Array(bytes[..<8]) == Array("RedoxFS\0".utf8), Self.word(bytes, 8) == 8,
      Self.word(bytes, 4088) == SeaHash.digest(bytes.span.extracting(first: 4072))
    else { return nil }
    return bytes
  }

  private mutating func newestHeader() -> [UInt8]? {
    guard
      let first = (0..<min(65_536, image.count / 4096)).first(where: { header(at: $0) != nil }),
      var newest = header(at: first)
    else {
      fault("there is no header")
      return nil
    }
    start = first - Int(Self.word(newest, 40) % 256)
    if start < 0 { fault("the ring begins before the medium") }
    for place in 0..<256 {
      guard let other = header(at: start + place) else { continue }
      let generation = Self.word(other, 40)
      if generation % 256 != UInt64(place) {
        fault("generation \(generation) stands at place \(place)")
      }
      if generation > Self.word(newest, 40) { newest = other }
    }
    generation = Self.word(newest, 40)
    let size = Self.word(newest, 32)
    if size % 4096 != 0 || start * 4096 + Int(size) > image.count { fault("size \(size)") }
    blockCount = min(Int(size / 4096), image.count / 4096 - start)
    if Self.word(newest, 4072) != Self.word(newest, 4088) || Self.word(newest, 4080) != 0 {
      fault("it is encrypted")
      return nil
    }
    return newest
  }

  // MARK: Blocks

  /// What `pointer` leads to, with its hash compared; it is claimed for `owner`.
  mutating func block(
    _ pointer: Pointer, upTo level: Int = 0, _ owner: @autoclosure () -> String
  ) -> [UInt8]? {
    let count = 1 << pointer.level
    guard pointer.level <= level, pointer.unpackedLevel <= level else {
      fault("\(owner()): block \(pointer.index) has level \(pointer.level)")
      return nil
    }
    guard pointer.index >= 257, pointer.index + count <= blockCount else {
      fault("\(owner()): block \(pointer.index) lies outside")
      return nil
    }
    if pointer.index % count != 0 { fault("\(owner()): block \(pointer.index) is not aligned") }
    for block in pointer.index..<pointer.index + count {
      if used[block] { fault("\(owner()): block \(block) is used twice") }
      if free[block] { fault("\(owner()): block \(block) is free") }
      used[block] = true
    }
    let place = (start + pointer.index) * 4096
    let bytes = Array(image[place..<place + count * 4096])
    guard SeaHash.digest(bytes.span) == pointer.hash else {
      fault("\(owner()): block \(pointer.index) has another hash")
      return nil
    }
    return bytes
  }

  // MARK: Free blocks

  private mutating func replayLog(_ newest: Pointer) {
    var chain: [[UInt8]] = []
    var pointer = newest
    if pointer.isNull { fault("there is no log") }
    while !pointer.isNull {
      guard let bytes = block(pointer, "log") else { return }
      chain.append(bytes)
      pointer = Self.pointer(bytes, 0)
    }
    logBlocks = chain.count
    for bytes in chain.reversed() {
      for place in 1...255 { replay(bytes, place * 16) }
    }
    for block in used.indices where used[block] && free[block] { fault("log: \(block) is free") }
  }

  private mutating func replay(_ bytes: [UInt8], _ place: Int) {
    let index = Int(Self.word(bytes, place))
    let count = Int(Int64(bitPattern: Self.word(bytes, place + 8)))
    if count == 0 { return }
    guard index >= 257, index + abs(count) <= blockCount else {
      return fault("log: \(index) and \(count)")
    }
    for block in index..<index + abs(count) {
      if free[block] == (count > 0) { fault("log: \(block) is taken or given twice") }
      free[block] = count > 0
    }
  }

  private mutating func releasedNodes(_ newest: Pointer) -> Set<UInt32> {
    var nodes: Set<UInt32> = []
    var pointer = newest
    while !pointer.isNull {
      guard let bytes = block(pointer, "release list") else { return nodes }
      for place in 0..<1020 {
        let node = UInt32(Self.number(bytes, 16 + 4 * place, 4))
        if node != 0, !nodes.insert(node).inserted { fault("release list: \(node) twice") }
      }
      pointer = Self.pointer(bytes, 0)
    }
    return nodes
  }

  // MARK: The tree

  /// - Returns: whether there is no room below it.
  private mutating func walkTree(
    _ pointer: Pointer, level: Int, first: UInt32, _ nodes: inout JudgedNodes
  ) -> Bool {
    guard let bytes = block(pointer, "tree") else { return false }
    var isEmpty = true
    var isFull = true
    for place in 0..<256 {
      let flag = bytes[4064 + place / 8] >> UInt8(place % 8) & 1 != 0
      guard place < 254 else {
        if flag { fault("tree: a flag of no place") }
        continue
      }
      let next = Self.pointer(bytes, place * 16)
      let identifier = first | UInt32(place) << UInt32(8 * level)
      var isTaken = !next.isNull
      if level == 0, identifier == 0 {
        if isTaken { fault("tree: there is a node 0") }
        isTaken = true
      } else if !next.isNull {
        isEmpty = false
        if level > 0 {
          isTaken = walkTree(next, level: level - 1, first: identifier, &nodes)
        } else if let node = block(next, "node \(identifier)") {
          nodes.blocks[identifier] = node
        }
      }
      if flag != isTaken { fault("tree: the flag of \(identifier) at level \(level) is \(flag)") }
      if !isTaken { isFull = false }
    }
    if isEmpty { fault("tree: an empty list") }
    return isFull
  }

  mutating func count(files: Int = 0, records: Int = 0, packed: Int = 0, depth: Int = 0) {
    self.files += files
    self.records += records
    self.packed += packed
    deepest = max(deepest, depth)
  }
}

/// The nodes of a volume, and what their names come to.
struct JudgedNodes {
  var blocks: [UInt32: [UInt8]] = [:]
  var names: [UInt32: Int] = [:]
}
