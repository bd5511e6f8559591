// SPDX-License-Identifier: MIT
import Glibc

/// What is known of a file without opening it.
public struct FileFacts: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case file, folder, link, other }

  public var kind: Kind
  /// In bytes.
  public var size: Int
  /// POSIX permission bits.
  public var mode: UInt32
  /// Nanoseconds since 1970.
  public var modified: Int
  /// The same for all names of one file.
  public var identity: FileIdentity
  /// How many names it has.
  public var links: Int
}

/// Tells files of the host apart.
public struct FileIdentity: Hashable, Sendable {
  public var device: UInt64
  public var number: UInt64
}

/// Files and folders of the host, by path.
public enum Files {
  /// Facts about `path` itself, nil when there is nothing; a link is not followed.
  public static func facts(_ path: String) -> FileFacts? {
    var found = stat()
    guard unsafe lstat(path, &found) == 0 else { return nil }
    let kind: FileFacts.Kind
    switch found.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    return FileFacts(
      kind: kind, size: Int(found.st_size), mode: UInt32(found.st_mode & 0o7777),
      modified: found.st_mtim.tv_sec * 1_000_000_000 + found.st_mtim.tv_nsec,
      identity: FileIdentity(device: UInt64(found.st_dev), number: UInt64(found.st_ino)),
      links: Int(found.st_nlink))
  }

  public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// The names in a folder, sorted bytewise, without `.` and `..`.
  public static func names(in folder: String) throws(HostError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
      throw .file(path: folder, action: "list", reason: HostError.reason(errno))
    }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Everything under `folder`, as paths relative to it: each folder before what is in it, sorted.
  /// Names for which `skipping` answers true are left out with all that is in them.
  public static func tree(
    _ folder: String, skipping: (String) -> Bool = { _ in false }
  ) throws(HostError) -> [String] {
    var result: [String] = []
    var waiting = [""]
    while let prefix = waiting.popLast() {
      let path = prefix.isEmpty ? folder : "\(folder)/\(prefix)"
      if !prefix.isEmpty { result.append(prefix) }
      guard facts(path)?.kind == .folder else { continue }
      for name in try names(in: path).reversed() where !skipping(name) {
        waiting.append(prefix.isEmpty ? name : "\(prefix)/\(name)")
      }
    }
    return result
  }

  /// The whole content of a file.
  public static func read(_ path: String) throws(HostError) -> [UInt8] {
    let file: Descriptor
    do throws(HostError) { file = try .opening(path, O_RDONLY) } catch {
      throw .file(path: path, action: "read", reason: HostError.reason(errno))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(facts(path)?.size ?? 0)
    while case .bytes(let more) = try file.read(limit: 1 << 20) { bytes += more }
    return bytes
  }

  public static func text(_ path: String) throws(HostError) -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  /// Writes a file whole, replacing what was there; folders on the way to it are made.
  public static func write(
    _ bytes: some Sequence<UInt8>, to path: String, mode: UInt32 = 0o644
  ) throws(HostError) {
    let writer = try FileWriter(path, mode: mode)
    try writer.append(bytes)
  }

  public static func write(_ text: String, to path: String) throws(HostError) {
    try write(Array(text.utf8), to: path)
  }

  /// Makes a folder and those it is in.
  public static func makeFolder(_ path: String) throws(HostError) {
    if path.isEmpty || facts(path)?.kind == .folder { return }
    try makeFolder(parent(of: path))
    if unsafe mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw .file(path: path, action: "make folder", reason: HostError.reason(errno))
    }
  }

  /// Removes a file, or a folder with all that is in it; nothing there is fine.
  public static func remove(_ path: String) throws(HostError) {
    guard let found = facts(path) else { return }
    if found.kind == .folder {
      for name in try names(in: path) { try remove("\(path)/\(name)") }
    }
    let status = unsafe found.kind == .folder ? rmdir(path) : unlink(path)
    guard status == 0 || errno == ENOENT else {
      throw .file(path: path, action: "remove", reason: HostError.reason(errno))
    }
  }

  /// Gives a file another name, replacing what had it.
  public static func rename(_ path: String, to other: String) throws(HostError) {
    guard unsafe Glibc.rename(path, other) == 0 else {
      throw .file(path: path, action: "rename", reason: HostError.reason(errno))
    }
  }

  /// Where a symbolic link points.
  public static func linkTarget(_ path: String) throws(HostError) -> String {
    var length = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      length = unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return -1 }
        return unsafe readlink(path, start, characters.count)
      }
      count = max(length, 0)
    }
    guard length >= 0 else {
      throw .file(path: path, action: "read link", reason: HostError.reason(errno))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The folder that `path` is in: empty for a bare name, `/` for what is in the root.
  public static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of `path`.
  public static func name(of path: String) -> String {
    String(path.split(separator: "/").last ?? "")
  }
}

/// A file that is written piece by piece.
public struct FileWriter: ~Copyable {
  private let descriptor: Descriptor

  /// Starts an empty file with these permission bits; folders on the way to it are made.
  public init(_ path: String, mode: UInt32) throws(HostError) {
    try Files.makeFolder(Files.parent(of: path))
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode & 0o7777))
    guard number >= 0 else {
      throw .file(path: path, action: "write", reason: HostError.reason(errno))
    }
    descriptor = Descriptor(adopting: number)
  }

  public borrowing func append(_ bytes: some Sequence<UInt8>) throws(HostError) {
    try descriptor.write(bytes)
  }
}
