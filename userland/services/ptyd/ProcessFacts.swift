// SPDX-License-Identifier: MIT
public import Base
import Core

/// What terminals want to know of a process: some lines of `/scheme/proc/NUMBER/status`.
public struct ProcessFacts: Equatable, Sendable {
  public var parent: UInt32 = 0
  public var group: UInt32 = 0
  public var session: UInt32 = 0

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
      guard words.count == 2, let value = Self.number(words[1]) else { continue }
      if words[0] == "parent:" {
        parent = value
      } else if words[0] == "group:" {
        group = value
      } else if words[0] == "session:" {
        session = value
      } else {
        continue
      }
      found += 1
    }
    guard found == 3 else { return nil }
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }

  /// Whether a process whose parent this is keeps its group from being an orphan.
  @export(interface)
  public func guards(group: UInt32, session: UInt32) -> Bool {
    self.session == session && self.group != group
  }
}
