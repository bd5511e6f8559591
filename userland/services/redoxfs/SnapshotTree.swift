// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

/// A file of a snapshot, or the directory of all snapshots.
public struct SnapshotNode: Equatable, Sendable {
  /// The commit that the snapshot keeps; zero for the directory of all.
  var generation: UInt64
  var node: UInt32

  /// The directory of all snapshots.
  public static var all: SnapshotNode { SnapshotNode(generation: 0, node: 0) }

  private static var mark: UInt64 { 1 << 61 }
  /// Snapshots so many commits apart would be taken for one another.
  private static var ages: UInt64 { 1 << 29 }

  init(generation: UInt64, node: UInt32) {
    self.generation = generation % Self.ages
    self.node = node
  }

  /// What a client's handle stands for, if that is a file of a snapshot.
  public init?(word: UInt64) {
    guard word >> 61 == 1 else { return nil }
    self.init(generation: word >> 32, node: UInt32(truncatingIfNeeded: word))
  }

  public var word: UInt64 { Self.mark | generation << 32 | UInt64(node) }

  func isOf(_ snapshot: Snapshot) -> Bool { snapshot.generation % Self.ages == generation }
}

/// The snapshots of a mounted volume as a tree of files that cannot be changed:
/// `.snapshots/NAME/PATH`. Its files can be read for as long as there is the snapshot; then `gone`.
public final class SnapshotTree<Disk: WritableBlockStore, Capsule: WordStore>: FileHierarchy {
  typealias View = RedoxFS.Volume<Disk>

  private let volume: MountedVolume<Disk, Capsule>
  /// The last directory that was listed, and the last part of a file that was read.
  private var listed: (node: SnapshotNode, entries: [RedoxFS.DirectoryEntry])?
  private var lastRead: (node: SnapshotNode, start: UInt64, bytes: [UInt8])?

  public init(_ volume: MountedVolume<Disk, Capsule>) { self.volume = volume }

  public static var nameBytes: Int { Layout.nameBytes }
  private static var name: StaticString { ".snapshots" }
  /// What is read at once: a record of a file.
  private static var portion: UInt64 { UInt64(Layout.blockBytes) << UInt64(Layout.highestLevel) }

  /// From which byte on `path`, which begins at the volume's root, lies below the directory of all
  /// snapshots; `nil` if it does not lead there. A file of that name that the volume has itself hides
  /// them.
  public func start(of path: Span<UInt8>) -> Int? {
    guard path.count > 0, path[0] == 0x2E || path[0] == 0x2F else { return nil }
    let start = path[0] == 0x2F ? 1 : 0
    let end = start &+ Self.name.bytes.count
    guard path.extracting(start..<path.count).starts(with: Self.name),
      path.count == end || path[end] == 0x2F,
      (try? volume.files.find(Self.name.bytes, in: MountedVolume<Disk, Capsule>.root)) == .some(nil)
    else { return nil }
    return end
  }

  // MARK: Nodes

  private func snapshot(_ node: SnapshotNode) throws(SystemError) -> Snapshot {
    for snapshot in volume.files.snapshots where node.isOf(snapshot) { return snapshot }
    throw .gone
  }

  private func view(_ node: SnapshotNode) throws(SystemError) -> View {
    volume.files.view(try snapshot(node))
  }

  private func block(_ node: SnapshotNode) throws(SystemError) -> NodeBlock {
    let view = try view(node)
    do throws(VolumeError) { return try view.node(node.node) } catch { throw report(error) }
  }

  private func report(_ error: VolumeError) -> SystemError {
    volume.report(.volume(error), 0)
  }

  public func access(of node: SnapshotNode) throws(SystemError) -> FileAccess {
    if node == .all { return FileAccess(mode: FileMode.directory | 0o555, user: 0, group: 0) }
    let record = try block(node).record
    return FileAccess(mode: UInt32(record.mode), user: record.user, group: record.group)
  }

  public func child(
    _ name: Span<UInt8>, of directory: SnapshotNode
  ) throws(SystemError) -> SnapshotNode? {
    if directory == .all {
      for snapshot in volume.files.snapshots where snapshot.name.equals(name) {
        return SnapshotNode(generation: snapshot.generation, node: View.rootIdentifier)
      }
      return nil
    }
    let block = try block(directory)
    do throws(VolumeError) {
      guard let found = try view(of: directory).find(Text(name), in: block) else { return nil }
      return SnapshotNode(generation: directory.generation, node: found)
    } catch { throw report(error) }
  }

  /// The same, after the snapshot was found.
  private func view(of node: SnapshotNode) throws(VolumeError) -> View {
    do throws(SystemError) { return try view(node) } catch { throw .notFound }
  }

  /// The directory of all lies in itself: a path does not lead out of the snapshots.
  public func parent(of directory: SnapshotNode) throws(SystemError) -> SnapshotNode {
    if directory == .all || directory.node == View.rootIdentifier { return .all }
    return try place(of: directory).directory
  }

  public func hasName(_ node: SnapshotNode) throws(SystemError) -> Bool { true }

  public func target(ofLink link: SnapshotNode) throws(SystemError) -> Text {
    Text(try bytes(of: link, from: 0, count: HierarchyLimits.pathBytes))
  }

