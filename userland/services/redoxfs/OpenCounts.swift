// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

/// Which nodes somebody may have open, so that the kernel, who knows it, need not be asked about most.
///
/// They are counted by the words that clients' handles stand for, those that end alike together. A count
/// may be too high: an open whose client ended before it heard the answer has no close. It is never too
/// low: every description was there when the server began, or was opened by it; and of files that were
/// closed before it began a server hears before its first request, when closes do not count yet.
public struct OpenCounts {
  private static var slots: Int { 4096 }
  private var counts = [UInt32](repeating: 0, count: slots)
  /// Something has been opened since the server began.
  private var hasOpened = false
  private var isKnown = false

  public init() {}

  /// - Parameter nodes: those that were open when the server began; `nil` if that is not known.
  public mutating func begin(with nodes: [UInt32]?) {
    isKnown = nodes != nil
    for node in nodes ?? [] { counts[Self.slot(node)] &+= 1 }
  }

  private static func slot(_ node: UInt32) -> Int { Int(node) & (slots &- 1) }

  public mutating func opened(_ node: UInt32) {
    hasOpened = true
    counts[Self.slot(node)] &+= 1
  }

  public mutating func closed(_ node: UInt32) {
    let slot = Self.slot(node)
    if hasOpened, counts[slot] > 0 { counts[slot] &-= 1 }
  }

  /// False only if nobody has the node open.
  public func mayBeOpen(_ node: UInt32) -> Bool { !isKnown || counts[Self.slot(node)] > 0 }
}
