// SPDX-License-Identifier: MIT
import Host

/// Sources of others that programs are compiled from: a package of the distribution, of which a
/// SwiftPM package is made below `.build/ports`. What the repository adds to it is in `ports/NAME`.
public struct Port: Sendable {
  /// The folder in `ports`.
  public var name: String
  /// The source package's name.
  public var source: String
  /// Folders and files of the source that the package takes, with where it has them.
  public var takes: [(from: String, to: String)]
  /// Files of `ports/NAME`, with where the package has them.
  public var adds: [(from: String, to: String)]

  public static let mbedTLS = Port(
    name: "mbedtls", source: "mbedtls",
    takes: [
      ("include/mbedtls", "Sources/headers/mbedtls"),
      ("library/aes.c", "Sources/library/aes.c"),
      ("library/aesni.c", "Sources/library/aesni.c"),
      ("library/common.h", "Sources/library/common.h"),
      ("library/ctr_drbg.c", "Sources/library/ctr_drbg.c"),
      ("library/platform_util.c", "Sources/library/platform_util.c"),
      ("library/sha256.c", "Sources/library/sha256.c"),
      ("tests/suites/test_suite_ctr_drbg.data", "vectors/ctr_drbg"),
      ("tests/suites/test_suite_shax.data", "vectors/sha"),
    ],
    adds: [
      ("Package.swift", "Package.swift"),
      ("MbedTLS.c", "Sources/MbedTLS.c"),
      ("include/MbedTLS.h", "Sources/include/MbedTLS.h"),
      ("freestanding/assert.h", "Sources/freestanding/assert.h"),
      ("freestanding/stdlib.h", "Sources/freestanding/stdlib.h"),
      ("freestanding/string.h", "Sources/freestanding/string.h"),
      // In place of the configuration that the source brings.
      ("configuration.h", "Sources/headers/mbedtls/config.h"),
    ])

  /// Argon2's reference code, without what uses vectors, threads or the C library.
  public static let argon2 = Port(
    name: "argon2", source: "cryptsetup",
    takes: ["argon2.c", "argon2.h", "core.c", "core.h", "encoding.h", "ref.c", "thread.h"].map {
      ("lib/crypto_backend/argon2/\($0)", "Sources/reference/\($0)")
    }
      + ["blake2.h", "blake2-impl.h", "blake2b.c", "blamka-round-ref.h"].map {
        ("lib/crypto_backend/argon2/blake2/\($0)", "Sources/reference/blake2/\($0)")
      },
    adds: [
      ("Package.swift", "Package.swift"),
      ("Argon2.c", "Sources/Argon2.c"),
      ("include/Argon2.h", "Sources/include/Argon2.h"),
      ("freestanding/stdio.h", "Sources/freestanding/stdio.h"),
      ("freestanding/stdlib.h", "Sources/freestanding/stdlib.h"),
      ("freestanding/string.h", "Sources/freestanding/string.h"),
    ])

  public static var all: [Port] { [mbedTLS, argon2] }
}

extension Project {
  /// Where the packages are that ports become; manifests find it in `APUS_PORTS`.
  public var portsFolder: String { built("ports") }

  /// The environment in which SwiftPM finds the ports.
  public var portsEnvironment: [String: String] { ["APUS_PORTS": portsFolder] }
}

extension Builder {
  /// Puts the packages of all ports together, where they are not there as the repository has them.
  public func buildPorts() throws(BuildError) {
    for port in Port.all { try build(port) }
  }

  private func build(_ port: Port) throws(BuildError) {
    let additions = project.path("ports/\(port.name)")
    let folder = "\(project.portsFolder)/\(port.name)"
    let state = try asBuildError { () throws(HostError) in
      try InputState(folders: [additions])
    }
    // The list of what is taken counts as well.
    let record = state.record + port.takes.map { "\($0.from) \($0.to)\n" }.joined()
    if (try? Files.text("\(folder)/apus-state")) == record { return }
    let source = try SourcePackage(port.source, in: "\(project.portsFolder)/sources")
      .unpacked(report: report)
    try asBuildError { () throws(HostError) in
      try Files.remove(folder)
      for (from, to) in port.takes { try Files.copy("\(source)/\(from)", to: "\(folder)/\(to)") }
      for (from, to) in port.adds { try Files.copy("\(additions)/\(from)", to: "\(folder)/\(to)") }
      try Files.write(record, to: "\(folder)/apus-state")
    }
  }
}

extension Files {
  /// Copies a file, or a folder with everything in it; what is there already is replaced.
  static func copy(_ path: String, to other: String) throws(HostError) {
    if facts(path)?.kind == .folder {
      for name in try names(in: path) { try copy("\(path)/\(name)", to: "\(other)/\(name)") }
      return
    }
    try makeFolder(parent(of: other))
    try write(try read(path), to: other)
  }
}
