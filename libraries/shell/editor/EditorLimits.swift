// SPDX-License-Identifier: MIT

/// What the line editor holds at most.
public enum EditorLimits {
  /// A line, in bytes; what is typed or pasted beyond it is refused with the bell.
  public static var lineBytes: Int { 16 << 20 }
  /// Bytes of an escape sequence; a longer one is dropped.
  public static var sequenceBytes: Int { 64 }
  /// Steps that can be undone.
  public static var undoSteps: Int { 1000 }
  /// Texts that can be yanked.
  public static var kills: Int { 20 }
  /// Below this a terminal is taken to be wider than it is.
  public static var leastColumns: Int { 8 }
  /// The terminal's size where nobody knows it.
  public static var assumedColumns: Int { 80 }
  public static var assumedRows: Int { 24 }
  /// Completions that are listed without asking.
  public static var listedWithoutAsking: Int { 100 }
  /// Completions that are looked at.
  public static var candidates: Int { 100_000 }
  /// All commands of the history together, in bytes; the oldest go first.
  public static var historyBytes: Int { 64 << 20 }
  /// After so many milliseconds an escape character was a key by itself.
  public static var escapeMilliseconds: Int { 100 }
}
