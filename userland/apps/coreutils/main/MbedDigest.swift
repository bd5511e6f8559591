// SPDX-License-Identifier: MIT
import Cryptography
import UtilityFrame

/// A SHA-256 digest that Mbed TLS works out.
final class MbedDigest: UtilityDigest {
  private var state = SHA256()

  override func update(_ bytes: Span<UInt8>) { state.update(bytes) }

  override func finish() -> [UInt8] {
    let digest = state.finish()
    var bytes: [UInt8] = []
    for index in digest.indices { bytes.append(digest[index]) }
    return bytes
  }
}
