// SPDX-License-Identifier: MIT
public import Base
public import Host
public import RedoxFS

/// Copies a folder of the host, with all that is in it, into the root of a volume. All files belong to
/// user and group 0; permissions and times are the host's.
public struct FolderCopy {
  public enum Failure: Error, CustomStringConvertible {
    case host(HostError)
    /// What happened to the volume at `path`.
    case volume(FileSystemError, path: String)
    /// It is no file, folder or link.
    case kind(path: String)

    public var description: String {
      switch self {
      case .host(let error): "\(error)"
      case .volume(let error, let path): "\(path): \(error.explanation.string)"
      case .kind(let path): "\(path): it is no file, folder or link"
      }
    }
  }

  private let target: FileSystem<ImageStore>
  private let folder: String
  /// By path; the folder's own is empty.
  private var directories: [String: UInt32] = ["": FileSystem<ImageStore>.rootIdentifier]
  /// Files of several names that were copied already.
  private var linked: [FileIdentity: UInt32] = [:]
  /// What is read and written at once.
  private static var portion: UInt64 { 1 << 20 }

  public init(of folder: String, into target: FileSystem<ImageStore>) {
    self.folder = folder
    self.target = target
  }

  /// Copies everything, then commits.
  /// - Parameter progress: told of each file before it is copied, and how many there are.
  /// - Returns: how many files, folders and links there are.
  public mutating func run(
    _ progress: (_ path: String, _ number: Int, _ count: Int) -> Void = { _, _, _ in }
  ) throws(Failure) -> Int {
    let paths: [String]
    do throws(HostError) {
      guard Files.facts(folder)?.kind == .folder else {
        throw .file(path: folder, action: "read", reason: "it is no folder")
      }
      paths = try Files.tree(folder)
    } catch { throw .host(error) }
    for (index, path) in paths.enumerated() {
      progress(path, index, paths.count)
      try copy(path)
    }
    do throws(FileSystemError) { try target.commit() } catch {
      throw .volume(error, path: folder)
    }
    return paths.count
  }

  private mutating func copy(_ path: String) throws(Failure) {
    let source = "\(folder)/\(path)"
    guard let facts = Files.facts(source), let kind = NodeKind(facts.kind) else {
      throw .kind(path: source)
    }
    var contents: [UInt8] = []
    do throws(HostError) {
      if kind == .symbolicLink { contents = Array(try Files.linkTarget(source).utf8) }
    } catch { throw .host(error) }
    let time = Timestamp(nanoseconds: facts.modified)
    do throws(FileSystemError) {
      let parent = directories[Files.parent(of: path)] ?? FileSystem<ImageStore>.rootIdentifier
      if let node = linked[facts.identity] {
        try target.link(
          node, as: Text(Array(Files.name(of: path).utf8)), in: parent, now: time)
        return try target.setAttributes(of: parent) { $0.modified = $0.accessed }
      }
      let node = try target.make(
        NewNode(kind, permissions: UInt16(facts.mode & 0o7777), user: 0, group: 0),
        Text(Array(Files.name(of: path).utf8)), in: parent, now: time)
      if kind == .directory { directories[path] = node }
      if kind != .directory, facts.links > 1 { linked[facts.identity] = node }
      try target.write(contents.span, to: node, at: 0, now: time)
      if kind == .file { try copyContents(of: source, to: node, time) }
      // What a directory got in the meantime is not a change of its own.
      try target.setAttributes(of: parent) { $0.modified = $0.accessed }
    } catch { throw .volume(error, path: source) }
  }

  private func copyContents(
    of source: String, to node: UInt32, _ time: Timestamp
  ) throws(FileSystemError) {
    guard let file = try? RandomAccessFile(reading: source) else { throw .notFound }
    var offset: UInt64 = 0
    while offset < file.byteCount {
      let count = min(Self.portion, file.byteCount - offset)
      var bytes: [UInt8] = []
      guard file.read(at: offset, count: Int(count), onto: &bytes) else { throw .medium }
      try target.write(bytes.span, to: node, at: offset, now: time)
      offset += count
    }
  }
}

extension NodeKind {
  fileprivate init?(_ kind: FileFacts.Kind) {
    switch kind {
    case .file: self = .file
    case .folder: self = .directory
    case .link: self = .symbolicLink
    case .other: return nil
    }
  }
}

extension Timestamp {
  /// Since 1970; what was before is taken for that.
  public init(nanoseconds: Int) {
    self.init()
    seconds = UInt64(max(nanoseconds, 0) / 1_000_000_000)
    self.nanoseconds = UInt32(max(nanoseconds, 0) % 1_000_000_000)
  }
}

extension Text {
  public var string: String { String(decoding: bytes, as: UTF8.self) }
}
