// SPDX-License-Identifier: MIT
import Argon2
import Base
import Testing
import Users

@testable import Passwords

/// The test vectors of RFC 9106, section 5, which have a secret and associated data as well.
@Test(
  arguments: [
    (0, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
    (1, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
    (2, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
  ] as [(UInt32, String)])
func vectorsOfTheStandard(_ variant: UInt32, _ expected: String) {
  let password = [UInt8](repeating: 1, count: 32)
  let salt = [UInt8](repeating: 2, count: 16)
  let secret = [UInt8](repeating: 3, count: 8)
  let associated = [UInt8](repeating: 4, count: 12)
  var digest = [UInt8](repeating: 0, count: 32)
  var memory = [UInt8](repeating: 0, count: 32 << 10)
  var method = argon2_method(variant: variant, version: 0x13, memory: 32, passes: 3, lanes: 4)
  let status = unsafe argon2_digest(
    &method, password, 32, salt, 16, secret, 8, associated, 12, &memory, 32 << 10, &digest, 32)
  #expect(status == 0)
  let text = Text { text in
    for byte in digest { text.put(hexadecimal: UInt64(byte), digits: 2) }
  }
  #expect(text.bytes == Array(expected.utf8))
}

extension PasswordHash {
  /// With memory of the test's, which is zeros before and afterwards.
  fileprivate func matches(_ password: Span<UInt8>) throws -> Bool {
    var memory = [UInt8](repeating: 0, count: memoryByteCount)
    let isRight = try matches(password, in: memory.mutableSpan)
    #expect(memory.allSatisfy { $0 == 0 })
    return isRight
  }
}

/// Those of the reference code, each of the password "password".
@Test(
  arguments: [
    "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
    "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
  ] as [Text])
func vectorsOfTheReferenceCode(_ text: Text) throws {
  let hash = try PasswordHash(encoded: text)
  let password = Array("password".utf8)
  let other = Array("Password".utf8)
  let none: [UInt8] = []
  #expect(try hash.matches(password.span))
  #expect(try !hash.matches(other.span))
  #expect(try !hash.matches(none.span))
}

@Test func whatIsHashedIsKnownAgain() throws {
  let password = Array("correct horse\u{FF}".utf8)
  let salt = Array("saltsalt".utf8)
  let hash = try PasswordHash(password: password.span, salt: salt)
  #expect(hash.encoded.hasPrefix("$argon2id$v=19$m=4096,t=10,p=1$c2FsdHNhbHQ$"))
  let read = try PasswordHash(encoded: hash.encoded)
  #expect(read == hash)
  #expect(try read.matches(password.span))
  let shorter = Array(password.dropLast())
  #expect(try !read.matches(shorter.span))
  let empty: [UInt8] = []
  let cheap = PasswordHash.Cost(memory: 8, passes: 1, lanes: 1)
  #expect(try PasswordHash(password: empty.span, salt: salt, cost: cheap).matches(empty.span))
}

@Test func limitsAreKept() throws {
  let cheap = PasswordHash.Cost(memory: 8, passes: 1, lanes: 1)
  let salt = [UInt8](repeating: 1, count: 8)
  let longest = [UInt8](repeating: 1, count: PasswordHash.passwordLimit)
  let longer = longest + [1]
  _ = try PasswordHash(password: longest.span, salt: salt, cost: cheap)
  #expect(throws: PasswordError.limits) {
    try PasswordHash(password: longer.span, salt: salt, cost: cheap)
  }
  #expect(throws: PasswordError.limits) {
    try PasswordHash(password: salt.span, salt: Array(salt.dropLast()), cost: cheap)
  }
  #expect(throws: PasswordError.limits) {
    let cost = PasswordHash.Cost(memory: 65_536, passes: 5, lanes: 1)
    _ = try PasswordHash(password: salt.span, salt: salt, cost: cost)
  }
}

@Test func memoryThatIsTooLittleIsRefused() throws {
  let hash = PasswordHash(
    variant: .i, cost: .init(memory: 64, passes: 1, lanes: 1),
    salt: [UInt8](repeating: 1, count: 8), digest: [UInt8](repeating: 2, count: 12))
  #expect(hash.memoryByteCount == 65_536)
  let password: [UInt8] = [1]
  for count in [0, 8, 65_535] {
    var memory = [UInt8](repeating: 9, count: count)
    #expect(throws: PasswordError.memory) {
      try hash.matches(password.span, in: memory.mutableSpan)
    }
    #expect(memory.allSatisfy { $0 == 9 })
  }
}
