// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing

@testable import Hierarchy

private let alice = FileUser(user: 5, group: 50)
private let bob = FileUser(user: 6, group: 60)
private let root = FileUser(user: 0, group: 0)

/// A few files by number; names and links as tables.
private struct Tree: FileHierarchy {
  static var nameBytes: Int { 20 }
  var files: [FileAccess] = []
  var names: [[String: Int]] = []
  var targets: [Int: Text] = [:]
  var removed: Set<Int> = []

  init() {
    add(FileMode.directory | 0o755, 0, 0)  // 0 /
    add(FileMode.directory | 0o1777, 0, 0, "tmp")  // 1
    add(FileMode.directory | 0o2770, 5, 50, "home")  // 2
    add(FileMode.regular | 0o640, 5, 50, "file", in: 2)  // 3
    add(FileMode.symbolicLink | 0o777, 0, 0, "up", in: 1)  // 4
    targets[4] = "../home/file"
    add(FileMode.symbolicLink | 0o777, 0, 0, "loop", in: 1)  // 5
    targets[5] = "loop"
    add(FileMode.symbolicLink | 0o777, 0, 0, "out", in: 1)  // 6
    targets[6] = "/scheme/other/x"
    add(FileMode.regular | 0o666, 5, 50, "mine", in: 1)  // 7
  }

  mutating func add(
    _ mode: UInt32, _ user: UInt32, _ group: UInt32, _ name: String? = nil, in directory: Int = 0
  ) {
    files.append(FileAccess(mode: mode, user: user, group: group))
    names.append([:])
    if let name { names[directory][name] = files.count - 1 }
  }

  func access(of node: Int) throws(SystemError) -> FileAccess { files[node] }
  func child(_ name: Span<UInt8>, of directory: Int) throws(SystemError) -> Int? {
    names[directory][String(decoding: Text(name).bytes, as: UTF8.self)]
  }
  func parent(of directory: Int) throws(SystemError) -> Int {
    names.firstIndex { $0.values.contains(directory) } ?? 0
  }
  func hasName(_ node: Int) throws(SystemError) -> Bool { !removed.contains(node) }
  func target(ofLink link: Int) throws(SystemError) -> Text { targets[link] ?? Text() }
}

@Suite struct HierarchyTests {
  private let tree = Tree()

  private func follow(_ path: Text, _ user: FileUser = root) throws -> FilePlace<Int> {
    try tree.follow(path, from: 0, followsLast: true, user)
  }

  @Test func paths() throws {
    #expect(try follow("") == .found(0))
    #expect(try follow("tmp/../home//./file") == .found(3))
    #expect(try follow("tmp/up") == .found(3))
    #expect(try follow("tmp/out/y/z") == .elsewhere("/scheme/other/x/y/z"))
    #expect(try follow("tmp/new") == .missing(directory: 1, name: "new"))
    #expect(try follow("tmp/new/") == .missing(directory: 1, name: "new"))
    #expect(try follow("tmp/new/.") == .missing(directory: 1, name: "new"))
    #expect(try follow("/./tmp//.") == .found(1))
    #expect(try follow("tmp/out/") == .elsewhere("/scheme/other/x/."))
    for (path, error) in [
      ("tmp/loop", SystemError.tooManySymbolicLinks), ("home/file/x", .notDirectory),
      ("home/file/", .notDirectory), ("tmp/up/", .notDirectory), ("tmp/up/x", .notDirectory),
      ("tmp/new/./.", .notFound), ("no/123456789012345678901", .nameTooLong), ("no/x", .notFound),
      ("\0", .invalidArgument),
      ("123456789012345678901", .nameTooLong),
    ] as [(Text, SystemError)] {
      #expect(throws: error) { try follow(path) }
    }
    #expect(throws: SystemError.accessDenied) { try follow("home/file", bob) }
    #expect(try tree.follow("tmp/up", from: 0, followsLast: false, root) == .found(4))
  }

