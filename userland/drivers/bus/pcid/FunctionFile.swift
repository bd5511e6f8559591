// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import PCI
public import Schemes

/// An open file of the scheme: a function's number, which file of it, and for the channel whose turn
/// it is.
public struct FunctionFile: SchemeFile, Equatable, Sendable {
  public enum Kind: UInt64, BitwiseCopyable, Sendable {
    case root = 0
    case directory = 1
    case configuration = 2
    case channel = 3
  }

  public var kind: Kind
  public var key: UInt32 = 0
  public var turn: UInt32 = 0

  public init(_ kind: Kind, key: UInt32 = 0, turn: UInt32 = 0) {
    self.kind = kind
    self.key = key
    self.turn = turn & 0xFF_FFFF
  }

  public init?(word: UInt64) {
    guard let kind = Kind(rawValue: word >> 32 & 7), word >> 59 == 0 else { return nil }
    self.init(
      kind, key: UInt32(truncatingIfNeeded: word),
      turn: UInt32(truncatingIfNeeded: word >> 35 & 0xFF_FFFF))
  }

  public var word: UInt64 { UInt64(key) | kind.rawValue << 32 | UInt64(turn) << 35 }
  var address: FunctionAddress { FunctionAddress(key: key) }
}
