// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

/// The tickets that all clients of a campaign got, added up: a ticket that is given twice, or that
/// nobody got, changes the sums.
enum Tickets {
  private static let count = Atomic<UInt64>(0)
  private static let sum = Atomic<UInt64>(0)
  private static let mixed = Atomic<UInt64>(0)

  static func clear() {
    count.store(0, ordering: .sequentiallyConsistent)
    sum.store(0, ordering: .sequentiallyConsistent)
    mixed.store(0, ordering: .sequentiallyConsistent)
  }

  private static func mix(_ ticket: UInt64) -> UInt64 {
    (ticket ^ ticket >> 7) &* 0x9E37_79B9_7F4A_7C15
  }

  static func note(_ ticket: UInt64) {
    count.add(1, ordering: .relaxed)
    sum.wrappingAdd(ticket, ordering: .relaxed)
    mixed.wrappingAdd(mix(ticket), ordering: .relaxed)
  }

  /// Whether exactly the tickets behind `first` up to `last` were noted.
  static func are(_ first: UInt64, _ last: UInt64) -> Bool {
    var expected: (sum: UInt64, mixed: UInt64) = (0, 0)
    var ticket = first
    while ticket < last {
      ticket += 1
      expected.sum &+= ticket
      expected.mixed &+= mix(ticket)
    }
    return count.load(ordering: .relaxed) == last - first
      && sum.load(ordering: .relaxed) == expected.sum
      && mixed.load(ordering: .relaxed) == expected.mixed
  }
}

/// An account of the ledger, with what its log and total must be.
struct LedgerClient: CampaignClient, ~Copyable {
  private let path: Text
  private let file: File
  private var random: Random
  private var log: [UInt8] = []
  private var checksum: UInt64 = 0
  private var total: UInt64
  private var lastTicket: UInt64 = 0
  /// The description's own offset.
  private var offset = 0

  private static var longestWrite: Int { 6_000 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let path = Text {
      $0.put("/scheme/ledger/account")
      $0.put(decimal: UInt64(number))
    }
    let file = try succeed("opening an account") { () throws(SystemError) in
      try File(path, .readWrite | .create)
    }
    try succeed("truncating") { () throws(SystemError) in try file.truncate(to: 0) }
    let report = try Self.report(of: file)
    self.path = path
    self.file = file
    random = Random(seed: seed &+ UInt64(number) &+ 1)
    total = report.total
  }

  mutating func step() throws(TestFailure) {
    switch random.below(16) {
    case 0...4: try append()
    case 5, 6: try readSomewhere()
    case 7: try readFromTheStart()
    case 8...10: try add()
    case 11, 12: try takeTicket()
    case 13: try useAnotherHandle()
    case 14: try check()
    default: if log.count > LedgerOperation.logBytes * 3 / 4 { try truncate() }
    }
  }

  // MARK: The log

  private mutating func append() throws(TestFailure) {
    let count = min(1 + random.below(Self.longestWrite), LedgerOperation.logBytes - log.count)
    if count == 0 { return try truncate() }
    let bytes = random.bytes(count)
    let usesOwnOffset = random.oneIn(2)
    if usesOwnOffset, offset != log.count {
      let end = try succeed("seeking") { () throws(SystemError) in try file.seek(.end(0)) }
      try expect(end == UInt64(log.count), "the end where it was")
      offset = log.count
    }
    let place = UInt64(log.count)
    let written = try succeed("appending") { () throws(SystemError) in
      try usesOwnOffset ? file.write(bytes.span) : file.write(bytes.span, at: place)
    }
    try expect(written == count, "all bytes are appended")
    log += bytes
    for byte in bytes { checksum = LedgerOperation.checksum(checksum, byte) }
    if usesOwnOffset { offset += count }
  }

  private mutating func truncate() throws(TestFailure) {
    try succeed("truncating") { () throws(SystemError) in try file.truncate(to: 0) }
    log = []
    checksum = 0
  }

  private mutating func readSomewhere() throws(TestFailure) {
    let start = random.below(log.count + 1)
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(Self.longestWrite))
    let count = try succeed("reading") { () throws(SystemError) in
      try file.read(into: buffer.mutableSpan, at: UInt64(start))
    }
    try expect(count == min(buffer.count, log.count - start), "as many bytes as there are")
    for index in 0..<count where buffer[index] != log[start + index] {
      throw TestFailure("a byte of the log is another")
    }
  }

  /// Reads everything at the description's own offset, which must neither skip nor repeat a byte.
  private mutating func readFromTheStart() throws(TestFailure) {
    _ = try succeed("seeking") { () throws(SystemError) in try file.seek(.start(0)) }
    var done = 0
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try succeed("reading on") { () throws(SystemError) in
        try file.read(into: buffer.mutableSpan)
      }
      if count == 0 { break }
      try expect(done + count <= log.count, "no byte behind the end")
      for index in 0..<count where buffer[index] != log[done + index] {
        throw TestFailure("a byte of the log comes twice, or not")
      }
      done += count
    }
    try expect(done == log.count, "every byte of the log")
    offset = done
  }

  // MARK: What must be done exactly once

  private func call(_ operation: UInt32, _ word: UInt64) throws(TestFailure) -> UInt64 {
    UInt64(
      try succeed("an operation of the ledger") { () throws(SystemError) in
        try file.handle.call(operation, LedgerOperation.input(word).span)
      })
  }

  private mutating func add() throws(TestFailure) {
    let amount = random.next() >> 40
    total = (total &+ amount) & (1 << 62 - 1)
    let answer = try call(LedgerOperation.add, amount)
    try expect(answer == total, "an amount is added once")
  }

  private mutating func takeTicket() throws(TestFailure) {
    let ticket = try call(LedgerOperation.takeTicket, 0)
    try expect(ticket > lastTicket, "a new ticket")
    lastTicket = ticket
    Tickets.note(ticket)
  }

  private mutating func useAnotherHandle() throws(TestFailure) {
    let other = try succeed("opening again") { () throws(SystemError) in
      try File(path, .readWrite)
    }
    let size = try succeed("asking the size") { () throws(SystemError) in
      try other.status().size
    }
    try expect(size == UInt64(log.count), "the size through another handle")
  }

  struct Report {
    var length: UInt64 = 0
    var checksum: UInt64 = 0
    var total: UInt64 = 0
    var lastTicket: UInt64 = 0
  }

  static func report(of file: borrowing File) throws(TestFailure) -> Report {
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = try succeed("asking for a report") { () throws(SystemError) in
      try file.handle.call(LedgerOperation.report, into: buffer.mutableSpan)
    }
    try expect(count == 32, "a whole report")
    var words: [UInt64] = []
    for start in [0, 8, 16, 24] {
      words.append((0..<8).reduce(0) { $0 | UInt64(buffer[start + $1]) << UInt64(8 * $1) })
    }
    return Report(length: words[0], checksum: words[1], total: words[2], lastTicket: words[3])
  }

  mutating func end() throws(TestFailure) { try truncate() }

  mutating func check() throws(TestFailure) {
    let report = try Self.report(of: file)
    try expect(report.length == UInt64(log.count), "the length of the log")
    try expect(report.checksum == checksum, "the log's checksum")
    try expect(report.total == total, "the total")
  }
}
