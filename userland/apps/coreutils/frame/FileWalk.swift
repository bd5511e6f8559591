// SPDX-License-Identifier: MIT
public import ABI
public import Base

/// Visits a tree of files, each directory before and after what is in it.
///
/// The way down is kept in an array, so the depth is bounded by memory and the length of paths, not
/// by the stack. Links are not followed but where `following` says so; then a directory that is its
/// own ancestor is reported as `tooManySymbolicLinks` and not entered.
public struct FileWalk {
  public enum Visit {
    /// Anything but a directory, and what is in no tree: a link, if links are not followed.
    case file
    /// A directory, before what is in it.
    case enter
    /// A directory, after what is in it.
    case leave
    /// It could not be looked at, or, after `enter`, not be listed.
    case failed(SystemError)
  }

  public struct Item {
    public let path: Text
    public let visit: Visit
    /// All zeros for what could not be looked at.
    public let status: FileStatus
    /// Zero for the root.
    public let depth: Int
  }

  public enum Following: Sendable { case nothing, root, all }

  private struct Level {
    let path: Text
    let status: FileStatus
    var names: [Text]
    var next = 0
  }

  private let system: UtilitySystem
  private let following: Following
  private let isSorted: Bool
  private var levels: [Level] = []
  private var root: Text?
  /// The directory that was reported last and is still to be listed.
  private var entered: Item?

  public init(
    _ root: Text, _ system: UtilitySystem, following: Following = .nothing, isSorted: Bool = false
  ) {
    self.root = root
    self.system = system
    self.following = following
    self.isSorted = isSorted
  }

  /// The directory that was entered last is not to be listed: `leave` comes at once.
  public mutating func skip() {
    guard let item = entered else { return }
    entered = nil
    levels.append(Level(path: item.path, status: item.status, names: []))
  }

  /// The next visit; `nil` when all is done.
  @export(interface)
  public mutating func next() -> Item? {
    if let root {
      self.root = nil
      return look(root, depth: 0, following: following != .nothing)
    }
    if let item = entered {
      entered = nil
      if let failure = list(item) { return failure }
    }
    guard var level = levels.popLast() else { return nil }
    guard level.next < level.names.count else {
      return Item(path: level.path, visit: .leave, status: level.status, depth: levels.count)
    }
    let name = level.names[level.next]
    level.next += 1
    let path = Path.join(level.path, name)
    levels.append(level)
    return look(path, depth: levels.count, following: following == .all)
  }

  private mutating func look(_ path: Text, depth: Int, following: Bool) -> Item {
    do throws(SystemError) {
      let status = try statusOf(path, following)
      guard status.isDirectory else {
        return Item(path: path, visit: .file, status: status, depth: depth)
      }
      if self.following == .all, levels.contains(where: { $0.status.isSame(as: status) }) {
        throw .tooManySymbolicLinks
      }
      let item = Item(path: path, visit: .enter, status: status, depth: depth)
      entered = item
      return item
    } catch {
      return Item(path: path, visit: .failed(error), status: FileStatus(), depth: depth)
    }
  }

  /// A link that leads nowhere is taken for itself.
  private func statusOf(_ path: Text, _ following: Bool) throws(SystemError) -> FileStatus {
    if following {
      do throws(SystemError) { return try system.status(path, following: true) } catch {
        guard error == .notFound else { throw error }
      }
    }
    return try system.status(path, following: false)
  }

  /// Goes down into a directory; answers what is to be reported if that fails.
  private mutating func list(_ item: Item) -> Item? {
    var names: [Text] = []
    do throws(SystemError) {
      for entry in try system.entries(item.path) { names.append(entry.name) }
    } catch {
      // It is left again, after this.
      levels.append(Level(path: item.path, status: item.status, names: []))
      return Item(
        path: item.path, visit: .failed(error), status: item.status, depth: item.depth)
    }
    if isSorted { names.sort() }
    levels.append(Level(path: item.path, status: item.status, names: names))
    return nil
  }
}
