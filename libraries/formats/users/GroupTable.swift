// SPDX-License-Identifier: MIT
public import Base
import Core

/// One group of `/etc/group` in Redox's form: `group;x;gid;member,member`.
public struct GroupEntry: Equatable, Sendable {
  public var group: Text
  public var identifier: UInt32
  /// Users that are in the group beside their own.
  public var members: [Text]

  /// - Returns: `nil` if the line is not four fields with a number in the third, or the group has no
  ///   name.
  @export(interface)
  public init?(line: Text) {
    let fields = line.split(at: 0x3B)
    guard fields.count == 4, !fields[0].isEmpty, let number = Self.number(fields[2]) else {
      return nil
    }
    identifier = number
    group = fields[0]
    members = fields[3].split(at: 0x2C).filter { !$0.isEmpty }
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }
}

/// The groups of a system. Lines that make no sense are left out.
public struct GroupTable: Equatable, Sendable {
  public var entries: [GroupEntry] = []

  @export(interface)
  public init(parsing text: Text) {
    for line in text.lines() {
      if let entry = GroupEntry(line: line) { entries.append(entry) }
    }
  }

  /// The groups that a user is in beside the one that it logs in with, each once.
  @export(interface)
  public func groups(of user: Text, beside own: UInt32) -> [UInt32] {
    var found: [UInt32] = []
    for entry in entries
    where entry.identifier != own && entry.members.contains(where: { $0.bytes == user.bytes }) {
      if !found.contains(entry.identifier) { found.append(entry.identifier) }
    }
    return found
  }
}
