// SPDX-License-Identifier: MIT

/// Sizes and limits of the log, on one page.
public enum LogLimits {
  /// A line longer than this is kept in pieces, in bytes.
  public static var line: Int { 1024 }
  /// Bytes that one request brings, and lines; the client offers the rest again.
  public static var request: Int { 4096 }
  public static var linesPerRequest: Int { 32 }
  /// Writers whose last line has not ended yet.
  public static var unfinished: Int { 16 }
  /// Places to which the log is copied.
  public static var sinks: Int { 4 }
  /// The longest path of one, in bytes.
  public static var sinkPath: Int { 120 }
  /// More than the lines of one request take, with what is put before each: bytes of the ring that
  /// may be overwritten before the new end counts.
  static var slack: Int { 65_536 }
}

/// A line that has not ended, of one open file. Its bytes lie in one of two buffers: the one that
/// does not count is written while the other still does.
public struct UnfinishedLine: BitwiseCopyable, Sendable {
  /// The open file; all ones in a slot that is free.
  var description = UInt64.max
  /// Where the log ended when it was written last: the oldest gives way.
  var age: UInt64 = 0
  var process: UInt32 = 0
  var count: UInt16 = 0
  var usesSecond: UInt8 = 0
  var reserved: UInt8 = 0
}

/// A file to which the log is copied.
public struct SinkRecord: BitwiseCopyable, Sendable {
  /// Zero in a slot that is free.
  public var pathCount: UInt64 = 0
  var path = InlineArray<120, UInt8>(repeating: 0)
  /// The position in the log of what is to be copied next.
  public var next: UInt64 = 0
  /// Where in the file that belongs; `UInt64.max` in one that has no offsets.
  public var place: UInt64 = 0
}

/// All that the log is apart from its bytes. It is replaced as a whole, so a change happens or not.
public struct LogState: BitwiseCopyable, Sendable {
  /// Bytes ever kept. Those behind do not count, whatever lies there.
  public var end: UInt64 = 0
  /// How far the kernel's log has been taken.
  public var kernelPosition: UInt64 = 0
  /// The last request that changed something, and what it came to.
  var description: UInt64 = 0
  var sequence: UInt64 = 0
  var result: UInt64 = 0
  var unfinished = InlineArray<16, UnfinishedLine>(repeating: UnfinishedLine())
  var sinks = InlineArray<4, SinkRecord>(repeating: SinkRecord())
}
