// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

/// One thing that happened. 32 bytes.
struct TraceRecord: BitwiseCopyable {
  /// The processor's counter at the kernel entry in which it happened.
  var time: UInt64 = 0
  /// A `TraceEvent`, or `TraceEvent.userBase` plus a program's own number.
  var event: UInt32 = 0
  /// Slot of the thread that ran, and the processor.
  var thread: UInt16 = 0
  var processor: UInt16 = 0
  var first: UInt64 = 0
  var second: UInt64 = 0
  init() {}
}

/// What the kernel traces. Numbers are only for people and tools that read a trace.
enum TraceEvent: UInt32, BitwiseCopyable {
  case none = 0
  case systemCall = 1
  case fault = 2
  case exception = 3
  case interrupt = 4
  case switched = 5
  case processStarted = 6
  case processEnded = 7
  case threadEnded = 8
  case schemeAttached = 9
  case schemeLeft = 10
  case interruptStorm = 11
  case refused = 12

  /// Records of `WriteTrace` have this bit set.
  static let userBase: UInt32 = 0x8000_0000

  var name: StaticString {
    switch self {
    case .none: "none"
    case .systemCall: "call"
    case .fault: "fault"
    case .exception: "exception"
    case .interrupt: "interrupt"
    case .switched: "switch"
    case .processStarted: "process-start"
    case .processEnded: "process-end"
    case .threadEnded: "thread-end"
    case .schemeAttached: "scheme-attach"
    case .schemeLeft: "scheme-leave"
    case .interruptStorm: "storm"
    case .refused: "refused"
    }
  }
}

/// The last 256 records of the machine, oldest overwritten first. A record costs about a dozen
/// instructions: the time is the entry's, and nothing is looked up.
struct TraceRing: BitwiseCopyable {
  static let capacity = 256

  private var records = InlineArray<256, TraceRecord>(repeating: TraceRecord())
  /// Records ever written.
  private(set) var total: UInt64 = 0

  init() {}

  @inline(__always)
  mutating func append(_ record: TraceRecord) {
    records[Int(truncatingIfNeeded: total & 255)] = record
    total &+= 1
  }

  /// How many records there are.
  var count: Int { total < UInt64(Self.capacity) ? Int(total) : Self.capacity }

  /// Record `index` of those there are, the oldest being 0. `mutating`, because the compiler copies
  /// the whole ring for a method that is not.
  mutating func record(_ index: Int) -> TraceRecord? {
    guard index >= 0, index < count else { return nil }
    let position = total &- UInt64(count) &+ UInt64(index)
    return records[Int(truncatingIfNeeded: position & 255)]
  }
}

/// Adds a record about `thread` to the trace.
@inline(__always)
func trace(_ event: TraceEvent, _ thread: Ref<Thread>?, _ first: UInt64 = 0, _ second: UInt64 = 0) {
  trace(number: event.rawValue, thread, first, second)
}

@inline(__always)
func trace(number: UInt32, _ thread: Ref<Thread>?, _ first: UInt64, _ second: UInt64) {
  let processor = Machine.currentProcessor
  var record = TraceRecord()
  record.time = kernel.processors[processor].entryStart
  record.event = number
  record.processor = UInt16(truncatingIfNeeded: processor)
  if let thread { record.thread = UInt16(truncatingIfNeeded: thread.value.slot.index) }
  record.first = first
  record.second = second
  kernel.trace.append(record)
}
