// SPDX-License-Identifier: MIT
public import Base
import Core

/// What `/etc/shadow` has in place of a password: a digest by Argon2 and all that it takes to compute
/// it again, in the encoded form of Argon2's authors, which Redox uses too:
/// `$argon2id$v=19$m=4096,t=10,p=1$SALT$DIGEST`.
public struct PasswordHash: Equatable, Sendable {
  /// Argon2d, Argon2i and Argon2id, with the numbers that RFC 9106 gives them.
  public enum Variant: UInt32, Sendable { case d = 0, i = 1, id = 2 }

  /// What computing a digest takes.
  public struct Cost: Equatable, Sendable {
    /// In KiB.
    public var memory: UInt32
    public var passes: UInt32
    public var lanes: UInt32

    public init(memory: UInt32, passes: UInt32, lanes: UInt32) {
      self.memory = memory
      self.passes = passes
      self.lanes = lanes
    }

    /// What is made here: little memory, so that the smallest machine has it, and as many passes as
    /// make a guess as expensive as usual.
    public static var standard: Cost { Cost(memory: 4096, passes: 10, lanes: 1) }

    /// A line of a file may not make a machine compute for minutes, or take its memory.
    public static let memoryLimit: UInt32 = 65_536
    public static let laneLimit: UInt32 = 16
    /// Memory times passes: some six times the standard.
    public static let workLimit: UInt64 = 262_144

    /// How much is computed.
    @export(interface)
    public var work: UInt64 { UInt64(memory) * UInt64(passes) }

    /// Whether Argon2 knows such a cost and it is within the limits.
    @export(interface)
    public var isAcceptable: Bool {
      (1...Self.laneLimit).contains(lanes) && passes >= 1 && memory >= 8 * lanes
        && memory <= Self.memoryLimit && work <= Self.workLimit
    }
  }

  public static let saltCounts = 8...64
  public static let digestCounts = 12...64
  /// No hash within the limits is longer.
  static let textLimit = 256

  public var variant: Variant
  /// 0x13, or 0x10 for the digests of old.
  public var version: UInt32
  public var cost: Cost
  public var salt: [UInt8]
  public var digest: [UInt8]

  public init(
    variant: Variant, version: UInt32 = 0x13, cost: Cost, salt: [UInt8], digest: [UInt8]
  ) {
    self.variant = variant
    self.version = version
    self.cost = cost
    self.salt = salt
    self.digest = digest
  }

  public enum Mistake: Error, Equatable, Sendable {
    /// Not the form of an encoded hash.
    case form
    /// No variant or version of Argon2 that there is.
    case unknownMethod
    /// More work or memory than is given, or none that Argon2 takes.
    case cost
    /// Salt or digest are too short or too long.
    case length

    @export(interface)
    public var explanation: StaticString {
      switch self {
      case .form: "is no encoded hash"
      case .unknownMethod: "is hashed by a method that is not known here"
      case .cost: "asks for more memory or passes than is given"
      case .length: "has a salt or digest that is too short or too long"
      }
    }
  }
}

extension PasswordHash {
  /// Reads the encoded form. Each hash has one such form, and no other is taken.
  @export(interface)
  public init(encoded text: Text) throws(Mistake) {
    guard text.count <= Self.textLimit else { throw .length }
    var fields = text.split(at: 0x24)
    guard fields.count == 5 || fields.count == 6, fields[0].isEmpty else { throw .form }
    switch fields[1] {
    case "argon2d": variant = .d
    case "argon2i": variant = .i
    case "argon2id": variant = .id
    default: throw .unknownMethod
    }
    // The first version did not say which it is.
    version = 0x10
    if fields.count == 6 {
      version = try Self.number(fields[2], "v=")
      guard version == 0x10 || version == 0x13 else { throw .unknownMethod }
      fields.remove(at: 2)
    }
    let costs = fields[2].split(at: 0x2C)
    guard costs.count == 3 else { throw .form }
    cost = Cost(
      memory: try Self.number(costs[0], "m="), passes: try Self.number(costs[1], "t="),
      lanes: try Self.number(costs[2], "p="))
    guard cost.isAcceptable else { throw .cost }
    guard let salt = fields[3].unpaddedBase64, let digest = fields[4].unpaddedBase64 else {
      throw .form
    }
    guard Self.saltCounts.contains(salt.count), Self.digestCounts.contains(digest.count) else {
      throw .length
    }
    self.salt = salt
    self.digest = digest
  }

  /// The number behind `name`; too large a one is the largest there is.
  private static func number(_ field: Text, _ name: StaticString) throws(Mistake) -> UInt32 {
    guard field.hasPrefix(name) else { throw .form }
    let digits = field[2...]
    guard digits.count == 1 || (digits.count > 1 && digits[0] != 0x30) else { throw .form }
    do throws(NumberError) { return try UInt32(decimal: digits.span) } catch {
      guard error == .overflow else { throw .form }
      return .max
    }
  }

  /// The form in which it stands in `/etc/shadow`.
  @export(interface)
  public var encoded: Text {
    Text { text in
      switch variant {
      case .d: text.put("$argon2d")
      case .i: text.put("$argon2i")
      case .id: text.put("$argon2id")
      }
      if version != 0x10 {
        text.put("$v=")
        text.put(decimal: UInt64(version))
      }
      text.put("$m=")
      text.put(decimal: UInt64(cost.memory))
      text.put(",t=")
      text.put(decimal: UInt64(cost.passes))
      text.put(",p=")
      text.put(decimal: UInt64(cost.lanes))
      text.put("$")
      text.put(unpaddedBase64: salt)
      text.put("$")
      text.put(unpaddedBase64: digest)
    }
  }

  /// Whether `other` is the digest, which takes as long whatever the answer is.
  @export(interface)
  public func isDigest(_ other: [UInt8]) -> Bool {
    guard other.count == digest.count else { return false }
    var difference: UInt8 = 0
    for index in digest.indices { difference |= digest[index] ^ other[index] }
    return difference == 0
  }
}
