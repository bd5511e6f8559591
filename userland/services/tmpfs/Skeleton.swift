// SPDX-License-Identifier: MIT
import ABI
public import Base
import Core
import Hierarchy
import Memory

/// One of the files, folders and links that a new volume begins with.
public struct SkeletonItem: Equatable, Sendable {
  /// Without a leading slash; empty for the root.
  public var path: Text
  /// Its type and permission bits, as in `FileMode`.
  public var mode: UInt32
  /// A file's bytes, or where a link leads.
  public var contents: [UInt8]

  @export(interface)
  public init(_ path: Text, mode: UInt32, _ contents: [UInt8] = []) {
    self.path = path
    self.mode = mode
    self.contents = contents
  }
}

/// A folder that belongs to somebody else than root.
struct Home: Equatable {
  var path: Text
  var user: UInt32
  var group: UInt32

  /// The home folders that lines of the form `user;uid;gid;name;home;shell` tell of. Other lines are
  /// passed over: whoever reads the file for its users says what is wrong with it.
  static func all(in accounts: Text) -> [Home] {
    var homes: [Home] = []
    for line in accounts.lines() {
      let fields = line.split(at: 0x3B)
      guard fields.count == 6, let user = number(fields[1]), let group = number(fields[2]) else {
        continue
      }
      let path = Path.components(of: "/" + fields[4]).joined(by: "/")
      if !path.isEmpty { homes.append(Home(path: path, user: user, group: group)) }
    }
    return homes
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return UInt32(exactly: try UInt64(decimal: text.span)) } catch {
      return nil
    }
  }
}

// Filling a volume that is new. A death in between leaves a part; the next server does all of it
// again, which nobody can have changed: requests are taken only afterwards.
extension Volume where Store: WordStore {
  /// Whether the volume has been filled, by this server or one before it.
  public var isFilled: Bool { store.word(Layout.isFilled) != 0 }

  /// The request that the filling belongs to: no client's.
  private static var ownMark: RequestMark { RequestMark(description: .max, sequence: .max) }

  /// Puts `items` into the volume, folders before what is in them, and gives the home folders that
  /// `etc/passwd` among them names to their users. Does nothing if that was done before.
  ///
  /// - Throws: `noSpace`, `notFound` without an item for a folder, `nameTooLong`.
  public mutating func fill(with items: [SkeletonItem], now: UInt64) throws(SystemError) {
    guard !isFilled else { return }
    for item in items { try place(item, now) }
    for item in items where item.path == "etc/passwd" {
      for home in Home.all(in: Text(item.contents)) {
        guard items.contains(where: { $0.path == home.path }) else { continue }
        var attributes = FileAttributes()
        attributes.valid = 6
        attributes.user = home.user
        attributes.group = home.group
        try change(try made(home.path, .statOnly, 0, now), attributes, now)
      }
    }
    try atomically { (volume) throws(SystemError) in volume.set(Layout.isFilled, 1) }
  }

  private mutating func place(_ item: SkeletonItem, _ now: UInt64) throws(SystemError) {
    let inode: Int
    switch item.mode & FileMode.typeMask {
    case FileMode.directory:
      inode =
        item.path.isEmpty ? 0 : try made(item.path, .create | .directory | .read, item.mode, now)
    case FileMode.symbolicLink:
      inode = try made(item.path, .create | .symbolicLink | .noFollow | .write, 0o777, now)
    default: inode = try made(item.path, .create | .truncate | .write, item.mode, now)
    }
    try put(item.contents, into: inode, now)
    var attributes = FileAttributes()
    attributes.valid = 1
    attributes.mode = item.mode
    try change(inode, attributes, now)
  }

  private mutating func made(
    _ path: Text, _ flags: OpenFlags, _ mode: UInt32, _ now: UInt64
  ) throws(SystemError) -> Int {
    let root = FileUser(user: 0, group: 0)
    let opened = try open(
      path, below: 0, flags, mode: mode & 0o7777, root, now: now, Self.ownMark)
    guard case .file(let inode) = opened else { throw .crossDevice }
    return inode
  }

  private mutating func put(
    _ bytes: [UInt8], into inode: Int, _ now: UInt64
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let end = min(bytes.count, done + 16 * Limits.pageBytes)
      let part = Text(bytes[done..<end])
      _ = try write(
        inode, part.span, at: UInt64(done), appends: false, user: 0, now: now, Self.ownMark)
      done = end
    }
  }

  private mutating func change(
    _ inode: Int, _ attributes: FileAttributes, _ now: UInt64
  ) throws(SystemError) {
    try setAttributes(inode, attributes, FileUser(user: 0, group: 0), now: now, Self.ownMark)
  }
}
