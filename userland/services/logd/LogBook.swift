// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core
public import Memory

/// Which request a change belongs to.
public struct LogMark: Equatable, Sendable {
  public var description: UInt64
  public var sequence: UInt64

  public init(description: UInt64, sequence: UInt64) {
    self.description = description
    self.sequence = sequence
  }
}

/// Who writes: an open file, and the process behind it if that is known.
public struct LogWriter: Equatable, Sendable {
  public var description: UInt64
  public var process: UInt32?

  public init(description: UInt64, process: UInt32?) {
    self.description = description
    self.process = process
  }

  /// The kernel's log; no open file has this number.
  public static var kernel: LogWriter { LogWriter(description: .max - 1, process: nil) }
}

/// The log: a ring of finished lines in a capsule, the newest replacing the oldest.
///
/// Bytes are written behind the end, where they do not count, and count together with everything else
/// that belongs to the change when the state is stored: whoever dies before that has done nothing,
/// and whoever dies after it has done everything, and the request that comes again is known.
public struct LogBook: ~Copyable {
  private let table: Capsule<LogState>
  private let lines: SharedBytes
  private let ring: SharedBytes
  public internal(set) var state: LogState
  /// Whether the capsule held a log before.
  public let origin: CapsuleOrigin

  private static var stateBytes: Int { (Capsule<LogState>.byteCount(slotCount: 1) + 63) & ~63 }
  private static var lineBytes: Int { LogLimits.unfinished * 2 * LogLimits.line }

  /// - Throws: `tooSmall` for less than 256 KiB.
  public init(in memory: SharedBytes) throws(CapsuleError) {
    guard memory.count >= 262_144 else { throw .tooSmall }
    table = try Capsule(in: memory, version: 1, slotCount: 1)
    lines = memory.extracting(Self.stateBytes..<Self.stateBytes + Self.lineBytes)
    ring = memory.extracting(Self.stateBytes + Self.lineBytes..<memory.count)
    origin = table.origin
    state = table[0] ?? LogState()
  }

  /// Makes everything count that was changed.
  public mutating func commit() { table[0] = state }

  /// The position behind the newest byte.
  public var end: UInt64 { state.end }
  /// The position of the oldest byte that is there for certain.
  public var start: UInt64 {
    let kept = UInt64(ring.count - LogLimits.slack)
    return state.end > kept ? state.end - kept : 0
  }

  /// The position of the oldest whole line.
  public func firstLine() -> UInt64 {
    var position = start
    if position == 0 { return 0 }
    while position < state.end {
      position += 1
      if byte(at: position - 1) == 0x0A { return position }
    }
    return state.end
  }

  private func byte(at position: UInt64) -> UInt8 {
    ring.load(at: Int(position % UInt64(ring.count)), as: UInt8.self)
  }

  /// Copies what is there from `position` on.
  /// - Throws: `gone` if that has been overwritten.
  public func read(
    at position: UInt64, into output: inout OutputSpan<UInt8>
  ) throws(SystemError) {
    guard position >= start else { throw .gone }
    var position = position
    while position < state.end, output.freeCapacity > 0 {
      output.append(byte(at: position))
      position += 1
    }
  }

  /// The result of a request that comes again, if it was carried out.
  public func result(of mark: LogMark) -> UInt64? {
    guard state.sequence != 0, state.description == mark.description,
      state.sequence == mark.sequence
    else { return nil }
    return state.result
  }

  /// Remembers what a request came to, as part of the change that is being made.
  public mutating func note(_ mark: LogMark, _ result: UInt64) {
    state.description = mark.description
    state.sequence = mark.sequence
    state.result = result
  }
}

// MARK: Writing