  @Test func opening() throws {
    func open(_ path: Text, _ flags: OpenFlags, _ user: FileUser = root) throws -> FilePlace<Int> {
      try tree.find(path, from: 0, toOpen: flags, user)
    }
    #expect(try open("tmp/mine", .write, bob) == .found(7))
    #expect(try open("home/file", .readWrite, alice) == .found(3))
    #expect(try open("tmp/x", .create, bob) == .missing(directory: 1, name: "x"))
    #expect(try open("tmp/out/y", .symbolicLink) == .elsewhere("/scheme/other/x/y"))
    for (path, flags, error) in [
      ("tmp/mine", .create | .exclusive, .alreadyExists), ("tmp", .write, .isDirectory),
      ("tmp/mine", .directory, .notDirectory), ("tmp/up", .noFollow, .tooManySymbolicLinks),
      ("tmp/x/", .create, .isDirectory), ("tmp/out", .read, .crossDevice),
      ("tmp/out/y", .symbolicLink | .noFollow, .crossDevice),
    ] as [(Text, OpenFlags, SystemError)] {
      #expect(throws: error) { try open(path, flags) }
    }
  }

  @Test func asking() throws {
    func ask(_ path: Text, _ flags: OpenFlags = OpenFlags(), _ user: FileUser = root) throws -> Int
    {
      try tree.find(path.span, from: 0, toAsk: flags, user)
    }
    // As opening finds it that wants nothing but to ask, whatever the path and whoever asks.
    let paths: [Text] = [
      "", ".", "tmp", "tmp/", "tmp/..", "home/file", "home/file/", "home/file/x", "tmp/up",
      "tmp/up/",
      "tmp/loop", "tmp/out", "tmp/out/", "tmp/out/y", "tmp/none", "tmp/none/", "tmp/none/x", "\0",
      "123456789012345678901", "tmp/mine", "tmp/../home//./file",
    ]
    for user in [root, alice, bob] {
      for flags in [OpenFlags(), .noFollow, .directory, .noFollow | .directory] {
        for path in paths {
          let opening: OpenFlags =
            flags.contains(.noFollow) ? flags | .statOnly | .symbolicLink : flags | .statOnly
          let opened = Result { try tree.find(path, from: 0, toOpen: opening, user) }
          let asked = Result { try ask(path, flags, user) }
          switch (opened, asked) {
          case (.success(.found(let node)), .success(let found)): #expect(node == found)
          case (.failure(let one), .failure(let other)):
            #expect(one as? SystemError == other as? SystemError)
          default: Issue.record("\(path.bytes) \(flags.rawValue)")
          }
        }
      }
    }
    #expect(try ask("tmp/up") == 3 && ask("tmp/up", .noFollow) == 4)
  }

  @Test func removing() throws {
    #expect(try tree.nameToRemove("tmp/mine", from: 0, alice).node == 7)
    #expect(throws: SystemError.notPermitted) { try tree.nameToRemove("tmp/mine", from: 0, bob) }
    #expect(throws: SystemError.accessDenied) { try tree.nameToRemove("tmp", from: 0, bob) }
    #expect(throws: SystemError.busy) { try tree.nameToRemove("/", from: 0, root) }
    #expect(throws: SystemError.crossDevice) { try tree.nameToRemove("tmp/out/y", from: 0, root) }
    #expect(try tree.nameToAdd("tmp//new//", from: 0, root) == (1, 5..<8))
    #expect(throws: SystemError.invalidArgument) { try tree.nameToRemove("tmp/..", from: 0, root) }
    var other = tree
    other.removed = [1]
    #expect(throws: SystemError.notFound) { try other.nameToAdd("tmp/x", from: 0, root) }
  }

  @Test func attributes() throws {
    let file = FileAccess(mode: FileMode.regular | 0o6755, user: 5, group: 50)
    var wanted = FileAttributes()
    wanted.valid = 1
    wanted.mode = 0o600
    #expect(try file.changed(by: wanted, alice).mode == FileMode.regular | 0o600)
    #expect(throws: SystemError.notPermitted) { try file.changed(by: wanted, bob) }
    wanted.valid = 4
    wanted.group = 50
    #expect(try file.changed(by: wanted, alice).mode & 0o6000 == 0)
    wanted.group = 60
    #expect(throws: SystemError.notPermitted) { try file.changed(by: wanted, alice) }
    #expect(try file.changed(by: wanted, root).group == 60)
    wanted.valid = 32
    #expect(throws: SystemError.invalidArgument) { try file.changed(by: wanted, root) }
  }

