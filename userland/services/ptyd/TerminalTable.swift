// SPDX-License-Identifier: MIT
import ABI
import LineDiscipline
public import Memory

/// The last request on a terminal that was carried out, with what it came to: what a successor
/// answers if the request comes again.
struct Completion: BitwiseCopyable {
  var description: UInt64 = 0
  var sequence: UInt64 = 0
  /// The result word; the bytes of a read lie at `position` of the queue.
  var result: UInt64 = 0
  var position: UInt64 = 0
  var source = Source.none

  enum Source: UInt8, BitwiseCopyable { case none, input, output }
}

/// One terminal, as the capsule keeps it. A change and the request that made it are stored at once.
struct TerminalRecord: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable { case free, pseudo, console }

  var state = TerminalState()
  var last = Completion()
  var generation: UInt32 = 1
  var kind = Kind.free
  /// The terminal's side cannot be opened yet.
  var isLocked = true
  /// The terminal's side has been opened; it is open.
  var wasOpened = false
  var isOpen = false
  var owner: UInt32 = 0
  var group: UInt32 = 0
  var mode = Self.usualMode
  var account: UInt32 = 0
  /// Which process the session's leader is.
  var leader: UInt32 = 0
  var leaderGeneration: UInt32 = 0
  /// Where the console's device is.
  var consoleRead: UInt64 = 0
  var consoleWritten: UInt64 = 0
  /// Input that may answer a question for the size, and until when it can.
  var report = SizeReport()
  var reportEnd: UInt64 = 0

  /// Nobody but its owner opens a terminal, unless that one lets everybody.
  static var usualMode: UInt32 { 0o620 }

  /// Makes it root's again, whoever sat at it, and closes it to all others.
  mutating func giveBack() {
    owner = 0
    group = 0
    mode = Self.usualMode
  }
}

/// All terminals: in the capsule, and as copies to work on.
public struct TerminalTable: ~Copyable {
  private let capsule: Capsule<TerminalRecord>
  /// As many as have ever been used.
  var records: [TerminalRecord] = []

  /// The slot of the console.
  static var console: Int { 0 }

  /// The memory that it takes, in bytes.
  static func byteCount(_ terminals: Int) -> Int {
    Capsule<TerminalRecord>.byteCount(slotCount: terminals)
  }

  @export(interface)
  public init(
    in memory: SharedBytes, terminals: Int = Limits.terminals
  ) throws(CapsuleError) {
    capsule = try Capsule(in: memory, version: 1, slotCount: min(terminals, Limits.terminals))
    for slot in 0..<capsule.slotCount {
      guard let record = capsule[slot] else { continue }
      while records.count < slot { records.append(TerminalRecord()) }
      records.append(record)
    }
  }

  /// Makes the copy of a terminal what a successor will find.
  func commit(_ slot: Int) { capsule[slot] = records[slot] }

  /// A slot without a terminal.
  mutating func freeSlot() -> Int? {
    for slot in records.indices where slot != Self.console && records[slot].kind == .free {
      return slot
    }
    guard records.count < capsule.slotCount else { return nil }
    records.append(TerminalRecord())
    return records.count - 1
  }

  /// Gives a slot up. Files that are still open on it are stale.
  mutating func free(_ slot: Int) {
    var record = TerminalRecord()
    record.generation = records[slot].generation &+ 1
    record.last = records[slot].last
    records[slot] = record
    commit(slot)
  }
}
