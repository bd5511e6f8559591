// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Runtime

/// An open directory, for listing and for reaching what is in it.
public struct Directory: ~Copyable, Sendable {
  private let owned: OwnedHandle
  private let path: Text

  /// Opens the directory `path`.
  /// - Throws: `notFound`, `notDirectory`, and what opening throws.
  @export(interface)
  public init(_ path: Text) throws(SystemError) {
    let absolute = WorkingDirectory.resolve(path)
    owned = try openPath(absolute, .read | .directory)
    self.path = absolute
  }

  public var handle: Handle { owned.handle }

  /// Opens `name` in this directory. An absolute path, and one that leads out of the directory, is
  /// taken as `File` takes it.
  @export(interface)
  public func open(
    _ name: Text, _ flags: OpenFlags = .read, mode: UInt32 = 0o666
  ) throws(SystemError) -> File {
    let inside = !Path.isAbsolute(name) && SchemePath(older: name) == nil
    let components = Path.components(of: name)
    if inside, components.first != ".." as Text {
      do throws(SystemError) {
        let flags = Path.namesDirectory(name) ? try flagsForDirectory(flags) : flags
        return File(
          try System.open(
            components.joined(by: "/"), flags, mode: masked(mode, flags),
            below: handle))
      } catch {
        guard error == .crossDevice else { throw error }
      }
    }
    return File(try openPath(inside ? Path.join(path, name) : name, flags, mode: mode))
  }

  /// All entries but `.` and `..`, in the scheme's order.
  @export(interface)
  public func entries() throws(SystemError) -> [Entry] {
    var entries: [Entry] = []
    try forEach { entries.append($0) }
    return entries
  }

  /// One name in a directory.
  public struct Entry: Sendable {
    public var name: Text
    /// The type bits of `FileMode`; zero if the scheme does not say.
    public var type: UInt32
    public var inode: UInt64
  }

  /// Calls `body` for each entry but `.` and `..`.
  ///
  /// - Throws: `protocolError` if the scheme's answer makes no sense.
  @export(interface)
  public func forEach(_ body: (Entry) -> Void) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 8192)
    var cookie: UInt64 = 0
    while true {
      var span = buffer.mutableSpan
      let count = try span.withClaim { (claim) throws(SystemError) in
        try perform(
          ReadDirectory {
            $0.handle = handle
            $0.buffer = claim
            $0.cookie = cookie
          })
      }
      if count == 0 { return }
      var records = DirectoryRecords(buffer.span.extracting(first: min(Int(count), buffer.count)))
      while let record = try records.next() {
        cookie = record.cookie
        let name = Text(records.name(of: record))
        if name == "." || name == ".." { continue }
        body(Entry(name: name, type: record.type << 12, inode: record.inode))
      }
    }
  }
}
