// SPDX-License-Identifier: MIT
internal import Host

/// Packages of Debian, downloaded once and unpacked under one folder. Nothing is installed.
struct DebianPackages {
  /// Where the packages and what was in them are kept.
  var folder: String

  /// A package that is there.
  struct Package: Equatable {
    var name: String
    var version: String
    /// Where its files are.
    var root: String
  }

  /// The kernel package that the always current `name` stands for.
  func kernel(namedBy name: String) throws(BenchError) -> Package {
    if let known = try downloaded(where: { $0.hasPrefix("linux-image-") }) { return known }
    return try package(try Self.dependency(of: name, prefix: "linux-image-"))
  }

  /// The package with this name, downloaded unless it was before.
  func package(_ name: String) throws(BenchError) -> Package {
    if let known = try downloaded(where: { $0 == name }) { return known }
    Output.note("downloading \(name)")
    try onHost { () throws(HostError) in try Files.makeFolder(folder) }
    try run(Command("apt-get", ["download", "-qq", name], in: folder))
    guard let found = try downloaded(where: { $0 == name }) else {
      throw .toolFailed("apt-get download \(name)", output: "it left no package behind")
    }
    return found
  }

  private func downloaded(where matches: (String) -> Bool) throws(BenchError) -> Package? {
    guard Files.exists(folder) else { return nil }
    let names = try onHost { () throws(HostError) in try Files.names(in: folder) }
    for file in names {
      guard let (name, version) = Self.parts(ofFile: file), matches(name) else { continue }
      let root = "\(folder)/\(name)"
      if !Files.exists(root) {
        try run(Command("dpkg-deb", ["-x", "\(folder)/\(file)", root + ".partial"]))
        try onHost { () throws(HostError) in
          try Files.rename(root + ".partial", to: root)
        }
      }
      return Package(name: name, version: version, root: root)
    }
    return nil
  }

  /// Name and version in `name_version_architecture.deb`; a colon in the version is written `%3a`.
  static func parts(ofFile file: String) -> (name: String, version: String)? {
    guard file.hasSuffix(".deb") else { return nil }
    let parts = file.dropLast(4).split(separator: "_")
    guard parts.count == 3 else { return nil }
    let version = parts[1].split(separator: "%3a").joined(separator: ":")
    return (String(parts[0]), version)
  }

  /// The package that `name` depends on and whose name begins with `prefix`. Asks apt to read its
  /// sources again when it knows nothing of `name`.
  private static func dependency(of name: String, prefix: String) throws(BenchError) -> String {
    let query = Command("apt-cache", ["depends", name])
    if let found = dependency(in: try output(of: query), prefix: prefix) { return found }
    Output.note("apt-get update")
    try run(Command("apt-get", ["update", "-qq"]))
    let text = try output(of: query)
    guard let found = dependency(in: text, prefix: prefix) else {
      throw .toolFailed("apt-cache depends \(name)", output: text)
    }
    return found
  }

  static func dependency(in text: String, prefix: String) -> String? {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "Depends:", words[1].hasPrefix(prefix) {
        return String(words[1])
      }
    }
    return nil
  }
}

/// What a program printed, whether or not it succeeded.
func output(of command: Command) throws(BenchError) -> String {
  try onHost { () throws(HostError) in try command.capture().text }
}

/// Runs a program that must succeed.
func run(_ command: Command) throws(BenchError) {
  let result = try onHost { () throws(HostError) in try command.capture() }
  guard result.status.isSuccess else {
    let line = ([command.program] + command.arguments).joined(separator: " ")
    throw .toolFailed(line, output: result.text)
  }
}