  /// A directory and a name in it that lead to the node, wherever a search finds them.
  private func place(
    of node: SnapshotNode
  ) throws(SystemError) -> (directory: SnapshotNode, name: Text) {
    let view = try view(node)
    do throws(VolumeError) {
      var waiting = [View.rootIdentifier]
      var seen: UInt64 = 0
      while let directory = waiting.popLast() {
        seen &+= 1
        // More directories than blocks: they lie in one another.
        guard seen <= view.blockCount else { break }
        for entry in try view.entries(of: try view.node(directory)) {
          if entry.node == node.node {
            return (SnapshotNode(generation: node.generation, node: directory), entry.name)
          }
          if try view.node(entry.node).record.kind == .directory { waiting.append(entry.node) }
        }
      }
    } catch { throw report(error) }
    throw .notFound
  }

  // MARK: What clients ask

  /// Opens `path` below `start`.
  /// - Throws: what following throws; `readOnlyFileSystem` for what would change something.
  public func open(
    _ path: Span<UInt8>, below start: SnapshotNode, _ flags: OpenFlags, _ user: FileUser
  ) throws(SystemError) -> OpenedFile<SnapshotNode> {
    switch try find(path, from: start, toOpen: flags, user) {
    case .elsewhere(let place): return .place(place)
    case .missing: throw .readOnlyFileSystem
    case .found(let node):
      guard !flags.contains(.write), !flags.contains(.truncate) else { throw .readOnlyFileSystem }
      return .file(node)
    }
  }

  /// Up to `count` bytes from `offset` on, fewer at the end.
  func bytes(
    of node: SnapshotNode, from offset: UInt64, count: Int
  ) throws(SystemError) -> [UInt8] {
    if node == .all { throw .isDirectory }
    let block = try block(node)
    guard block.record.kind != .directory else { throw .isDirectory }
    let view = try view(node)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let position = offset &+ UInt64(bytes.count)
      let start = position / Self.portion &* Self.portion
      if lastRead?.node != node || lastRead?.start != start {
        do throws(VolumeError) {
          let read = try view.read(block, from: start, count: Int(Self.portion))
          lastRead = (node, start, read)
        } catch { throw report(error) }
      }
      let part = lastRead?.bytes ?? []
      let within = Int(position &- start)
      guard within < part.count else { break }
      bytes += part[within..<min(part.count, within &+ count &- bytes.count)]
    }
    return bytes
  }

  @_lifetime(output: copy output)
  public func read(
    _ node: SnapshotNode, into output: inout OutputSpan<UInt8>, at offset: UInt64
  ) throws(SystemError) {
    let bytes = try bytes(of: node, from: offset, count: output.freeCapacity)
    output.append(copying: bytes.span)
  }

  public func status(_ node: SnapshotNode) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = node.word & (1 << 61 &- 1)
    guard node != .all else {
      status.mode = FileMode.directory | 0o555
      status.links = 1
      return status
    }
    let record = try block(node).record
    volume.fill(&status, record)
    return status
  }

  /// The path from the volume's root on, without a slash before it.
  public func path(of node: SnapshotNode) throws(SystemError) -> Text {
    if node == .all { return Text(Self.name) }
    var path = Text()
    var current = node
    while current.node != View.rootIdentifier {
      let place = try place(of: current)
      path = path.isEmpty ? place.name : place.name + "/" + path
      current = place.directory
    }
    let root = Text(Self.name) + "/" + (try snapshot(node).name)
    return path.isEmpty ? root : root + "/" + path
  }

  /// Lists names behind `cookie` until `body` does not want any more.
  public func list(
    _ directory: SnapshotNode, after cookie: UInt64,
    _ body: (_ name: Span<UInt8>, _ type: UInt32, _ node: UInt64, _ cookie: UInt64) -> Bool
  ) throws(SystemError) {
    if directory == .all { return listAll(after: cookie, body) }
    let block = try block(directory)
    let view = try view(directory)
    do throws(VolumeError) {
      if cookie == 0 || listed?.node != directory {
        listed = (directory, try view.entries(of: block))
      }
      let entries = listed?.entries ?? []
      // Nothing comes or goes, so the place in the list says where to go on.
      guard cookie < UInt64(entries.count) else { return }
      for index in Int(cookie)..<entries.count {
        let entry = entries[index]
        let mode = try view.node(entry.node).record.mode
        guard
          body(entry.name.span, UInt32(mode >> 12), UInt64(entry.node), UInt64(index) &+ 1)
        else { return }
      }
    } catch { throw error == .notDirectory ? .notDirectory : report(error) }
  }

  /// By their commits, so that what comes and goes meanwhile disturbs nobody.
  private func listAll(
    after cookie: UInt64,
    _ body: (_ name: Span<UInt8>, _ type: UInt32, _ node: UInt64, _ cookie: UInt64) -> Bool
  ) {
    for snapshot in volume.files.snapshots where snapshot.generation > cookie {
      let node = SnapshotNode(generation: snapshot.generation, node: View.rootIdentifier)
      guard
        body(
          snapshot.name.span, FileMode.directory >> 12, node.word & (1 << 61 &- 1),
          snapshot.generation)
      else { return }
    }
  }
}
