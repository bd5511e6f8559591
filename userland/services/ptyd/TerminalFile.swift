// SPDX-License-Identifier: MIT
public import Schemes

/// What an open file of the scheme stands for.
public struct TerminalFile: SchemeFile, Equatable, Sendable {
  /// Which file of a terminal it is. The raw values are part of words that outlive servers.
  public enum Part: UInt8, BitwiseCopyable, Sendable {
    case directory = 0
    case master = 1
    case terminal = 2
    case settings = 3
    case settingsDrained = 4
    case settingsFlushed = 5
    case size = 6
    case sizeQuestion = 7
    case group = 8
    case session = 9
    case lock = 10
    case name = 11
    case flush = 12
    case hangUp = 13
    /// Which session has which terminal; of no terminal in particular.
    case sessions = 14
  }

  public var part: Part
  /// The slot among the terminals.
  public var slot = 0
  /// Grows when the slot's terminal is another one, or was hung up.
  public var generation: UInt32 = 0
  /// Below the master, or the master itself.
  public var isMasters = false
  /// Opened so that callers of background groups are not stopped.
  public var isForced = false

  public init(_ part: Part) { self.part = part }

  /// Bits: part 0-7, slot 8-15, master 16, forced 17, generation 24-55.
  public init?(word: UInt64) {
    guard let part = Part(rawValue: UInt8(truncatingIfNeeded: word)), word >> 56 == 0 else {
      return nil
    }
    self.part = part
    slot = Int(truncatingIfNeeded: word >> 8) & 0xFF
    isMasters = word & 1 << 16 != 0
    isForced = word & 1 << 17 != 0
    generation = UInt32(truncatingIfNeeded: word >> 24)
    guard slot < Limits.terminals else { return nil }
  }

  public var word: UInt64 {
    UInt64(part.rawValue) | UInt64(slot) << 8 | (isMasters ? 1 << 16 : 0)
      | (isForced ? 1 << 17 : 0) | UInt64(generation) << 24
  }

  /// Another file of the same terminal.
  func sibling(_ part: Part) -> TerminalFile {
    var file = self
    file.part = part
    return file
  }
}
