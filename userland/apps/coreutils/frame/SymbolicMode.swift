// SPDX-License-Identifier: MIT
public import Base
import Core

/// A change of permission bits, as `chmod` and `mkdir -m` take it: `755`, `u+x,go-w`, `a=rwxt`.
public struct SymbolicMode: Equatable, Sendable {
  private struct Clause: Equatable, Sendable {
    /// The bits that the clause is about, set-id and sticky bits of those it names included.
    var who: UInt32
    /// Nobody was named: bits of the creation mask are left out.
    var isMasked: Bool
    var action: UInt8
    /// `rwx` in each of the three places.
    var permissions: UInt32 = 0
    var setsIdentity = false
    var isSticky = false
    /// `X`: execution for directories and for what somebody may execute already.
    var executesConditionally = false
    /// Copies the bits of `u`, `g` or `o`.
    var copied: UInt8?
  }

  private var clauses: [Clause] = []
  private var octal: UInt32?

  /// `nil` if it is no mode.
  @export(interface)
  public init?(_ text: Text) {
    guard let first = text.bytes.first else { return nil }
    if first.isASCIIDigit {
      do throws(NumberError) {
        let value = try UInt32(octal: text.span)
        guard value <= 0o7777 else { return nil }
        octal = value
      } catch { return nil }
      return
    }
    for part in text.split(at: UInt8(ascii: ",")) {
      guard addClauses(part) else { return nil }
    }
  }

  /// A clause names who, and has one action or more: `u+r-x`.
  private mutating func addClauses(_ text: Text) -> Bool {
    var index = 0
    var who: UInt32 = 0
    while index < text.count, let bits = Self.bits(ofWho: text[index]) {
      who |= bits
      index += 1
    }
    let isMasked = who == 0
    if isMasked { who = 0o7777 }
    guard index < text.count else { return false }
    while index < text.count {
      var clause = Clause(who: who, isMasked: isMasked, action: text[index])
      guard [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "=")].contains(clause.action) else {
        return false
      }
      index += 1
      while index < text.count, Self.read(text[index], into: &clause) { index += 1 }
      clauses.append(clause)
    }
    return true
  }

  private static func bits(ofWho letter: UInt8) -> UInt32? {
    switch letter {
    case UInt8(ascii: "u"): 0o4700
    case UInt8(ascii: "g"): 0o2070
    case UInt8(ascii: "o"): 0o1007
    case UInt8(ascii: "a"): 0o7777
    default: nil
    }
  }

  private static func read(_ letter: UInt8, into clause: inout Clause) -> Bool {
    switch letter {
    case UInt8(ascii: "r"): clause.permissions |= 0o444
    case UInt8(ascii: "w"): clause.permissions |= 0o222
    case UInt8(ascii: "x"): clause.permissions |= 0o111
    case UInt8(ascii: "X"): clause.executesConditionally = true
    case UInt8(ascii: "s"): clause.setsIdentity = true
    case UInt8(ascii: "t"): clause.isSticky = true
    case UInt8(ascii: "u"), UInt8(ascii: "g"), UInt8(ascii: "o"): clause.copied = letter
    default: return false
    }
    return true
  }

  /// The permission bits that `mode` becomes.
  ///
  /// - Parameter mask: the creation mask, which clauses that name nobody heed.
  @export(interface)
  public func applied(to mode: UInt32, isDirectory: Bool, mask: UInt32) -> UInt32 {
    if let octal { return octal }
    var mode = mode & 0o7777
    for clause in clauses { apply(clause, &mode, isDirectory, mask) }
    return mode
  }

  private func apply(
    _ clause: Clause, _ mode: inout UInt32, _ isDirectory: Bool, _ mask: UInt32
  ) {
    var bits = clause.permissions
    if clause.executesConditionally, isDirectory || mode & 0o111 != 0 { bits |= 0o111 }
    switch clause.copied {
    case UInt8(ascii: "u"): bits |= Self.everywhere(mode >> 6 & 7)
    case UInt8(ascii: "g"): bits |= Self.everywhere(mode >> 3 & 7)
    case UInt8(ascii: "o"): bits |= Self.everywhere(mode & 7)
    default: break
    }
    if clause.setsIdentity { bits |= 0o6000 }
    if clause.isSticky { bits |= 0o1000 }
    bits &= clause.who
    // Whoever names a directory's or file's sticky bit means it, with `u`, `g` or `o` alike.
    if clause.isSticky { bits |= 0o1000 }
    if clause.isMasked { bits &= ~mask }
    switch clause.action {
    case UInt8(ascii: "+"): mode |= bits
    case UInt8(ascii: "-"): mode &= ~bits
    default:
      // A directory keeps its set-id bits unless they are named.
      let kept: UInt32 = isDirectory && !clause.setsIdentity ? 0o6000 : 0
      mode = mode & (~clause.who | kept) | bits
    }
  }

  private static func everywhere(_ bits: UInt32) -> UInt32 { bits << 6 | bits << 3 | bits }
}
