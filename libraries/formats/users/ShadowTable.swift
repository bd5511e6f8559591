// SPDX-License-Identifier: MIT
public import Base
import Core

/// What `/etc/shadow` says of passwords, in Redox's form: `user;hash`.
public struct ShadowTable: Sendable {
  /// How a user may log in.
  public enum Password: Equatable, Sendable {
    /// Nobody asks for one: the field is empty.
    case none
    /// With none at all: there is no line, or its field begins with `!`.
    case locked
    case hashed(PasswordHash)
    /// With none at all, as nobody can read what is there.
    case unreadable(PasswordHash.Mistake)
  }

  private var lines: [(user: Text, field: Text?)] = []

  @export(interface)
  public init(parsing text: Text) {
    for line in text.lines() where !line.isEmpty {
      let fields = line.split(at: 0x3B)
      lines.append((fields[0], fields.count == 2 ? fields[1] : nil))
    }
  }

  public var isEmpty: Bool { lines.isEmpty }

  /// The first line of a user counts. A line that makes no sense lets nobody in.
  @export(interface)
  public func password(of user: Text) -> Password {
    guard let line = lines.first(where: { $0.user.bytes == user.bytes }) else { return .locked }
    return Self.password(in: line.field)
  }

  /// The cost of the line that takes the most work to compare; `nil` if no line can be compared.
  @export(interface)
  public var highestCost: PasswordHash.Cost? {
    var highest: PasswordHash.Cost?
    for line in lines {
      guard case .hashed(let hash) = Self.password(in: line.field),
        hash.cost.work > highest?.work ?? 0
      else { continue }
      highest = hash.cost
    }
    return highest
  }

  private static func password(in field: Text?) -> Password {
    guard let field else { return .unreadable(.form) }
    if field.isEmpty { return .none }
    if field.hasPrefix("!") { return .locked }
    do throws(PasswordHash.Mistake) { return .hashed(try PasswordHash(encoded: field)) } catch {
      return .unreadable(error)
    }
  }
}
