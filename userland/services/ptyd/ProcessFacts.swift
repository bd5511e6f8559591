// SPDX-License-Identifier: MIT
public import Base
import Core

/// What terminals want to know of a process: some lines of `/scheme/proc/NUMBER/status`.
public struct ProcessFacts: Equatable, Sendable {
  public var parent: UInt32 = 0
  public var group: UInt32 = 0
  public var session: UInt32 = 0
  public var threads: UInt32 = 0
  /// A bit for each signal, from 1 on, that its first thread ignores or holds back.
  public var heldSignals: UInt64 = 0
  public var isStopped = false

  @export(interface)
  public init(parent: UInt32, group: UInt32, session: UInt32) {
    self.parent = parent
    self.group = group
    self.session = session
  }

  /// - Returns: `nil` if a line is missing.
  @export(interface)
  public init?(status: Text) {
    var found = 0
    for line in status.lines() {
      let words = line.words()
      if line == "state: stopped" { isStopped = true }
      guard words.count == 2, let large = Self.number(words[1]) else { continue }
      if words[0] == "held_signals:" { heldSignals = large }
      guard let value = UInt32(exactly: large) else { continue }
      if words[0] == "parent:" {
        parent = value
      } else if words[0] == "group:" {
        group = value
      } else if words[0] == "session:" {
        session = value
      } else if words[0] == "threads:" {
        threads = value
        continue
      } else {
        continue
      }
      found += 1
    }
    guard found == 3 else { return nil }
  }

  private static func number(_ text: Text) -> UInt64? {
    do throws(NumberError) { return try UInt64(decimal: text.span) } catch { return nil }
  }

  /// Whether a process whose parent this is keeps its group from being an orphan.
  @export(interface)
  public func guards(group: UInt32, session: UInt32) -> Bool {
    self.session == session && self.group != group
  }

  /// What a signal that stops, just sent, has done to the process.
  @export(interface)
  public func reaction(to signal: UInt32) -> StopReaction {
    if isStopped { return .stopped }
    let isHeld = signal > 0 && heldSignals >> UInt64(signal - 1) & 1 != 0
    return threads == 1 && isHeld ? .none : .unknown
  }
}
