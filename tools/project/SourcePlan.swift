// SPDX-License-Identifier: MIT
import Host

/// SwiftPM's plan of a build. SwiftPM makes it anew when a file comes or goes in the package that it
/// builds, but not in a package that this one depends on: then the new file is not compiled, or the old
/// one is missed.
public enum SourcePlan {
  private static let skipped: Set<String> = [".build", ".swiftpm"]

  /// Removes the plan if files came or went since this was called last.
  ///
  /// - Parameters:
  ///   - scratch: the build's folder.
  ///   - folders: the packages that it reads.
  ///   - configuration: `debug` or `release`.
  public static func forgetIfStale(
    in scratch: String, reading folders: [String], _ configuration: String = "debug"
  ) throws(HostError) {
    var names: [String] = []
    for folder in folders.sorted() where Files.exists(folder) {
      names += try Files.tree(folder, skipping: skipped.contains).map { "\(folder)/\($0)" }
    }
    let record = names.joined(separator: "\n")
    // Programs that share a build's folder need not read the same packages.
    let packages = folders.map { $0.split(separator: "/").last ?? "" }.sorted()
    let place = "\(scratch)/apus-plan-\(configuration)-\(packages.joined(separator: "-"))"
    guard (try? Files.text(place)) != record else { return }
    try Files.remove("\(scratch)/\(configuration).yaml")
    try Files.makeFolder(scratch)
    try Files.write(record, to: place)
  }
}

/// The programs that a build has made, so that one that somebody removed is missed before it is needed.
struct BuiltPrograms {
  private let folder: String
  private let record: String

  /// - Parameters:
  ///   - folder: where SwiftPM puts them.
  ///   - scratch: the build's folder.
  init(in folder: String, scratch: String) {
    self.folder = folder
    record = "\(scratch)/apus-programs"
  }

  /// The programs that are there.
  func names() throws(HostError) -> [String] {
    guard Files.exists(folder) else { return [] }
    return try Files.names(in: folder).filter { name in
      !name.contains(".") && Files.facts("\(folder)/\(name)")?.kind == .file
    }.sorted()
  }

  func remove() throws(HostError) {
    for name in try names() { try Files.remove("\(folder)/\(name)") }
  }

  func remember() throws(HostError) {
    try Files.write(try names().joined(separator: "\n"), to: record)
  }

  /// Whether every program that was remembered is there.
  var areThere: Bool {
    guard let known = try? Files.text(record) else { return false }
    return known.split(separator: "\n").allSatisfy { Files.exists("\(folder)/\($0)") }
  }
}
