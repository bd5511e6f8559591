// SPDX-License-Identifier: MIT
import ABI
import ArchiveTree
import ArchiveWriter
import Base
import Core
import Testing

@testable import InitialFiles

private func tree() throws -> FileTree {
  var builder = ArchiveBuilder()
  builder.addFile(Text("bin/ls").bytes, contents: [1, 2, 3], mode: 0o755, modified: 5)
  builder.addFile(Text("exec/command").bytes, contents: [1], mode: 0o600)
  builder.addLink(Text("tmp").bytes, to: Text("/scheme/tmp").bytes)
  builder.addLink(Text("list").bytes, to: Text("bin/ls").bytes)
  let bytes = try builder.build()
  return try FileTree(initrd: bytes.span)
}

private func path(_ tree: FileTree, _ opened: Opened) -> Text? {
  if case .node(let node) = opened { tree.nodes[node].path } else { nil }
}

@Test func filesAreOpenedForReading() throws {
  let tree = try tree()
  #expect(path(tree, try tree.open("bin/ls", below: 0, .read, user: 5)) == Text("bin/ls"))
  #expect(path(tree, try tree.open("list", below: 0, .read, user: 0)) == Text("bin/ls"))
  #expect(
    path(tree, try tree.open("list", below: 0, .symbolicLink | .noFollow, user: 0))
      == Text("list"))
  #expect(
    path(tree, try tree.open("exec/command", below: 0, .statOnly, user: 5))
      == Text("exec/command"))
}

@Test(arguments: [
  ("bin/none", OpenFlags.read, SystemError.notFound),
  ("bin/ls/x", .read, .notDirectory),
  ("bin/ls", .read | .directory, .notDirectory),
  ("bin/ls", .write, .readOnlyFileSystem),
  ("bin", .write, .isDirectory),
  ("new", .create, .readOnlyFileSystem),
  ("bin/ls", .create | .exclusive, .alreadyExists),
  ("tmp/x", .read, .crossDevice), ("tmp/x", .symbolicLink | .noFollow, .crossDevice),
  ("exec/command", .read, .accessDenied),
])
func whatIsRefusedSaysWhy(_ path: String, _ flags: OpenFlags, _ error: SystemError) throws {
  let tree = try tree()
  #expect(throws: error) {
    try tree.open(Text(Array(path.utf8)), below: 0, flags, user: 5)
  }
}

@Test func whatIsAskedAboutIsFoundWithoutOpening() throws {
  let tree = try tree()
  func find(_ path: Text, _ flags: OpenFlags = OpenFlags()) throws -> Text {
    tree.nodes[try tree.find(path, below: 0, toAsk: flags, user: 5)].path
  }
  #expect(try find("list") == "bin/ls" && find("list", .noFollow) == "list")
  #expect(try find("exec/command") == "exec/command" && find("bin", .directory) == "bin")
  for (path, flags, error) in [
    ("none", OpenFlags(), SystemError.notFound), ("bin/ls", .directory, .notDirectory),
    ("tmp", OpenFlags(), .crossDevice), ("tmp/x", .noFollow, .crossDevice),
    ("bin/ls/x", OpenFlags(), .notDirectory),
  ] as [(Text, OpenFlags, SystemError)] {
    #expect(throws: error) { try find(path, flags) }
  }
  #expect(try find("tmp", .noFollow) == "tmp")
}

@Test func placesOutsideAreTold() throws {
  let tree = try tree()
  #expect(
    try tree.open("tmp/a/b", below: 0, .read | .symbolicLink, user: 0)
      == .place("/scheme/tmp/a/b"))
}

@Test func wordsOfAnotherTreeAreRefused() throws {
  let tree = try tree()
  #expect(throws: SystemError.gone) { try tree.open("x", below: 1_000_000, .read, user: 0) }
}

@Test func statusSaysWhatAFileIs() throws {
  let tree = try tree()
  guard case .node(let node) = try tree.open("bin/ls", below: 0, .read, user: 0) else { return }
  let status = tree.status(of: node)
  #expect(status.mode == FileMode.regular | 0o755)
  #expect(status.size == 3)
  #expect(status.modified == 5_000_000_000)
}
