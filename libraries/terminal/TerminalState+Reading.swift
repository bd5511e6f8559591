// SPDX-License-Identifier: MIT
public import ABI
import Core

extension TerminalState {
  /// Until when a read has to wait.
  ///
  /// - Parameters:
  ///   - limit: how many bytes it can take; at least one.
  ///   - start: when it began to wait.
  /// - Returns: `nil` if it can be done now, `never` if only input ends the wait.
  @export(interface)
  public mutating func readDeadline(_ limit: Int, since start: UInt64, now: UInt64) -> Deadline? {
    if isHungUp { return nil }
    let available = Int(truncatingIfNeeded: readable &- input.start)
    if settings.local.contains(.canonical) { return available > 0 ? nil : .never }
    let minimum = Int(settings[.minimum])
    let pause = UInt64(settings[.time]) * 100_000_000
    if available > 0, available >= min(minimum, limit) { return nil }
    if minimum == 0 {
      // A pause counts from the beginning of the read.
      return pause == 0 || now &- start >= pause ? nil : Deadline(nanoseconds: start &+ pause)
    }
    if pause == 0 || available == 0 { return .never }
    // Between bytes: from the last one, but not from before the read.
    let last = max(lastReceived, start)
    return now &- last >= pause && now >= last ? nil : Deadline(nanoseconds: last &+ pause)
  }

  /// Takes what one read gets, perhaps nothing.
  /// - Returns: where the bytes are in `input`, until others take their places.
  @export(interface)
  public mutating func read(_ limit: Int) -> (position: UInt64, count: Int) {
    let first = input.start
    let available = Int(truncatingIfNeeded: readable &- first)
    var count = 0
    if settings.local.contains(.canonical) {
      var taken = 0
      while taken < available, count < limit {
        let position = first &+ UInt64(taken)
        taken &+= 1
        if isEnd(position) {
          if input.byte(at: position) != Self.endOfFileMark { count &+= 1 }
          break
        }
        count &+= 1
      }
      // An end of the file right behind what fits belongs to it: it would else end the next read.
      if count == limit, count > 0, taken < available, !isEnd(first &+ UInt64(taken &- 1)),
        isEndOfFile(first &+ UInt64(taken))
      {
        taken &+= 1
      }
      input.take(taken)
    } else {
      // What was typed as lines comes with the marks of their ends.
      while count < min(limit, available), !isEndOfFile(first &+ UInt64(count)) { count &+= 1 }
      input.take(count)
      if count < available, isEndOfFile(input.start) { input.take(1) }
    }
    askToStart()
    return (first, count)
  }

  private mutating func isEndOfFile(_ position: UInt64) -> Bool {
    isEnd(position) && input.byte(at: position) == Self.endOfFileMark
  }

  /// Copies bytes that `read` took.
  @inline(__always)
  public mutating func copyInput(
    from position: UInt64, count: Int, into bytes: inout OutputSpan<UInt8>
  ) { input.copy(from: position, count: count, into: &bytes) }

  /// Whether a read would not wait.
  @export(interface)
  public mutating func canRead(now: UInt64) -> Bool {
    if readable == input.start { return isHungUp }
    return readDeadline(1, since: now, now: now) == nil
  }
}