  /// Of a file of another user and group 50: its mode, what is asked, the groups, and the answer; then
  /// whether the groups had to be asked for.
  @Test(
    arguments: [
      (0o640, 4, [50], true, true), (0o640, 4, [7, 50], true, true), (0o640, 4, [], false, true),
      (0o640, 4, [51], false, true), (0o640, 2, [50], false, true), (0o644, 4, [50], true, false),
      // Who is in the group has what the group has, be it less than what others have.
      (0o604, 4, [50], false, true), (0o604, 4, [51], true, true), (0o666, 6, [50], true, false),
      (0o600, 4, [50], false, true),
    ] as [(UInt32, UInt32, [UInt32], Bool, Bool)])
  func furtherGroups(_ row: (UInt32, UInt32, [UInt32], Bool, Bool)) throws {
    let file = FileAccess(mode: FileMode.regular | row.0, user: 5, group: 50)
    var asked = 0
    func decide(_ caller: FileUser) -> Bool {
      do throws(SystemError) {
        return try caller.deciding(groups: {
          asked += 1
          return row.2
        }) { (user) throws(SystemError) in
          guard file.allows(row.1, to: user) else { throw .accessDenied }
          return true
        }
      } catch { return false }
    }
    #expect(decide(FileUser(user: 6, group: 60, groups: nil)) == row.3)
    #expect((asked == 1) == row.4)
    #expect(decide(FileUser(user: 6, group: 60, groups: row.2)) == row.3)
    #expect(decide(FileUser(user: 0, group: 0, groups: nil)))
    #expect((asked == 1) == row.4)
    // The owner is decided about by the owner's bits alone.
    let owner = FileUser(user: 5, group: 60, groups: row.2)
    #expect(file.allows(4, to: owner) == (row.0 & 0o400 != 0))
  }

  @Test func aFileIsGivenToAGroupOfItsOwner() throws {
    let file = FileAccess(mode: FileMode.regular | 0o644, user: 5, group: 50)
    var wanted = FileAttributes()
    wanted.valid = 4
    wanted.group = 70
    #expect(throws: SystemError.notPermitted) { try file.changed(by: wanted, alice) }
    let member = FileUser(user: 5, group: 50, groups: [60, 70])
    #expect(try file.changed(by: wanted, member).group == 70)
    let unknown = FileUser(user: 5, group: 50, groups: nil)
    let changed = try unknown.deciding(groups: { [70] }) { (user) throws(SystemError) in
      try file.changed(by: wanted, user)
    }
    #expect(changed.group == 70)
    // What refuses for another reason asks nobody.
    #expect(throws: SystemError.noSpace) {
      try unknown.deciding(groups: { () throws(SystemError) in throw .gone }) {
        (_) throws(SystemError) -> Int in throw .noSpace
      }
    }
  }

  @Test func whatIsMade() throws {
    let home = tree.files[2]
    let made = try home.ofNew(.directory, mode: 0o777, alice)
    #expect(made == FileAccess(mode: FileMode.directory | 0o2777, user: 5, group: 50))
    #expect(throws: SystemError.accessDenied) { try home.ofNew(OpenFlags(), mode: 0, bob) }
    let file = try tree.files[1].ofNew(OpenFlags(), mode: 0o644, bob)
    #expect(file == FileAccess(mode: FileMode.regular | 0o644, user: 6, group: 60))
  }

  @Test func placesThatAreKept() throws {
    var places = LinkPlaces(now: 1000)
    let words = (0..<100).map { places.keep(Text([UInt8($0)])) }
    #expect(try places.text(words[99]) == Text([99]))
    #expect(throws: SystemError.gone) { try places.text(words[0]) }
    #expect(try places.text(5) == nil)
  }
}
