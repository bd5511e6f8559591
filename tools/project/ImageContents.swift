// SPDX-License-Identifier: MIT
import Host

/// Something that goes into an archive or a file system, under a path without a leading slash.
public struct ArchiveItem: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    case file([UInt8])
    case link(String)
    case folder
  }

  public var path: String
  public var mode: UInt32
  public var content: Content
  /// Whose it is; an archive does not keep that.
  public var user: UInt32 = 0
  public var group: UInt32 = 0

  public init(_ path: String, mode: UInt32, _ content: Content) {
    self.path = path
    self.mode = mode
    self.content = content
  }
}

/// All files of an image, each where it belongs.
public struct ImageContents: Sendable {
  /// The archive that the kernel begins with.
  public var initial: [ArchiveItem] = []
  /// The root file system; nothing where `/` lies in memory.
  public var root: [ArchiveItem] = []
}

extension ImageContents {
  /// What an image has, whose programs are all built.
  public init(_ image: Image, _ project: Project, _ processor: Processor) throws(BuildError) {
    let reader = ContentReader(project: project, processor: processor, image: image)
    var found: [String: (item: ArchiveItem, isOwnRow: Bool)] = [:]
    for (path, entry) in image.entries(for: image.root).sorted(by: { $0.key < $1.key }) {
      for item in try reader.items(path, entry) {
        let place = image.root == .memory ? Self.placeInMemory(item.path) : item.path
        // A file of a folder may have a row of its own, which says more.
        let isOwnRow = item.path == path
        if let known = found[place], known.isOwnRow, !isOwnRow { continue }
        found[place] = (item, isOwnRow)
      }
    }
    for item in try reader.userItems() {
      let place = image.root == .memory ? Self.placeInMemory(item.path) : item.path
      if found[place] == nil { found[place] = (item, true) }
    }
    for (place, (item, _)) in found.sorted(by: { $0.key < $1.key }) {
      var item = item
      item.path = place.hasPrefix("/") ? String(place.dropFirst()) : place
      if place.hasPrefix("/") { root.append(item) } else { initial.append(item) }
    }
  }

  /// Where `/` lies in memory, programs, units and tables stay in the initial file system, where they
  /// take no further memory; the rest is copied from its folder `root`.
  private static func placeInMemory(_ path: String) -> String {
    guard path.hasPrefix("/") else { return path }
    for (folder, place) in [
      ("/usr/bin/", "bin/"), ("/usr/lib/init.d/", "lib/init.d/"),
      ("/usr/lib/services/", "lib/services/"),
    ] where path.hasPrefix(folder) {
      return place + path.dropFirst(folder.count)
    }
    return "root" + path
  }
}

/// Reads what the rows of an image name.
private struct ContentReader {
  let project: Project
  let processor: Processor
  let image: Image

  func items(_ path: String, _ entry: Image.Entry) throws(BuildError) -> [ArchiveItem] {
    var items: [ArchiveItem]
    switch entry.source {
    case .program(let program):
      let bytes = try stripped(program, of: .userland(processor))
      items = [ArchiveItem(path, mode: 0o755, .file(bytes))]
    case .test(let program):
      let bytes = try stripped(program, of: .tests(processor))
      items = [ArchiveItem(path, mode: 0o755, .file(bytes))]
    case .text(let text): items = [ArchiveItem(path, mode: 0o644, .file(Array(text.utf8)))]
    case .link(let target): items = [ArchiveItem(path, mode: 0o777, .link(target))]
    case .folder: items = [ArchiveItem(path, mode: 0o755, .folder)]
    case .file(let file):
      guard Files.exists(project.path(file)) else { throw failure("there is no \(file)") }
      items = try asBuildError { () throws(HostError) in
        try archiveItems(copying: project.path(file), to: path)
      }
    }
    for index in items.indices {
      if let mode = entry.mode { items[index].mode = mode }
      items[index].user = entry.user
      items[index].group = entry.group
    }
    return items
  }

  /// The files about users, and their homes.
  func userItems() throws(BuildError) -> [ArchiveItem] {
    guard !image.users.isEmpty else { return [] }
    let files = try UserFiles(image) { (user, password) throws(BuildError) in
      try project.hashedPassword(password, of: user, in: image)
    }
    var items = [
      ArchiveItem("/etc/passwd", mode: 0o644, .file(Array(files.passwords.utf8))),
      ArchiveItem("/etc/group", mode: 0o644, .file(Array(files.groups.utf8))),
      ArchiveItem("/etc/shadow", mode: 0o600, .file(Array(files.shadow.utf8))),
    ]
    for account in files.accounts {
      guard Image.isPath(account.home), account.home.hasPrefix("/") else {
        throw failure("user \(account.user): \(account.home) is no path")
      }
      var home = ArchiveItem(account.home, mode: account.identifier == 0 ? 0o700 : 0o755, .folder)
      home.user = account.identifier
      home.group = account.group
      items.append(home)
    }
    return items
  }

  /// A program without its symbols, which stay beside it for whoever has to name addresses.
  private func stripped(_ program: String, of world: World) throws(BuildError) -> [UInt8] {
    guard let file = try project.stripped(program, of: world) else {
      throw failure(
        "\(program): \(world.package)/Package.swift has no executable product of that name")
    }
    return try asBuildError { () throws(HostError) in try Files.read(file) }
  }

  private func failure(_ reason: String) -> BuildError {
    .description(file: "images/\(image.name).toml", reason: reason)
  }
}

extension Project {
  /// The path of a program without its symbols, made anew if it was built since; nil if there is no
  /// such program.
  public func stripped(_ program: String, of world: World) throws(BuildError) -> String? {
    let source = product(program, of: world)
    guard let built = Files.facts(source) else { return nil }
    let target = "\(scratch(of: world))/bare/\(program)"
    return try asBuildError { () throws(HostError) in
      if (Files.facts(target)?.modified ?? 0) <= built.modified {
        try Files.makeFolder(Files.parent(of: target))
        let temporary = "\(target).\(Environment.processIdentifier)"
        // The compiler's sums of its own modules name the folders that they were built in: they would
        // make two builds of the same sources differ.
        let command = Command(
          "llvm-objcopy",
          ["--strip-all", "--remove-section=.swift_modhash", source, temporary])
        let result = try command.capture()
        guard result.status.isSuccess else {
          throw .file(path: source, action: "strip", reason: result.text.trimmed)
        }
        try Files.rename(temporary, to: target)
      }
      return target
    }
  }
}
