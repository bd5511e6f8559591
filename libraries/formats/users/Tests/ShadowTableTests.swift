// SPDX-License-Identifier: MIT
import Base
import Mutation
import Testing

@testable import Users

@Suite("Hashed passwords") struct ShadowTableTests {
  private static let known: [Text] = [
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    "$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
  ]

  @Test(arguments: known)
  func readAndWrittenAgain(_ text: Text) throws {
    #expect(try PasswordHash(encoded: text).encoded == text)
  }

  @Test func partsAreRead() throws {
    let hash = try PasswordHash(encoded: Self.known[1])
    #expect(hash.variant == .id && hash.version == 0x13)
    #expect(hash.cost == .init(memory: 256, passes: 2, lanes: 2))
    #expect(hash.salt == Array("somesalt".utf8) && hash.digest.count == 32)
    #expect(try PasswordHash(encoded: Self.known[2]).version == 0x10)
    #expect(PasswordHash.Cost.standard.isAcceptable)
  }

  @Test(
    arguments: [
      ("", .form), ("x", .form), ("$argon2id", .form), ("!", .form),
      ("$argon2x$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .unknownMethod),
      ("$6$rounds=5000$AAAAAAAA$AAAAAAAAAAAAAAAA", .unknownMethod),
      ("$argon2d$v=18$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .unknownMethod),
      ("$argon2d$v=19$m=08,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$m=8,t=,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$t=1,m=8,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$m=8,t=1,p=1,keyid=A$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA$", .form),
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA=$AAAAAAAAAAAAAAAA", .form),
      // Bits behind the last byte, and a character that gives none.
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAB$AAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAA", .form),
      ("$argon2d$v=19$m=7,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=8,t=0,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=8,t=1,p=0$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=8,t=4294967295,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=8,t=1,p=99999999999999999999$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=65537,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=65536,t=5,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA", .cost),
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAA$AAAAAAAAAAAAAAAA", .length),
      ("$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAA", .length),
    ] as [(Text, PasswordHash.Mistake)])
  func othersAreRefused(_ text: Text, _ mistake: PasswordHash.Mistake) {
    #expect(throws: mistake) { try PasswordHash(encoded: text) }
  }

  @Test func whatIsTooLongIsRefused() {
    let text = "$argon2d$v=19$m=8,t=1,p=1$AAAAAAAAAAA$" + Text([UInt8](repeating: 0x41, count: 300))
    #expect(throws: PasswordHash.Mistake.length) { try PasswordHash(encoded: text) }
  }

  @Test func bytesOfEachLengthComeBack() throws {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
      var text = Text()
      text.put(unpaddedBase64: bytes)
      #expect(text.count == (count * 4 + 2) / 3)
      #expect(text.unpaddedBase64 == bytes)
    }
  }

  @Test func digestsAreCompared() {
    let hash = PasswordHash(
      variant: .id, cost: .standard, salt: [], digest: [UInt8](repeating: 7, count: 12))
    #expect(hash.isDigest(hash.digest))
    #expect(!hash.isDigest([]) && !hash.isDigest(hash.digest + [7]))
    for index in 0..<12 {
      var other = hash.digest
      other[index] ^= 0x80
      #expect(!hash.isDigest(other))
    }
  }

  @Test func usersAreFound() throws {
    let hash = Self.known[0]
    let table = ShadowTable(
      parsing: "root;\nada;" + hash + "\nbob;!\neve;!" + hash + "\n\nx\nsam;;\nann;x\nada;\n")
    #expect(table.password(of: "root") == .none)
    #expect(table.password(of: "ada") == .hashed(try PasswordHash(encoded: hash)))
    for user in ["bob", "eve", "nobody", ""] as [Text] {
      #expect(table.password(of: user) == .locked)
    }
    for user in ["x", "sam", "ann"] as [Text] {
      #expect(table.password(of: user) == .unreadable(.form))
    }
    #expect(ShadowTable(parsing: "\n").isEmpty && !table.isEmpty)
  }

  @Test func theMostExpensiveLineIsKnown() {
    func line(_ cost: Text) -> Text {
      "x;$argon2id$v=19$" + cost + "$c29tZXNhbHQ$AAAAAAAAAAAAAAAA\n"
    }
    let cheap = line("m=4096,t=10,p=1")
    let expensive = line("m=65536,t=4,p=2")
    let refused = line("m=65536,t=5,p=1")
    let highest = PasswordHash.Cost(memory: 65_536, passes: 4, lanes: 2)
    #expect(ShadowTable(parsing: cheap + expensive + refused + cheap).highestCost == highest)
    #expect(ShadowTable(parsing: cheap + "y;!\n").highestCost == .standard)
    #expect(ShadowTable(parsing: "root;\n" + refused).highestCost == nil)
  }

  /// Whatever is wrong with a line, it does not become one without a password.
  @Test func damageLocks() {
    let line = "ada;" + Self.known[1] + "\n"
    for index in 4..<line.count - 1 {
      for byte in [0, 0x24, 0x3B, 0x41, 0xFF] as [UInt8] {
        var bytes = line.bytes
        bytes[index] = byte
        #expect(ShadowTable(parsing: Text(bytes)).password(of: "ada") != .none)
      }
    }
  }
}
