// SPDX-License-Identifier: MIT
public import Base
import Core

/// One user of `/etc/passwd` in Redox's form: `user;uid;gid;name;home;shell`.
public struct UserEntry: Equatable, Sendable {
  public var user: Text
  public var identifier: UInt32
  public var group: UInt32
  /// The person's full name; may be empty.
  public var name: Text
  public var home: Text
  public var shell: Text

  public init(
    user: Text, identifier: UInt32, group: UInt32, name: Text, home: Text, shell: Text
  ) {
    self.user = user
    self.identifier = identifier
    self.group = group
    self.name = name
    self.home = home
    self.shell = shell
  }

  /// - Returns: `nil` if the line is not six fields with numbers in the second and third, or the
  ///   user has no name.
  @export(interface)
  public init?(line: Text) {
    let fields = line.split(at: 0x3B)
    guard fields.count == 6, !fields[0].isEmpty, let identifier = Self.number(fields[1]),
      let group = Self.number(fields[2])
    else { return nil }
    self.init(
      user: fields[0], identifier: identifier, group: group, name: fields[3], home: fields[4],
      shell: fields[5])
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }
}

/// The users of a system. Lines that make no sense are left out, so that one slip of the pen does
/// not lock everybody out.
public struct UserTable: Equatable, Sendable {
  public var entries: [UserEntry]

  public init(_ entries: [UserEntry] = []) { self.entries = entries }

  @export(interface)
  public init(parsing text: Text) {
    entries = []
    for line in text.lines() {
      if let entry = UserEntry(line: line) { entries.append(entry) }
    }
  }

  @export(interface)
  public func entry(named user: Text) -> UserEntry? {
    entries.first { $0.user.bytes == user.bytes }
  }

  @export(interface)
  public func entry(identifier: UInt32) -> UserEntry? {
    entries.first { $0.identifier == identifier }
  }
}
