// SPDX-License-Identifier: MIT
import Base
import Host
import Users

extension Project {
  /// Where the hash of a password is kept between two builds: computing it takes some time.
  func passwordFile(_ password: String, of user: String, in image: Image) -> String {
    var fingerprint = Fingerprint()
    for text in [image.name, user, password] { fingerprint.add(text) }
    let cost = PasswordHash.Cost.standard
    for number in [cost.memory, cost.passes, cost.lanes] { fingerprint.add(Int(number)) }
    return built("passwords/\(fingerprint.text)")
  }

  /// The hash, which `Builder.hashPasswords` has computed before.
  func hashedPassword(
    _ password: String, of user: String, in image: Image
  ) throws(BuildError) -> String {
    let file = passwordFile(password, of: user, in: image)
    return try asBuildError { () throws(HostError) in try Files.text(file) }
  }
}

extension Builder {
  /// Computes the hashes of an image's passwords that are not known yet. The host program that does it
  /// is built if need be: this one has no cryptography, which is fetched by what it builds.
  func hashPasswords(of image: Image) throws(BuildError) {
    var program: Command?
    for (name, user) in image.users.sorted(by: { $0.key < $1.key }) {
      guard let password = user.password, !password.isEmpty else { continue }
      let file = project.passwordFile(password, of: name, in: image)
      if Files.exists(file) { continue }
      let command = if let program { program } else { try hostProgram("hash-password") }
      program = command
      let input = Array([image.name, name, password].joined(separator: "\0").utf8)
      try asBuildError { () throws(HostError) in
        let result = try command.capture(input: input)
        let hash = result.text.trimmed
        guard result.status.isSuccess, hash.hasPrefix("$") else {
          throw .file(path: "images/\(image.name).toml", action: "hash a password of", reason: hash)
        }
        // Another build may look for it now.
        try Files.write(hash, to: "\(file).\(Environment.processIdentifier)")
        try Files.rename("\(file).\(Environment.processIdentifier)", to: file)
      }
    }
  }
}
