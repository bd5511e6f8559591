// SPDX-License-Identifier: MIT
import Host

/// What is in a bootable image: one file in `images`, in the form of Redox's installer, read whole.
///
///     include = ["base"]                 other images, whose rows come first
///     [general]
///     filesystem_size = 32               MiB of the root file system; 0: `/` lies in memory
///     efi_partition_size = 16            MiB of the EFI system partition
///     live = true                        the root file system travels in the initial one, and lies on
///                                        a disk in memory
///     [packages]
///     ion = {}                           `images/packages/ion.toml`; if there is none, the program
///                                        of this name in `/usr/bin`
///     [[files]]
///     path = "/etc/hostname"             also: mode, uid, gid
///     data = "apus\n"                    with symlink = true where the link points; directory = true
///     [users.user]                       uid, gid, name, home, shell, password (hashed in the image;
///                                        "": none is asked for; left out: nobody gets in)
///     [groups.sudo]                      gid, members
///
/// and in shorter tables of our own
///
///     [programs]                         path = program of the userland package
///     [tests]                            path = program of the tests package
///     [files]                            path = file or folder of the repository
///     [links]                            path = where the link points
///     [folders]                          path = permission bits, such as "1777"
///     [memory.links], [disk.files], [live.files] …
///                                        the same, only where `/` lies in files in memory, on a disk,
///                                        or on a disk in memory
///
/// A path that begins with a slash is one of the root file system, any other one of the initial file
/// system. Where `/` lies in memory there is only that; `ImageContents` says what goes where.
public struct Image: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
      case program(String)
      case test(String)
      /// A file or folder of the repository.
      case file(String)
      case text(String)
      case link(String)
      case folder
    }

    public var source: Source
    /// POSIX permission bits; what the source has, if nil.
    public var mode: UInt32?
    public var user: UInt32 = 0
    public var group: UInt32 = 0

    public init(_ source: Source, mode: UInt32? = nil) {
      self.source = source
      self.mode = mode
    }
  }

  public struct General: Equatable, Sendable {
    /// In MiB; 0 if `/` lies in memory.
    public var fileSystemSize: Int?
    public var efiPartitionSize: Int?
    public var isLive: Bool?
  }

  public struct User: Equatable, Sendable {
    public var identifier: UInt32?
    public var group: UInt32?
    public var name = ""
    public var home: String?
    public var shell: String?
    /// Hashed when the image is made. Empty: nobody asks for one. Nil: nobody gets in with one.
    public var password: String?

    public init() {}
  }

  public struct Group: Equatable, Sendable {
    public var identifier: UInt32?
    public var members: [String] = []

    public init() {}
  }

  /// Where `/` lies.
  public enum Root: Equatable, Sendable {
    /// Each file in memory.
    case memory
    case disk
    /// On a volume that is loaded into memory with the initial files.
    case live
  }

  public var name: String
  public var description = ""
  public var general = General()
  /// By path.
  public var entries: [String: Entry] = [:]
  public var memoryEntries: [String: Entry] = [:]
  public var diskEntries: [String: Entry] = [:]
  public var liveEntries: [String: Entry] = [:]
  public var users: [String: User] = [:]
  public var groups: [String: Group] = [:]

  public init(name: String) { self.name = name }

  public var root: Root {
    guard (general.fileSystemSize ?? 0) > 0 else { return .memory }
    return general.isLive == true ? .live : .disk
  }

  /// The rows for where `/` lies, the special ones in place of general ones.
  public func entries(for root: Root) -> [String: Entry] {
    let others =
      switch root {
      case .memory: memoryEntries
      case .disk: diskEntries
      case .live: liveEntries
      }
    return entries.merging(others) { $1 }
  }

  /// Whether programs of the tests package are in it.
  public var hasTests: Bool {
    entries.values.contains { if case .test = $0.source { true } else { false } }
  }

  /// Adds what another image or a package has; what is there already is replaced.
  mutating func add(_ other: Image) {
    entries.merge(other.entries) { $1 }
    memoryEntries.merge(other.memoryEntries) { $1 }
    diskEntries.merge(other.diskEntries) { $1 }
    liveEntries.merge(other.liveEntries) { $1 }
    users.merge(other.users) { $1 }
    groups.merge(other.groups) { $1 }
    general.fileSystemSize = other.general.fileSystemSize ?? general.fileSystemSize
    general.efiPartitionSize = other.general.efiPartitionSize ?? general.efiPartitionSize
    general.isLive = other.general.isLive ?? general.isLive
  }

  static func isPath(_ path: String) -> Bool {
    let relative = path.hasPrefix("/") ? path.dropFirst() : path[...]
    return relative.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0 != "." && $0 != ".."
    }
  }
}

extension Project {
  /// Reads `images/<name>.toml` and what it includes.
  public func image(_ name: String) throws(BuildError) -> Image {
    guard Files.exists(path("images/\(name).toml")) else {
      let known = ((try? imageNames()) ?? []).joined(separator: ", ")
      throw .description(
        file: "images/\(name).toml", reason: "no such image; there are: \(known)")
    }
    return try image("images/\(name).toml", named: name, within: [])
  }

  /// The names of all images.
  public func imageNames() throws(HostError) -> [String] {
    try Files.names(in: path("images")).filter { $0.hasSuffix(".toml") }.map {
      String($0.dropLast(5))
    }
  }

  private func image(
    _ file: String, named name: String, within outer: [String]
  ) throws(BuildError) -> Image {
    guard !outer.contains(file) else {
      throw .description(file: outer.last ?? file, reason: "\(file) includes itself")
    }
    guard Files.exists(path(file)) else {
      throw .description(file: outer.last ?? file, reason: "there is no \(file)")
    }
    let bytes = try asBuildError { () throws(HostError) in try Files.read(path(file)) }
    let reader = try ImageReader(bytes, of: file, named: name)
    var image = Image(name: name)
    for other in reader.includes {
      image.add(try self.image("images/\(other).toml", named: other, within: outer + [file]))
    }
    for package in reader.packages {
      let description = "images/packages/\(package).toml"
      if Files.exists(path(description)) {
        image.add(try self.image(description, named: package, within: outer + [file]))
      } else {
        image.entries["/usr/bin/\(package)"] = Image.Entry(.program(package))
      }
    }
    image.description = reader.image.description
    image.add(reader.image)
    return image
  }
}
