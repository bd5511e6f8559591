// SPDX-License-Identifier: MIT
import Host

/// Makes the archive that an image boots from.
public struct InitrdBuilder: Sendable {
  private let project: Project
  private let processor: Processor

  public init(_ project: Project, _ processor: Processor) {
    self.project = project
    self.processor = processor
  }

  /// Writes the archive of `image`, all of whose programs are built, and returns its path.
  public func write(_ image: Image) throws(BuildError) -> String {
    let path = project.built("images/\(image.name)-\(processor).initrd")
    let contents = try ImageContents(image, project, processor)
    let archive = try encode(contents.initial, for: "images/\(image.name).toml")
    // Another build may read it now, so it is replaced whole.
    let temporary = "\(path).\(Environment.processIdentifier)"
    try asBuildError { () throws(HostError) in
      try Files.write(archive, to: temporary)
      try Files.rename(temporary, to: path)
    }
    return path
  }
}

/// A file of the host, or a folder with all that is in it, as archive items. Files keep whether they
/// may be run, and nothing else, so that an image does not depend on who built it.
public func archiveItems(
  copying source: String, to name: String
) throws(HostError) -> [ArchiveItem] {
  guard let facts = Files.facts(source) else {
    throw .file(path: source, action: "read", reason: "there is no such file")
  }
  switch facts.kind {
  case .folder:
    var items = [ArchiveItem(name, mode: 0o755, .folder)]
    for inner in try Files.names(in: source) {
      items += try archiveItems(copying: "\(source)/\(inner)", to: "\(name)/\(inner)")
    }
    return items
  case .link: return [ArchiveItem(name, mode: 0o777, .link(try Files.linkTarget(source)))]
  case .file, .other:
    let mode: UInt32 = facts.mode & 0o100 == 0 ? 0o644 : 0o755
    return [ArchiveItem(name, mode: mode, .file(try Files.read(source)))]
  }
}
