// SPDX-License-Identifier: MIT
import Host

/// Something that goes into an archive, under a path without a leading slash.
public struct ArchiveItem: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    case file([UInt8])
    case link(String)
    case folder
  }

  public var path: String
  public var mode: UInt32
  public var content: Content

  public init(_ path: String, mode: UInt32, _ content: Content) {
    self.path = path
    self.mode = mode
    self.content = content
  }
}

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
    var items: [ArchiveItem] = []
    for (name, source) in image.entries { items += try self.items(name, source, of: image) }
    let archive = try encode(items, for: "images/\(image.name).toml")
    // Another build may read it now, so it is replaced whole.
    let temporary = "\(path).\(Environment.processIdentifier)"
    try asBuildError { () throws(HostError) in
      try Files.write(archive, to: temporary)
      try Files.rename(temporary, to: path)
    }
    return path
  }

  private func items(
    _ name: String, _ source: Image.Source, of image: Image
  ) throws(BuildError) -> [ArchiveItem] {
    switch source {
    case .program(let program):
      let bytes = try stripped(program, of: .userland(processor), for: image)
      return [ArchiveItem(name, mode: 0o755, .file(bytes))]
    case .test(let program):
      let bytes = try stripped(program, of: .tests(processor), for: image)
      return [ArchiveItem(name, mode: 0o755, .file(bytes))]
    case .link(let target): return [ArchiveItem(name, mode: 0o777, .link(target))]
    case .folder(let mode): return [ArchiveItem(name, mode: mode, .folder)]
    case .file(let file):
      guard Files.exists(project.path(file)) else {
        throw .description(file: "images/\(image.name).toml", reason: "there is no \(file)")
      }
      return try asBuildError { () throws(HostError) in
        // A file of a folder may have a row of its own, which says more.
        try archiveItems(copying: project.path(file), to: name).filter {
          $0.path == name || image.entries[$0.path] == nil
        }
      }
    }
  }

  /// A program without its symbols, which stay beside it for whoever has to name addresses.
  private func stripped(
    _ program: String, of world: World, for image: Image
  ) throws(BuildError) -> [UInt8] {
    let source = project.product(program, of: world)
    guard let built = Files.facts(source) else {
      throw .description(
        file: "images/\(image.name).toml",
        reason: "\(world.package)/Package.swift makes no program \(program)")
    }
    let target = "\(project.scratch(of: world))/stripped/\(program)"
    return try asBuildError { () throws(HostError) in
      if (Files.facts(target)?.modified ?? 0) <= built.modified {
        try Files.makeFolder(Files.parent(of: target))
        let temporary = "\(target).\(Environment.processIdentifier)"
        let command = Command("llvm-objcopy", ["--strip-all", source, temporary])
        let result = try command.capture()
        guard result.status.isSuccess else {
          throw .file(path: source, action: "strip", reason: result.text.trimmed)
        }
        try Files.rename(temporary, to: target)
      }
      return try Files.read(target)
    }
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