extension LogBook {
  /// Takes lines of `writer`, the last of which may go on next time. Does not commit.
  ///
  /// - Parameter time: nanoseconds since the machine was started.
  /// - Returns: how many of the bytes were taken: a limit may leave some.
  public mutating func take(
    _ bytes: Span<UInt8>, from writer: LogWriter, at time: UInt64
  ) -> Int {
    let slot = slot(of: writer.description)
    var line = slot.map { unfinishedText($0) } ?? Text()
    var taken = 0
    var finished = 0
    while taken < min(bytes.count, LogLimits.request), finished < LogLimits.linesPerRequest {
      let byte = bytes[taken]
      taken += 1
      if byte != 0x0A {
        line.put(byte)
        guard line.count == LogLimits.line else { continue }
      }
      finish(line, writer.process, time)
      line = Text()
      finished += 1
    }
    keep(line, of: writer, in: slot, time)
    return taken
  }

  /// A line of the log's own. Does not commit.
  public mutating func say(_ level: LogLevel, at time: UInt64, _ write: (inout Text) -> Void) {
    var line = LogLine(Text(), from: nil)
    line.name = "logd"
    line.level = level
    write(&line.text)
    append(line, time)
  }

  /// Ends the unfinished line of an open file that was closed.
  /// - Returns: whether there was one.
  public mutating func close(_ description: UInt64, at time: UInt64) -> Bool {
    guard let slot = slot(of: description) else { return false }
    giveUp(slot, time)
    return true
  }

  private mutating func finish(_ line: Text, _ process: UInt32?, _ time: UInt64) {
    var line = line
    // What comes from a terminal or a network may end in both.
    if line.bytes.last == 0x0D { line.bytes.removeLast() }
    if !line.isEmpty { append(LogLine(line, from: process), time) }
  }

  private mutating func append(_ line: LogLine, _ time: UInt64) {
    var text = Text()
    line.put(to: &text, at: time)
    let place = Int(state.end % UInt64(ring.count))
    let first = min(text.count, ring.count - place)
    ring.copy(text.span.extracting(0..<first), to: place)
    if first < text.count { ring.copy(text.span.extracting(first..<text.count), to: 0) }
    state.end += UInt64(text.count)
  }
}

// MARK: Lines that have not ended

extension LogBook {
  private func slot(of description: UInt64) -> Int? {
    for slot in 0..<LogLimits.unfinished
    where state.unfinished[slot].description == description { return slot }
    return nil
  }

  private func place(_ slot: Int, second: Bool) -> Int {
    (slot * 2 + (second ? 1 : 0)) * LogLimits.line
  }

  private func unfinishedText(_ slot: Int) -> Text {
    let line = state.unfinished[slot]
    var bytes = [UInt8](repeating: 0, count: min(Int(line.count), LogLimits.line))
    var span = bytes.mutableSpan
    lines.copy(from: place(slot, second: line.usesSecond != 0), to: &span)
    return Text(bytes)
  }

  /// Keeps the beginning of a line until the rest comes.
  private mutating func keep(
    _ line: Text, of writer: LogWriter, in known: Int?, _ time: UInt64
  ) {
    if line.isEmpty {
      if let known { state.unfinished[known] = UnfinishedLine() }
      return
    }
    let slot = known ?? freeSlot(time)
    let second = state.unfinished[slot].usesSecond == 0
    lines.copy(line.span, to: place(slot, second: second))
    state.unfinished[slot].description = writer.description
    state.unfinished[slot].process = writer.process ?? 0
    state.unfinished[slot].age = state.end
    state.unfinished[slot].count = UInt16(line.count)
    state.unfinished[slot].usesSecond = second ? 1 : 0
  }

  /// A slot that nobody has; the oldest line ends where it is to make room.
  private mutating func freeSlot(_ time: UInt64) -> Int {
    if let free = slot(of: .max) { return free }
    var oldest = 0
    for slot in 1..<LogLimits.unfinished
    where state.unfinished[slot].age < state.unfinished[oldest].age { oldest = slot }
    giveUp(oldest, time)
    return oldest
  }

  /// What is there of a line becomes a line.
  private mutating func giveUp(_ slot: Int, _ time: UInt64) {
    let process = state.unfinished[slot].process
    finish(unfinishedText(slot), process == 0 ? nil : process, time)
    // The buffer that counted stays untouched until this change counts.
    let usesSecond = state.unfinished[slot].usesSecond
    state.unfinished[slot] = UnfinishedLine()
    state.unfinished[slot].usesSecond = usesSecond
  }
}
