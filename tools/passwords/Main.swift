// SPDX-License-Identifier: MIT
import Base
import Cryptography
import Host
import Passwords
import Users

/// `hash-password`: reads image, user and password from standard input, zeros between them, and prints
/// what `/etc/shadow` of the image has for the user.
@main struct HashProgram {
  static func main() {
    do throws(UnixFailure) {
      let input = try input()
      let parts = input.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
      guard parts.count == 3 else { fail("expected image, user and password", status: 2) }
      let password = parts[2]
      do throws(PasswordError) {
        let hash = try PasswordHash(password: password.span, salt: salt(parts[0], parts[1]))
        Output.line(String(decoding: hash.encoded.bytes, as: UTF8.self))
      } catch { fail("\(error)", status: 1) }
    } catch { fail("cannot read standard input: error \(error.number)", status: 1) }
  }

  private static func input() throws(UnixFailure) -> [UInt8] {
    var input: [UInt8] = []
    while true {
      let more = try Unix.read(0, limit: 4096)
      if more.isEmpty { return input }
      input += more
    }
  }

  /// Two builds of an image are the same, so the salt is no random one. It does not depend on the
  /// password: whoever reads it could try passwords by it, at the price of one SHA-256 each.
  private static func salt(_ image: [UInt8], _ user: [UInt8]) -> [UInt8] {
    var digest = SHA256()
    let text = Array("Apus \(image.count) ".utf8) + image + user
    digest.update(text.span)
    let result = digest.finish()
    return (0..<16).map { result[$0] }
  }

  private static func fail(_ reason: String, status: Int32) -> Never {
    Output.note("hash-password: \(reason)")
    Program.exit(status)
  }
}
