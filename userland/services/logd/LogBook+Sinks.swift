// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core
import Memory

// Places to which the log is copied. How far each has come is part of the state; a file is written
// at explicit offsets, so a piece that is written again after a death lies where it lay.
extension LogBook {
  /// Adds a place, which gets the log from its oldest line on. Does not commit.
  ///
  /// - Parameter place: where in the file the first byte belongs; `nil` if it has no offsets.
  /// - Returns: its slot.
  /// - Throws: `alreadyExists`, `nameTooLong`, `noSpace` beyond `LogLimits.sinks`.
  public mutating func addSink(_ path: Text, place: UInt64?) throws(SystemError) -> Int {
    guard !path.isEmpty, path.count <= LogLimits.sinkPath else { throw .nameTooLong }
    var free: Int?
    for slot in 0..<LogLimits.sinks {
      if state.sinks[slot].pathCount == 0 {
        free = free ?? slot
      } else if sinkPath(slot) == path {
        throw .alreadyExists
      }
    }
    guard let slot = free else { throw .noSpace }
    var sink = SinkRecord()
    sink.pathCount = UInt64(path.count)
    for index in path.indices { sink.path[index] = path[index] }
    sink.next = firstLine()
    sink.place = place ?? .max
    state.sinks[slot] = sink
    return slot
  }

  public mutating func removeSink(_ slot: Int) { state.sinks[slot] = SinkRecord() }

  /// The path of a sink; `nil` in a slot that is free.
  public func sinkPath(_ slot: Int) -> Text? {
    let count = Int(clamping: state.sinks[slot].pathCount)
    guard count > 0, count <= LogLimits.sinkPath else { return nil }
    return Text { text in
      for index in 0..<count { text.put(state.sinks[slot].path[index]) }
    }
  }

  public func sink(_ slot: Int) -> SinkRecord { state.sinks[slot] }

  /// What is to be written to a sink next, at most `limit` bytes. What has been overwritten is passed
  /// over.
  public mutating func pending(
    _ slot: Int, into output: inout OutputSpan<UInt8>
  ) {
    if state.sinks[slot].next < start { state.sinks[slot].next = firstLine() }
    do throws(SystemError) { try read(at: state.sinks[slot].next, into: &output) } catch {
      // Not reached: the position was just looked at.
      return
    }
  }

  /// `count` bytes have been written to a sink. Commits.
  public mutating func advance(_ slot: Int, by count: Int) {
    state.sinks[slot].next += UInt64(count)
    if state.sinks[slot].place != .max { state.sinks[slot].place += UInt64(count) }
    commit()
  }
}
