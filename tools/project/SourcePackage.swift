// SPDX-License-Identifier: MIT
import Host

/// A source package of the distribution that runs here, downloaded and unpacked once. Nothing is
/// installed, and apt's own configuration stays as it is.
struct SourcePackage {
  let name: String
  /// Where everything goes.
  let folder: String

  init(_ name: String, in folder: String) {
    self.name = name
    self.folder = "\(folder)/\(name)"
  }

  /// The folder of the sources, with the distribution's patches.
  ///
  /// - Throws: what apt said, if they are not here and cannot be had.
  func unpacked(report: (String) -> Void) throws(BuildError) -> String {
    let sources = "\(folder)/unpacked"
    if Files.exists(sources) { return sources }
    try asBuildError { () throws(HostError) in
      try Files.remove(folder)
      for part in ["lists/partial", "cache/archives/partial", "download"] {
        try Files.makeFolder("\(folder)/apt/\(part)")
      }
      try Files.write(Self.configuration("\(folder)/apt"), to: "\(folder)/apt/apt.conf")
    }
    try writeSources()
    let download = "\(folder)/apt/download"
    _ = try run("apt-get", ["update", "-qq"], in: download)
    _ = try run("apt-get", ["source", "-qq", "--download-only", name], in: download)
    let names = try asBuildError { () throws(HostError) in try Files.names(in: download) }
    guard let description = names.first(where: { $0.hasSuffix(".dsc") }) else {
      throw .port(name, reason: "apt left no source package behind")
    }
    // apt has verified signature and sums.
    let partial = "\(folder)/unpacked.partial"
    _ = try run("dpkg-source", ["-q", "--no-check", "-x", description, partial], in: download)
    try asBuildError { () throws(HostError) in
      try Files.rename(partial, to: sources)
      try Files.remove("\(folder)/apt/lists")
    }
    report("downloaded the source of \(description.dropLast(4))")
    return sources
  }

  /// Everything that apt writes lies in `folder`.
  static func configuration(_ folder: String) -> String {
    """
    Dir::Etc::sourcelist "\(folder)/sources.list";
    Dir::Etc::sourceparts "-";
    Dir::State::lists "\(folder)/lists";
    Dir::Cache "\(folder)/cache";
    APT::Sandbox::User "";

    """
  }

  /// Sources from the very places that packages come from, according to the system's own apt.
  private func writeSources() throws(BuildError) {
    let fields = "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)"
    let targets = try asBuildError { () throws(HostError) in
      try Command(
        "apt-get", ["indextargets", "--format", fields, "Created-By: Packages"]
      ).capture(errors: .dropped)
    }
    let lines = Self.sourceLines(targets.text) { Files.exists($0) }
    guard !lines.isEmpty else {
      throw .port(name, reason: "apt knows no packages of Debian or Ubuntu; try 'apt-get update'")
    }
    try asBuildError { () throws(HostError) in
      try Files.write(lines.joined(separator: "\n") + "\n", to: "\(folder)/apt/sources.list")
    }
  }

  /// `deb-src` lines for what `apt-get indextargets` printed: origin, place, release and component of
  /// each list of packages. Only the distribution itself counts.
  static func sourceLines(_ targets: String, exists: (String) -> Bool) -> [String] {
    var lines: [String] = []
    for target in targets.split(whereSeparator: \.isNewline) {
      let words = target.split(separator: " ").map(String.init)
      guard words.count == 4, words[0] == "Debian" || words[0] == "Ubuntu" else { continue }
      let key = "/usr/share/keyrings/\(words[0].lowercased())-archive-keyring.gpg"
      let signed = exists(key) ? "[signed-by=\(key)] " : ""
      let line = "deb-src \(signed)\(words[1]) \(words[2]) \(words[3])"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  private func run(
    _ program: String, _ arguments: [String], in directory: String
  ) throws(BuildError) -> String {
    let captured = try asBuildError { () throws(HostError) in
      try Command(
        program, arguments, in: directory, environment: ["APT_CONFIG": "\(folder)/apt/apt.conf"]
      ).capture()
    }
    guard captured.status.isSuccess else {
      let line = ([program] + arguments).joined(separator: " ")
      throw .port(name, reason: "'\(line)' said: \(captured.text.trimmed)")
    }
    return captured.text
  }
}
