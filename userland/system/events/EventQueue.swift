// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// Waits for something to happen on any of many handles.
///
/// It reports conditions, not messages: as long as a watched handle is readable, it is reported
/// again, unless `edge` is among the events.
public struct EventQueue: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// - Throws: `tooManyHandles`, `quotaExceeded`.
  @export(interface)
  public init() throws(SystemError) {
    owned = try open("event", .readWrite | .runtimeHandle)
  }

  public var handle: Handle { owned.handle }

  /// Reports `events` on `handle` from now on, with the watcher's own word. Watching it again
  /// replaces events and word; watching for nothing ends it, as closing the handle does.
  ///
  /// - Throws: `badHandle`, `accessDenied` without the wait right, `notSupported` for what never
  ///   has events, `deadlock` for a circle of queues, `busy` if too many queues watch the handle.
  @export(interface)
  public func watch(_ handle: Handle, _ events: EventSet, data: UInt64) throws(SystemError) {
    var record = EventRecord()
    record.handle = handle.rawValue
    record.events = events.rawValue
    record.data = data
    _ = try show(record) { (claim) throws(SystemError) in
      try perform(
        Write {
          $0.handle = owned.handle
          $0.buffer = claim
          $0.offset = UInt64.max
        })
    }
  }

  /// Ends a watch.
  /// - Throws: `notFound` if there is none.
  @export(interface)
  public func unwatch(_ handle: Handle) throws(SystemError) {
    try watch(handle, EventSet(), data: 0)
  }

  /// Waits until there is something to report, and replaces what `batch` holds by it.
  ///
  /// - Throws: `timedOut` when `deadline` passes, `interrupted` when a signal was handled; the
  ///   batch is empty then.
  @export(interface)
  public func wait(
    for batch: inout EventBatch, until deadline: Deadline = .never
  ) throws(SystemError) {
    batch.count = 0
    let count = try fill(&batch.records) { (claim) throws(SystemError) in
      try perform(
        WaitEvents {
          $0.queue = owned.handle
          $0.buffer = claim
          $0.deadline = deadline
        })
    }
    batch.count = min(Int(truncatingIfNeeded: count), EventBatch.capacity)
  }
}

/// What one wait reports.
public struct EventBatch: Sendable {
  public static var capacity: Int { 16 }

  fileprivate(set) var records = InlineArray<16, EventRecord>(repeating: EventRecord())
  /// How many events there are.
  public fileprivate(set) var count = 0

  public init() {}

  /// Event `index`, less than `count`.
  public subscript(index: Int) -> EventRecord {
    precondition(index < count, "no such event")
    return records[index]
  }
}
