// SPDX-License-Identifier: MIT
public import Base
import ABI
import Core

/// The names of users and groups, from `/etc/passwd` and `/etc/group`.
///
/// Both have a line for each, with fields apart by `;` (Redox) or `:`. Without the files there are
/// numbers only.
public final class UserNames {
  private let system: UtilitySystem
  private var users: [(name: Text, number: UInt32, group: UInt32)]?
  private var groups: [(name: Text, number: UInt32, members: [Text])]?

  public init(_ system: UtilitySystem) { self.system = system }

  /// The user's name, or the number in digits.
  @export(interface)
  public func name(ofUser number: UInt32) -> Text {
    allUsers.first { $0.number == number }?.name ?? Text { $0.put(decimal: UInt64(number)) }
  }

  @export(interface)
  public func name(ofGroup number: UInt32) -> Text {
    allGroups.first { $0.number == number }?.name ?? Text { $0.put(decimal: UInt64(number)) }
  }

  /// The number that a name or digits stand for.
  @export(interface)
  public func user(_ name: Text) -> UInt32? {
    allUsers.first { $0.name == name }?.number ?? Self.number(name)
  }

  @export(interface)
  public func group(_ name: Text) -> UInt32? {
    allGroups.first { $0.name == name }?.number ?? Self.number(name)
  }

  /// The group that a user logs in with.
  @export(interface)
  public func loginGroup(of user: UInt32) -> UInt32? {
    allUsers.first { $0.number == user }?.group
  }

  /// The groups that name the user as a member.
  @export(interface)
  public func groups(withMember user: Text) -> [UInt32] {
    allGroups.filter { $0.members.contains(user) }.map { $0.number }
  }

  private var allUsers: [(name: Text, number: UInt32, group: UInt32)] {
    if let users { return users }
    var found: [(name: Text, number: UInt32, group: UInt32)] = []
    for fields in lines("/etc/passwd") {
      // The older form has the password second.
      let first = fields.count > 6 ? 2 : 1
      guard fields.count > first + 1, let number = Self.number(fields[first]),
        let group = Self.number(fields[first + 1])
      else { continue }
      found.append((fields[0], number, group))
    }
    users = found
    return found
  }

  private var allGroups: [(name: Text, number: UInt32, members: [Text])] {
    if let groups { return groups }
    var found: [(name: Text, number: UInt32, members: [Text])] = []
    for fields in lines("/etc/group") {
      for (index, field) in fields.enumerated().dropFirst() {
        guard let number = Self.number(field) else { continue }
        let members = index + 1 < fields.count ? fields[index + 1].split(at: 0x2C) : []
        found.append((fields[0], number, members))
        break
      }
    }
    groups = found
    return found
  }

  private func lines(_ path: Text) -> [[Text]] {
    let text: Text
    do throws(SystemError) {
      text = Text(try system.contents(path, limit: 1 << 20))
    } catch { return [] }
    var result: [[Text]] = []
    for line in text.lines() where !line.isEmpty && !line.hasPrefix("#") {
      let separator = line.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ":")
      result.append(line.split(at: separator))
    }
    return result
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }
}
