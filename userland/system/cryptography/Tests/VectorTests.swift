// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import Cryptography

/// Cases of one of Mbed TLS's test files: a function's name and its arguments in hexadecimal.
private struct Vectors {
  var cases: [(function: String, arguments: [[UInt8]])] = []

  init(_ name: String) throws {
    let folder = try #require(ProcessInfo.processInfo.environment["APUS_PORTS"])
    let text = try String(contentsOfFile: "\(folder)/mbedtls/vectors/\(name)", encoding: .utf8)
    var isForOthers = false
    for line in text.split(separator: "\n") {
      // Some are for generators with a shorter key, which this is not.
      if line.hasPrefix("depends_on:") {
        isForOthers = line == "depends_on:MBEDTLS_CTR_DRBG_USE_128_BIT_KEY"
      }
      guard line.contains(":\"") else { continue }
      defer { isForOthers = false }
      if isForOthers { continue }
      let parts = line.split(separator: ":", omittingEmptySubsequences: false)
      cases.append((String(parts[0]), parts.dropFirst().map { Self.bytes($0) }))
    }
  }

  private static func bytes(_ quoted: Substring) -> [UInt8] {
    let digits = Array(quoted.filter { $0.isHexDigit })
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
    }
  }
}

@Suite("NIST's vectors")
struct VectorTests {
  private func array(_ digest: SHA256.Digest) -> [UInt8] { digest.indices.map { digest[$0] } }

  @Test func digests() throws {
    let vectors = try Vectors("sha").cases.filter { $0.function == "mbedtls_sha256" }
    #expect(vectors.count >= 7)
    for (_, arguments) in vectors {
      var whole = SHA256()
      let message = arguments[0]
      whole.update(message.span)
      #expect(array(whole.finish()) == arguments[1])
      var pieces = SHA256()
      for start in stride(from: 0, to: arguments[0].count, by: 7) {
        let piece = Array(arguments[0][start..<min(start + 7, arguments[0].count)])
        pieces.update(piece.span)
      }
      #expect(array(pieces.finish()) == arguments[1])
    }
  }

  @Test func aMillionLetters() {
    var digest = SHA256()
    let letters = [UInt8](repeating: 0x61, count: 1000)
    for _ in 0..<1000 { digest.update(letters.span) }
    let result = array(digest.finish())
    #expect(result.prefix(4) == [0xCD, 0xC7, 0x6E, 0x5C])
    #expect(result.suffix(4) == [0xC7, 0x11, 0x2C, 0xD0])
  }

  /// Takes `count` equal pieces of entropy, as the vectors have them one behind the other.
  private func piece(_ entropy: [UInt8], _ index: Int, of count: Int) -> [UInt8] {
    let size = entropy.count / count
    return Array(entropy[index * size..<(index + 1) * size])
  }

  private func reseed(
    _ generator: inout DeterministicGenerator, _ entropy: [UInt8], _ additional: [UInt8]
  ) throws {
    try generator.reseed(entropy: entropy.span, additional: additional.span)
  }

  private func generate(
    _ generator: inout DeterministicGenerator, _ count: Int, _ additional: [UInt8]
  ) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    try generator.generate(into: output.mutableSpan, additional: additional.span)
    return output
  }

  @Test func generators() throws {
    var counts: [String: Int] = [:]
    for (function, arguments) in try Vectors("ctr_drbg").cases {
      guard function.hasPrefix("ctr_drbg_validate_") else { continue }
      let nonce = arguments[0]
      let entropy = arguments[1]
      let result = try #require(arguments.last)
      let pieces =
        switch function {
        case "ctr_drbg_validate_no_reseed": 1
        case "ctr_drbg_validate_pr": 3
        default: 2
        }
      let first = piece(entropy, 0, of: pieces)
      var generator = try DeterministicGenerator(entropy: first.span, personal: nonce.span)
      let second: [UInt8]
      switch function {
      case "ctr_drbg_validate_no_reseed":
        _ = try generate(&generator, result.count, arguments[2])
        second = try generate(&generator, result.count, arguments[3])
      case "ctr_drbg_validate_pr":
        // Each output is preceded by a reseeding with what is additional to it.
        try reseed(&generator, piece(entropy, 1, of: 3), arguments[2])
        _ = try generate(&generator, result.count, [])
        try reseed(&generator, piece(entropy, 2, of: 3), arguments[3])
        second = try generate(&generator, result.count, [])
      case "ctr_drbg_validate_reseed_between":
        _ = try generate(&generator, result.count, arguments[2])
        try reseed(&generator, piece(entropy, 1, of: 2), arguments[3])
        second = try generate(&generator, result.count, arguments[4])
      default:
        try reseed(&generator, piece(entropy, 1, of: 2), arguments[2])
        _ = try generate(&generator, result.count, arguments[3])
        second = try generate(&generator, result.count, arguments[4])
      }
      #expect(second == result, "\(function) \(counts[function, default: 0])")
      counts[function, default: 0] += 1
    }
    #expect(counts.values.reduce(0, +) >= 200)
  }

  @Test func whatIsTooMuchIsRefused() throws {
    let bytes = [UInt8](repeating: 1, count: 300)
    let few = Array(bytes.prefix(48))
    let none: [UInt8] = []
    #expect(throws: GeneratorError.input) {
      _ = try DeterministicGenerator(entropy: bytes.span, personal: none.span)
    }
    #expect(throws: GeneratorError.input) {
      _ = try DeterministicGenerator(entropy: none.span, personal: few.span)
    }
    var generator = try DeterministicGenerator(entropy: few.span, personal: few.span)
    #expect(throws: GeneratorError.input) {
      try generator.reseed(entropy: bytes.span, additional: few.span)
    }
    var output = [UInt8](repeating: 0, count: 4097)
    #expect(throws: GeneratorError.input) { try generator.generate(into: output.mutableSpan) }
    var most = [UInt8](repeating: 0, count: 4096)
    try generator.generate(into: most.mutableSpan)
    #expect(Set(most).count > 200)
  }
}
